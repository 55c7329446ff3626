/** @file The convolution layer: σ(K ∗ y + b) of images. */
import { checkOneOf, checkOptions } from '../validate/check.js';
import { type Activation, activate, activations } from './activation.js';
import { type FilterOptions, filterOptionNames, filterOptions, geometryOf, kernels } from './filters.js';
import { imageFeatures, imageOf } from './image.js';
import { distribution, drawnBlock, type Initializer } from './initializer.js';
import { type LayerDescription, registerLayer } from './layer.js';

export interface Conv2dOptions extends FilterOptions {
  /** A number for each filter (default true). */
  bias?: boolean;
  /** Applied to K ∗ y + b (default `identity`). */
  activation?: Activation;
  /** Distribution of the initial weights; the inputs of a filter are its weights (default `he`). */
  initializer?: Initializer;
}

/**
 * Images of c channels → images of `filters` channels: σ(K ∗ y + b), where ∗ is the cross-correlation. θ holds K,
 * filters × (c/groups · height · width of the kernel) row-major, then b.
 */
export function conv2d(filters: number, options: Conv2dOptions = {}): LayerDescription {
  checkOptions(options, [...filterOptionNames, 'bias', 'activation', 'initializer'], 'conv2d');
  const { bias = true, activation = 'identity', initializer = 'he' } = options;
  const placed = filterOptions(filters, options);
  checkOneOf(bias, 'bias', [true, false]);
  checkOneOf(activation, 'activation', activations);
  distribution(initializer, 1, 1);
  return { type: 'conv2d', filters, ...placed, bias, activation, initializer };
}

interface Conv2d extends Required<Conv2dOptions> {
  readonly filters: number;
}

registerLayer('conv2d', ({ type: _, filters: given, ...options }, inputs) => {
  const description = conv2d(given as number, options) as unknown as Conv2d;
  const { filters, bias, activation, initializer } = description;
  const label = `conv2d(${filters})`;
  const { geometry, outputs } = geometryOf(imageOf(inputs, label), filters, description, label);
  const { K, drawBias } = kernels(geometry, filters, initializer);
  return {
    label,
    outputs: imageFeatures(outputs),
    blocks: bias ? [K, drawnBlock('b', 1, filters, drawBias)] : [K],
    apply: (b, x, [K, row]) => {
      const product = b.conv2d([x, K], geometry);
      return activate(b, bias ? b.addChannels(product, row) : product, activation);
    },
  };
});
