/** @file The dense layer: σ(Y K + b) + c. */
import { checkOneOf, checkOptions } from '../validate/check.js';
import { type Activation, activate, activations } from './activation.js';
import { type Bias, checkBias, resolveBiases } from './bias.js';
import { distribution, drawnBlock, type Initializer } from './initializer.js';
import { checkWidth, type LayerDescription, registerLayer } from './layer.js';

export interface DenseOptions {
  /** The row b inside the activation (default true). */
  bias?: Bias;
  /** The row c behind the activation (default false). */
  outputBias?: Bias;
  /** Applied to Y K + b (default `identity`); `sequential([dense(8), tanh()])` says the same. */
  activation?: Activation;
  /** Distribution of the initial weights (default `he`). */
  initializer?: Initializer;
}

/** N × features → N × units: σ(Y K + b) + c with K features × units row-major, then the weights of b, then of c. */
export function dense(units: number, options: DenseOptions = {}): LayerDescription {
  checkWidth(units, 'units');
  checkOptions(options, ['bias', 'outputBias', 'activation', 'initializer'], 'dense');
  const { bias = true, outputBias = false, activation = 'identity', initializer = 'he' } = options;
  checkBias(bias, 'bias');
  checkBias(outputBias, 'outputBias');
  checkOneOf(activation, 'activation', activations);
  distribution(initializer, 1, units);
  return { type: 'dense', units, bias, outputBias, activation, initializer };
}

registerLayer('dense', ({ type: _, units: given, ...options }, { count: features }) => {
  // A description may come from a file: it gets the same defaults and checks.
  const description = dense(given as number, options) as unknown as Required<DenseOptions> & { units: number };
  const { units, bias, outputBias, activation, initializer } = description;
  const draw = distribution(initializer, features, units);
  const biases = resolveBiases({ b: [bias, units], c: [outputBias, units] }, draw.bias);
  return {
    label: `dense(${units})`,
    outputs: { count: units },
    blocks: [drawnBlock('K', features, units, draw.weight), ...biases.blocks],
    apply: (b, x, [K, ...rows]) => {
      const z = activate(b, biases.add(b, b.matmul(x, K), 'b', rows), activation);
      return biases.add(b, z, 'c', rows);
    },
  };
});
