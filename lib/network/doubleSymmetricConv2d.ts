/** @file The double symmetric layer with convolutions: −K ∗ᵀ σ(norm(K ∗ y) + b). */
import { checkOneOf, checkOptions } from '../validate/check.js';
import { type Activation, activate, activations, identity } from './activation.js';
import { checkLayer, resolveSameWidth } from './checkLayers.js';
import { type FilterOptions, filterOptionNames, filterOptions, geometryOf, kernels } from './filters.js';
import { imageFeatures, imageOf } from './image.js';
import { distribution, drawnBlock, type Initializer } from './initializer.js';
import { type LayerDescription, registerLayer } from './layer.js';

export interface DoubleSymmetricConv2dOptions extends FilterOptions {
  /** A number b for each filter inside the activation (default true). */
  bias?: boolean;
  /** Default `tanh`. A monotone one makes the Jacobian with respect to y negative semidefinite. */
  activation?: Activation;
  /** A layer on K ∗ y that keeps its shape, before the bias (default `identity()`). */
  normalization?: LayerDescription;
  initializer?: Initializer;
}

interface DoubleSymmetricConv2d extends Required<DoubleSymmetricConv2dOptions> {
  readonly filters: number;
}

const ownNames = ['bias', 'activation', 'normalization', 'initializer'];

/** Images → images of the same shape. θ holds K as that of `conv2d`, then b, then the weights of the normalisation. */
export function doubleSymmetricConv2d(filters: number, options: DoubleSymmetricConv2dOptions = {}): LayerDescription {
  checkOptions(options, [...filterOptionNames, ...ownNames], 'doubleSymmetricConv2d');
  const { bias = true, activation = 'tanh', normalization = identity(), initializer = 'he' } = options;
  const placed = filterOptions(filters, options);
  checkOneOf(bias, 'bias', [true, false]);
  checkOneOf(activation, 'activation', activations);
  checkLayer(normalization, 'normalization');
  distribution(initializer, 1, 1);
  return { type: 'doubleSymmetricConv2d', filters, ...placed, bias, activation, normalization, initializer };
}

registerLayer('doubleSymmetricConv2d', ({ type: _, filters: given, ...options }, inputs) => {
  const description = doubleSymmetricConv2d(given as number, options) as unknown as DoubleSymmetricConv2d;
  const { filters, bias, activation, initializer } = description;
  const label = `doubleSymmetricConv2d(${filters})`;
  const { geometry, outputs } = geometryOf(imageOf(inputs, label), filters, description, label);
  const { K, drawBias } = kernels(geometry, filters, initializer);
  const own = bias ? [K, drawnBlock('b', 1, filters, drawBias)] : [K];
  const norm = resolveSameWidth(description.normalization, imageFeatures(outputs), label);
  return {
    label,
    outputs: inputs,
    blocks: [...own, ...norm.blocks.map((block) => ({ ...block, name: `norm.${block.name}` }))],
    apply: (b, x, weights) => {
      const [K, row] = weights;
      const product = norm.apply(b, b.conv2d([x, K], geometry), weights.slice(own.length));
      const z = activate(b, bias ? b.addChannels(product, row) : product, activation);
      return b.scale(b.conv2dToInput(z, K, geometry), -1);
    },
  };
});
