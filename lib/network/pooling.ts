/** @file Layers that make smaller images: of each window of a channel its mean, or its greatest entry. */
import { GnvproError } from '../errors.js';
import type { ProgramBuilder } from '../program/builder.js';
import type { Value } from '../program/emitter.js';
import { byChannel, outputOf, type Windows } from '../program/windows.js';
import { checkOptions } from '../validate/check.js';
import { both, checkExtent, type Extent, type ImageShape, imageFeatures, imageOf } from './image.js';
import { type LayerDescription, registerLayer } from './layer.js';

export interface PoolingOptions {
  /** Height and width of the windows (default 2). */
  size?: Extent;
  /** Pixels from one window to the next (default: the size). Windows that do not fit are left out. */
  stride?: Extent;
}

/** Images → smaller images of the same channels: the mean of each window; no weights. */
export function averagePool(options: PoolingOptions = {}): LayerDescription {
  return pool('averagePool', options);
}

/** The same with the greatest entry of each window; among equal ones the first has the derivative. */
export function maxPool(options: PoolingOptions = {}): LayerDescription {
  return pool('maxPool', options);
}

/** Images → N × channels: the mean of each channel; no weights. */
export function globalAveragePool(): LayerDescription {
  return { type: 'globalAveragePool' };
}

function pool(type: string, options: PoolingOptions): LayerDescription {
  checkOptions(options, ['size', 'stride'], type);
  const { size = 2, stride = size } = options;
  checkExtent(size, 'size', 1);
  checkExtent(stride, 'stride', 1);
  return { type, size, stride };
}

type Apply = (b: ProgramBuilder, x: Value, windows: Windows) => Value;

const kinds: Record<string, { describe: (options: PoolingOptions) => LayerDescription; apply: Apply }> = {
  averagePool: { describe: averagePool, apply: (b, x, windows) => b.averagePool(x, windows) },
  maxPool: { describe: maxPool, apply: (b, x, windows) => b.maxPool(x, windows) },
};

for (const [name, { describe, apply }] of Object.entries(kinds)) {
  registerLayer(name, ({ type: _, ...options }, inputs) => {
    const { size, stride } = describe(options) as unknown as Required<PoolingOptions>;
    const image = imageOf(inputs, name);
    const windows = windowsOf(image, both(size), both(stride), name);
    const { height, width } = outputOf(byChannel(windows));
    return {
      label: name,
      outputs: imageFeatures({ height, width, channels: image.channels }),
      blocks: [],
      apply: (b, x) => apply(b, x, windows),
    };
  });
}

registerLayer('globalAveragePool', ({ type: _, ...options }, inputs) => {
  checkOptions(options, [], 'globalAveragePool');
  const image = imageOf(inputs, 'globalAveragePool');
  const windows = windowsOf(image, [image.height, image.width], [1, 1], 'globalAveragePool');
  return {
    label: 'globalAveragePool',
    outputs: { count: image.channels },
    blocks: [],
    apply: (b, x) => b.averagePool(x, windows),
  };
});

function windowsOf(
  { channels, height, width }: ImageShape,
  [kernelHeight, kernelWidth]: readonly [number, number],
  [strideHeight, strideWidth]: readonly [number, number],
  label: string,
): Windows {
  if (kernelHeight <= height && kernelWidth <= width) {
    return { channels, height, width, kernelHeight, kernelWidth, strideHeight, strideWidth };
  }
  throw new GnvproError(
    'ERR_SHAPE',
    `Layer ${label}: expected windows within the image of ${height}×${width} but received ${kernelHeight}×${kernelWidth}.`,
  );
}
