/** @file How uncertain the predictions of a model are (docs/uncertainty.md). */
import type { Steps } from '../job/job.js';
import { allocate } from './allocate.js';
import type { Directions, Variation, Work } from './directions.js';

export interface UncertaintyRequest {
  /** Whether θ is held. */
  readonly onlyW: boolean;
  /** Whether covariances of the outputs are asked for, else variances. */
  readonly isJoint: boolean;
}

/** Variances, samples × t, or covariances, samples × t × t, without the noise, in units of it. */
export function* uncertaintyOf(
  directions: Directions,
  { isJoint, onlyW }: UncertaintyRequest,
  work: Work,
): Steps<Float64Array> {
  const { outputs: t, sizes } = directions;
  const size = t * (isJoint ? t : 1);
  const result = allocate('covariances that fit', work[0], size);
  yield* directions.walk(onlyW, work, (begin, end): Variation => {
    const sums = result.subarray(begin * size, end * size);
    return {
      direction: (E, isSeparate) => {
        if (isSeparate) addOwnSquares(sums, E, sizes.members, t, isJoint);
        else addProducts(sums, E, sizes.members, t, isJoint);
      },
      common: (B) => addSquares(sums, B, t, isJoint),
    };
  });
  return result;
}

/** sums += Σ e eᵀ over the members; E: samples × members × t. */
function addProducts(sums: Float64Array, E: Float64Array, members: number, t: number, isJoint: boolean): void {
  for (let e = 0; e < E.length; e += t) {
    const n = Math.floor(e / (members * t));
    for (let j = 0; j < t; j++) {
      const own = E[e + j];
      if (!isJoint) sums[n * t + j] += own * own;
      else for (let l = 0; l < t; l++) sums[(n * t + j) * t + l] += own * E[e + l];
    }
  }
}

/** sums += Σ diag(e)² over the members. */
function addOwnSquares(sums: Float64Array, E: Float64Array, members: number, t: number, isJoint: boolean): void {
  for (let e = 0; e < E.length; e += t) {
    const n = Math.floor(e / (members * t));
    for (let j = 0; j < t; j++) sums[isJoint ? (n * t + j) * t + j : n * t + j] += E[e + j] ** 2;
  }
}

/** sums += ‖b‖², the same for each output. */
function addSquares(sums: Float64Array, B: Float64Array, t: number, isJoint: boolean): void {
  const samples = sums.length / (isJoint ? t * t : t);
  const width = B.length / samples;
  for (let n = 0; n < samples; n++) {
    let square = 0;
    for (let i = n * width; i < (n + 1) * width; i++) square += B[i] ** 2;
    for (let j = 0; j < t; j++) sums[isJoint ? (n * t + j) * t + j : n * t + j] += square;
  }
}
