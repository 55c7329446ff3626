/** @file How sure a training is of the weights of its model: their posterior by Laplace's method, in scaled units. */
import { snapshot } from '../data/buffers.js';
import { join } from '../linalg/vector.js';
import type { Program } from '../program/program.js';

/**
 * Of each member where the model is the mean of several, whose features, and weights θ, stand side by side in equal parts
 * (P weights and m columns of Z̃ each); else of the model alone. The covariance of (θ, W) of a member is
 * Σ_k d_k d_kᵀ + blkdiag(0, I_t ⊗ TTᵀ), k < P.
 */
export interface Posterior {
  /** σ of the noise that each has found: their number tells that of the members. */
  readonly noise: Float64Array;
  /** The last layer of each, t × m row-major. */
  readonly W: Float64Array;
  /** θ's part of each d_k: k + 1 numbers, the others being 0. */
  readonly theta: Float64Array;
  /** W's part of each d_k, t × m. */
  readonly changesOfW: Float64Array;
  /** T of each, m × m. */
  readonly roots: Float64Array;
}

export const posteriorArrays = ['noise', 'W', 'theta', 'changesOfW', 'roots'] as const satisfies (keyof Posterior)[];

/** The model that it belongs to. */
interface Owner {
  readonly forward: Program;
  readonly outputs: number;
  readonly bias: boolean;
  readonly theta: Float64Array;
}

export interface PosteriorSizes {
  readonly members: number;
  /** P, of a member. */
  readonly weights: number;
  /** w, of a member. */
  readonly features: number;
  /** m = w + 1 with a bias, else w. */
  readonly columns: number;
}

export function sizesOf({ noise }: Posterior, { theta, forward, bias }: Owner): PosteriorSizes {
  const members = noise.length;
  const features = forward.sampleOutputs[0].cols / members;
  return { members, weights: theta.length / members, features, columns: features + Number(bias) };
}

/** The shape of each array. */
export function shapesOf(posterior: Posterior, owner: Owner): Record<keyof Posterior, number[]> {
  const { members, weights, columns } = sizesOf(posterior, owner);
  const { outputs } = owner;
  return {
    noise: [members],
    W: [members, outputs, columns],
    theta: [members, (weights * (weights + 1)) / 2],
    changesOfW: [members, weights, outputs, columns],
    roots: [members, columns, columns],
  };
}

/** A phrase that says what does not fit, or null. */
export function misfitOfPosterior(posterior: Posterior, owner: Owner): string | null {
  const { members, weights, features } = sizesOf(posterior, owner);
  if (members === 0 || !Number.isInteger(weights) || !Number.isInteger(features)) {
    return `its posterior is of ${members} members, which do not share ${owner.theta.length} weights equally`;
  }
  const shapes = shapesOf(posterior, owner);
  for (const name of posteriorArrays) {
    const expected = shapes[name].reduce((product, extent) => product * extent, 1);
    const { length } = posterior[name];
    if (length !== expected) return `its posterior needs ${expected} numbers of "${name}" but it holds ${length}`;
    if (!posterior[name].every(Number.isFinite)) return `a number of "${name}" of its posterior is not finite`;
  }
  return posterior.noise.every((sigma) => sigma > 0) ? null : 'the noise of its posterior is not positive';
}

/** A copy that nobody else holds. Throws ERR_DETACHED for an array that lost its memory. */
export function copyPosterior(posterior: Posterior): Posterior {
  return mapArrays((name) => snapshot(posterior[name], `posterior.${name}`));
}

/** Of the mean of models; null unless each has one. */
export function joinPosteriors(members: readonly (Posterior | null)[]): Posterior | null {
  const all = members.filter((posterior) => posterior !== null);
  return all.length < members.length ? null : mapArrays((name) => join(...all.map((one) => one[name])));
}

export function mapArrays(make: (name: keyof Posterior) => Float64Array): Posterior {
  return Object.fromEntries(posteriorArrays.map((name) => [name, make(name)])) as unknown as Posterior;
}
