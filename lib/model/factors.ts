/** @file The joint covariance of the outputs of many samples, as factors. */
import { GnvproError } from '../errors.js';
import type { Steps } from '../job/job.js';
import { type Matrix, matrix } from '../linalg/matrix.js';
import { allocate } from './allocate.js';
import type { Directions, Variation, Work } from './directions.js';

/**
 * In units of the noise: the covariance of samples n and l, t × t, is D_n D_lᵀ + (b_n · b_l) I, without the noise, which is
 * I for each sample.
 */
export interface Factors {
  readonly samples: number;
  /** t */
  readonly outputs: number;
  /** D of all samples, one below the other: (samples · t) × directions. */
  readonly D: Matrix;
  /** b: samples × (members · m). */
  readonly B: Matrix;
}

/** 1 GiB. */
const mostNumbers = 2 ** 27;

/** Of least squares. Throws ERR_MEMORY for more samples than factors are kept of. */
export function* factorsOf(directions: Directions, work: Work): Steps<Factors> {
  const [samples] = work;
  const most = samplesWithFactors(directions);
  if (samples > most) {
    throw new GnvproError(
      'ERR_MEMORY',
      `Expected at most ${most} samples, whose covariances fit in 1 GiB for this model, but received ${samples}.`,
    );
  }
  const { members } = directions.sizes;
  const { outputs: t } = directions;
  const count = directionCount(directions);
  const D = matrix(samples * t, count, allocate('covariances that fit', samples, t, count));
  const B = matrix(samples, members * directions.sizes.columns);
  yield* directions.walk(false, work, (begin): Variation => {
    let first = 0;
    return {
      direction: (E) => {
        setColumns(D, begin * t, first, E, members, t);
        first += members;
      },
      common: (b) => B.data.set(b, begin * B.cols),
    };
  });
  return { samples, outputs: t, D, B };
}

/** How many samples there may be. */
function samplesWithFactors(directions: Directions): number {
  const { members, columns } = directions.sizes;
  return Math.floor(mostNumbers / (directions.outputs * directionCount(directions) + members * columns));
}

/** That the mean of a single member does not differ from it is no direction. */
function directionCount({ sizes: { members, weights, isHeld } }: Directions): number {
  return members * (isHeld ? 0 : weights) + (members > 1 ? members : 0);
}

/** E: samples × members × t, to members columns from the row and the column on. */
function setColumns(D: Matrix, row: number, column: number, E: Float64Array, members: number, t: number): void {
  for (let e = 0; e < E.length; e++) {
    const [n, i, j] = [Math.floor(e / (members * t)), Math.floor(e / t) % members, e % t];
    D.data[(row + n * t + j) * D.cols + column + i] = E[e];
  }
}
