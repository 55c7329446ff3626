/** @file Biases: a row that is added to every sample, free or a combination of given rows. */
import { GnvproError } from '../errors.js';
import type { ProgramBuilder } from '../program/builder.js';
import type { Value } from '../program/emitter.js';
import type { Random } from '../random.js';
import { checkRows } from '../validate/check.js';
import { drawnBlock } from './initializer.js';
import type { WeightBlock } from './layer.js';

/** `true`: a weight for each feature; `false`: none; k rows of numbers: k weights, the bias is their combination. */
export type Bias = boolean | readonly (readonly number[])[];

export function checkBias(bias: unknown, name: string): void {
  if (typeof bias !== 'boolean') checkRows(bias, name, 'true, false or rows of finite numbers');
}

/** The biases of one layer: their blocks of weights, and how to add one of them. */
export interface Biases {
  readonly blocks: readonly WeightBlock[];
  /** Adds the bias `name` to x; `weights` are those of `blocks`. */
  add(b: ProgramBuilder, x: Value, name: string, weights: readonly Value[]): Value;
}

/** `given`: each bias and the number of features that it is for, by name and in the order of θ. */
export function resolveBiases(given: Record<string, [Bias, number]>, draw: (random: Random) => number): Biases {
  const present = Object.entries(given).filter(([, [bias]]) => bias !== false);
  const blocks = present.map(([name, [bias, features]]) => {
    checkWidth(bias, name, features);
    const cols = bias === true ? features : (bias as number[][]).length;
    return drawnBlock(name, 1, cols, draw);
  });
  return {
    blocks,
    add: (b, x, name, weights) => {
      const i = present.findIndex(([known]) => known === name);
      if (i === -1) return x;
      const bias = present[i][1][0];
      return b.addRow(x, bias === true ? weights[i] : b.matmul(weights[i], rowsOf(b, bias as number[][])));
    },
  };
}

function rowsOf(b: ProgramBuilder, rows: readonly (readonly number[])[]): Value {
  return b.constant(rows.length, rows[0].length, rows.flat());
}

function checkWidth(bias: Bias, name: string, features: number): void {
  if (typeof bias === 'boolean' || bias[0].length === features) return;
  throw new GnvproError(
    'ERR_SHAPE',
    `Expected rows of ${features} numbers for bias ${name} but received ${bias[0].length}.`,
  );
}
