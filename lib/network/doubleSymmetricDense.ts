/** @file The double symmetric layer of parabolic and second-order networks: −σ(norm(Y K) + b) Kᵀ + c. */
import { checkOneOf, checkOptions } from '../validate/check.js';
import { type Activation, activate, activations, identity } from './activation.js';
import { type Bias, checkBias, resolveBiases } from './bias.js';
import { checkLayer, resolveSameWidth } from './checkLayers.js';
import { distribution, drawnBlock, type Initializer } from './initializer.js';
import { checkWidth, type LayerDescription, registerLayer } from './layer.js';

export interface DoubleSymmetricDenseOptions {
  /** The row b of `units` inside the activation (default true). */
  bias?: Bias;
  /** The row c of `features` that is added last (default false). */
  outputBias?: Bias;
  /** Default `tanh`. A monotone one makes the Jacobian with respect to Y negative semidefinite. */
  activation?: Activation;
  /** A layer units → units on Y K, before the bias: a normalisation (default `identity()`). */
  normalization?: LayerDescription;
  initializer?: Initializer;
}

interface DoubleSymmetricDense extends Required<DoubleSymmetricDenseOptions> {
  readonly units: number;
}

/** N × n → N × n with K n × units row-major, then the weights of b, of c, and of the normalisation. */
export function doubleSymmetricDense(units: number, options: DoubleSymmetricDenseOptions = {}): LayerDescription {
  checkWidth(units, 'units');
  checkOptions(options, ['bias', 'outputBias', 'activation', 'normalization', 'initializer'], 'doubleSymmetricDense');
  const { bias = true, outputBias = false, activation = 'tanh', normalization = identity() } = options;
  const { initializer = 'he' } = options;
  checkBias(bias, 'bias');
  checkBias(outputBias, 'outputBias');
  checkOneOf(activation, 'activation', activations);
  checkLayer(normalization, 'normalization');
  distribution(initializer, 1, units);
  return { type: 'doubleSymmetricDense', units, bias, outputBias, activation, normalization, initializer };
}

registerLayer('doubleSymmetricDense', ({ type: _, units: given, ...options }, { count: features }) => {
  const description = doubleSymmetricDense(given as number, options) as unknown as DoubleSymmetricDense;
  const { units, bias, outputBias, activation, initializer } = description;
  const draw = distribution(initializer, features, units);
  const biases = resolveBiases({ b: [bias, units], c: [outputBias, features] }, draw.bias);
  const norm = resolveSameWidth(description.normalization, { count: units }, 'doubleSymmetricDense');
  const K = drawnBlock('K', features, units, draw.weight);
  const first = 1 + biases.blocks.length;
  return {
    label: `doubleSymmetricDense(${units})`,
    outputs: { count: features },
    blocks: [K, ...biases.blocks, ...norm.blocks.map((block) => ({ ...block, name: `norm.${block.name}` }))],
    apply: (b, x, weights) => {
      const [K, ...rows] = weights;
      const product = norm.apply(b, b.matmul(x, K), weights.slice(first));
      const z = activate(b, biases.add(b, product, 'b', rows), activation);
      return biases.add(b, b.scale(b.matmul(z, K, { tb: true }), -1), 'c', rows);
    },
  };
});
