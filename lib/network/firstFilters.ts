/** @file What a network does first with images: how they lie in the inputs, and the filters that meet them. */
import { type FilterOptions, filterOptions } from './filters.js';
import { both, type ImageOptions, image } from './image.js';
import { blockSize, type FeatureShape, type LayerDescription, resolve, weightCount } from './layer.js';

/** The images that the inputs of a network are, by the layer that it begins with; null where it begins otherwise. */
export function inputImage(network: LayerDescription): Required<ImageOptions> | null {
  const { type, ...options } = network;
  if (type === 'image') {
    const { type: _, ...layout } = image(options as unknown as ImageOptions);
    return layout as unknown as Required<ImageOptions>;
  }
  return type === 'sequential' ? inputImage((network.layers as LayerDescription[])[0]) : null;
}

export interface Filters {
  /** The layer, e.g. `conv2d(8)`. */
  readonly label: string;
  readonly count: number;
  /** Of a filter: its own group's. */
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Of the layer, in how many the channels of its input fall. */
  readonly groups: number;
  /** count × (channel, row, column), row-major. */
  readonly weights: Float64Array;
}

/**
 * The filters of the first convolution layer, on `inputs`; those of a flow are of its first node. Null where there is
 * none, or where its weights are no part of θ by themselves.
 */
export function firstFilters(network: LayerDescription, inputs: FeatureShape, theta: Float64Array): Filters | null {
  const inner = network.layers as LayerDescription[];
  switch (network.type) {
    case 'conv2d':
    case 'doubleSymmetricConv2d':
      return filtersOf(network, inputs, theta);
    case 'residual':
      return network.basis === undefined ? firstFilters(network.layer as LayerDescription, inputs, theta) : null;
    case 'sequential':
      return firstOf(inner, inputs, theta, true);
    case 'concat':
      return firstOf(inner, inputs, theta, false);
    default:
      return null;
  }
}

/** `inRow`: whether a layer gets what the one before it gives; else all get the same. */
function firstOf(layers: readonly LayerDescription[], inputs: FeatureShape, theta: Float64Array, inRow: boolean) {
  let features = inputs;
  let offset = 0;
  for (const description of layers) {
    const found = firstFilters(description, features, theta.subarray(offset));
    if (found !== null) return found;
    const layer = resolve(description, features);
    offset += weightCount(layer);
    if (inRow) features = layer.outputs;
  }
  return null;
}

function filtersOf(description: LayerDescription, inputs: FeatureShape, theta: Float64Array): Filters {
  const { label, blocks } = resolve(description, inputs);
  const [K] = blocks;
  const { kernel, groups } = filterOptions(K.rows, description as unknown as FilterOptions);
  const [height, width] = both(kernel);
  return {
    label,
    count: K.rows,
    channels: K.cols / (height * width),
    height,
    width,
    groups,
    weights: theta.slice(0, blockSize(K)),
  };
}
