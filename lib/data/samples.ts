/** @file Inputs and targets that belong together, a row of each for every sample. */
import { GnvproError } from '../errors.js';
import { type Matrix, takeRows } from './matrix.js';

export interface Samples {
  readonly inputs: Matrix;
  readonly targets: Matrix;
}

/** The samples of the given numbers, copied to memory of `allocate`. */
export function takeSamples(
  { inputs, targets }: Samples,
  rows: ArrayLike<number>,
  allocate?: (length: number) => Float64Array,
): Samples {
  return { inputs: takeRows(inputs, rows, allocate), targets: takeRows(targets, rows, allocate) };
}

/** Throws ERR_SHAPE unless `others`, called `name`, have the columns of `all`. */
export function checkColumns(others: Samples, all: Samples, name: string): void {
  for (const key of ['inputs', 'targets'] as const) {
    const [expected, found] = [all[key].shape[1], others[key].shape[1]];
    if (expected === found) continue;
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected ${expected} columns for ${name}.${key}, as in ${key}, but received ${found}.`,
    );
  }
}
