/** @file The dense layer: σ(Y K + b). */
import { checkInteger, checkOneOf, checkOptions } from '../validate/check.js';
import { type Activation, activate, activations } from './activation.js';
import { distribution, fill, type Initializer } from './initializer.js';
import { type LayerDescription, registerLayer, type WeightBlock } from './layer.js';

export interface DenseOptions {
  /** Adds a row b to every sample (default true). */
  bias?: boolean;
  /** Applied to the result (default `identity`); `sequential([dense(8), tanh()])` says the same. */
  activation?: Activation;
  /** Distribution of the initial weights (default `he`). */
  initializer?: Initializer;
}

/** N × features → N × units: σ(Y K + b) with K features × units row-major, then b 1 × units. */
export function dense(units: number, options: DenseOptions = {}): LayerDescription {
  checkInteger(units, 'units', { min: 1 });
  checkOptions(options, ['bias', 'activation', 'initializer'], 'dense');
  const { bias = true, activation = 'identity', initializer = 'he' } = options;
  checkOneOf(bias, 'bias', [true, false]);
  checkOneOf(activation, 'activation', activations);
  distribution(initializer, 1, units);
  return { type: 'dense', units, bias, activation, initializer };
}

registerLayer('dense', ({ type: _, units: given, ...options }, features) => {
  // A description may come from a file: it gets the same defaults and checks.
  const description = dense(given as number, options) as unknown as Required<DenseOptions> & { units: number };
  const { units, bias, activation, initializer } = description;
  const draw = distribution(initializer, features, units);
  const blocks: WeightBlock[] = [
    { name: 'K', rows: features, cols: units, initialize: (random, w) => fill(w, random, draw.weight) },
  ];
  if (bias) blocks.push({ name: 'b', rows: 1, cols: units, initialize: (random, w) => fill(w, random, draw.bias) });
  return {
    label: `dense(${units})`,
    outputs: units,
    blocks,
    apply: (b, x, [K, row]) => {
      const product = b.matmul(x, K);
      return activate(b, bias ? b.addRow(product, row) : product, activation);
    },
  };
});
