/** @file Inputs and targets that belong together, a row of each for every sample. */
import { GnvproError } from '../errors.js';
import type { Labels } from './classes.js';
import { asColumn } from './flat.js';
import { type Matrix, type MatrixLike, takeRows, toMatrix } from './matrix.js';
import { type AnyMatrix, isStored, type StoredMatrix } from './stored.js';
import type { SampleWeights } from './weights.js';

export interface Samples {
  readonly inputs: Matrix;
  readonly targets: Matrix;
}

/** Samples of a training, which may be in files. */
export interface TrainingSamples {
  readonly inputs: AnyMatrix;
  readonly targets: AnyMatrix;
}

/** As `takeSamples`; the numbers must rise for what is in files. */
export function takeAny(m: AnyMatrix, rows: Int32Array, allocate?: (length: number) => Float64Array): AnyMatrix {
  return isStored(m) ? m.take(rows) : takeRows(m, rows, allocate);
}

/** The samples of the given numbers, copied to memory of `allocate`. */
export function takeSamples(
  { inputs, targets }: Samples,
  rows: ArrayLike<number>,
  allocate?: (length: number) => Float64Array,
): Samples {
  return { inputs: takeRows(inputs, rows, allocate), targets: takeRows(targets, rows, allocate) };
}

export interface PresentSamples<X = Matrix, T = Labels> {
  readonly inputs: X;
  readonly targets: T;
  readonly weights: SampleWeights;
}

/**
 * The samples of weight above 0; the others are as good as absent. Weights that are all 1 become null. Targets of
 * another number of rows come back as they are, for the checks that follow.
 */
export function presentSamples<X extends AnyMatrix, T extends Labels | StoredMatrix>(
  inputs: X,
  targets: T,
  weights: SampleWeights,
): PresentSamples<X, T> {
  if (weights === null || rowCount(targets) !== weights.length) return { inputs, targets, weights };
  const rows = Int32Array.from(weights.keys()).filter((n) => weights[n] > 0);
  const present = Float64Array.from(rows, (n) => weights[n]);
  const left = present.every((weight) => weight === 1) ? null : present;
  if (rows.length === weights.length) return { inputs, targets, weights: left };
  return { inputs: takeAny(inputs, rows) as X, targets: takeLabels(targets, rows) as T, weights: left };
}

function rowCount(targets: Labels | StoredMatrix): unknown {
  return targets !== null && typeof targets === 'object' && 'shape' in targets ? targets.shape?.[0] : targets?.length;
}

function takeLabels(targets: Labels | StoredMatrix, rows: Int32Array): Labels | StoredMatrix {
  if (isStored(targets)) return targets.take(rows);
  if ('shape' in targets) return takeRows(toMatrix(asColumn(targets, 'targets'), 'targets'), rows);
  return Array.from(rows, (n) => targets[n]) as MatrixLike;
}

/** Throws ERR_SHAPE unless `others`, called `name`, have the columns of `all`. */
export function checkColumns(others: TrainingSamples, all: TrainingSamples, name: string): void {
  for (const key of ['inputs', 'targets'] as const) {
    const [expected, found] = [all[key].shape[1], others[key].shape[1]];
    if (expected === found) continue;
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected ${expected} columns for ${name}.${key}, as in ${key}, but received ${found}.`,
    );
  }
}
