/** @file Two dense layers in one: σ₂(σ₁(Y K₁ + b₁) K₂ + b₂) + c. */
import { checkOneOf, checkOptions } from '../validate/check.js';
import { type Activation, activate, activations } from './activation.js';
import { type Bias, checkBias, resolveBiases } from './bias.js';
import { distribution, drawnBlock, type Initializer } from './initializer.js';
import { checkWidth, type LayerDescription, registerLayer } from './layer.js';

export interface DoubleDenseOptions {
  /** The rows b₁ of `hidden` and b₂ of `units` inside the activations (default true). */
  bias?: Bias;
  secondBias?: Bias;
  /** The row c of `units` behind the second activation (default false). */
  outputBias?: Bias;
  /** σ₁ and σ₂ (default `tanh`). */
  activation?: Activation;
  secondActivation?: Activation;
  initializer?: Initializer;
}

interface DoubleDense extends Required<DoubleDenseOptions> {
  readonly hidden: number;
  readonly units: number;
}

const optionNames = ['bias', 'secondBias', 'outputBias', 'activation', 'secondActivation', 'initializer'];

/** N × n → N × units: K₁ n × hidden, K₂ hidden × units, both row-major, then the weights of b₁, b₂ and c. */
export function doubleDense(hidden: number, units: number, options: DoubleDenseOptions = {}): LayerDescription {
  checkWidth(hidden, 'hidden');
  checkWidth(units, 'units');
  checkOptions(options, optionNames, 'doubleDense');
  const { bias = true, secondBias = true, outputBias = false } = options;
  const { activation = 'tanh', secondActivation = 'tanh', initializer = 'he' } = options;
  for (const [name, value] of Object.entries({ bias, secondBias, outputBias })) checkBias(value, name);
  for (const [name, value] of Object.entries({ activation, secondActivation })) checkOneOf(value, name, activations);
  distribution(initializer, 1, units);
  return {
    type: 'doubleDense',
    hidden,
    units,
    bias,
    secondBias,
    outputBias,
    activation,
    secondActivation,
    initializer,
  };
}

registerLayer('doubleDense', ({ type: _, hidden: first, units: second, ...options }, { count: features }) => {
  const description = doubleDense(first as number, second as number, options) as unknown as DoubleDense;
  const { hidden, units, bias, secondBias, outputBias, activation, secondActivation, initializer } = description;
  const biases = resolveBiases(
    { b1: [bias, hidden], b2: [secondBias, units], c: [outputBias, units] },
    distribution(initializer, features, hidden).bias,
  );
  const matrix = (name: string, rows: number, cols: number) =>
    drawnBlock(name, rows, cols, distribution(initializer, rows, cols).weight);
  return {
    label: `doubleDense(${hidden}, ${units})`,
    outputs: { count: units },
    blocks: [matrix('K1', features, hidden), matrix('K2', hidden, units), ...biases.blocks],
    apply: (b, x, [K1, K2, ...rows]) => {
      const z = activate(b, biases.add(b, b.matmul(x, K1), 'b1', rows), activation);
      const y = activate(b, biases.add(b, b.matmul(z, K2), 'b2', rows), secondActivation);
      return biases.add(b, y, 'c', rows);
    },
  };
});
