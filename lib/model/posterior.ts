/** @file How sure a training is of the weights of its model: their posterior by Laplace's method, in scaled units. */
import { isClosed } from '../backend/loss.js';
import { snapshot } from '../data/buffers.js';
import { join } from '../linalg/vector.js';
import { lossFacts } from '../loss/registry.js';
import type { Program } from '../program/program.js';

/**
 * Of each member where the model is the mean of several, whose features, and weights θ, stand side by side in equal parts
 * (P weights and m columns of Z̃ each); else of the model alone. The covariance of (θ, W) of a member is
 * Σ_k d_k d_kᵀ + blkdiag(0, K), k < P, K of order tm that of W at given θ. Where θ is held, as it is taken for certain,
 * `theta` and `changesOfW` are empty, and K is all there is.
 */
export interface Posterior {
  /** σ of the noise that each has found, 1 where targets have none: their number tells that of the members. */
  readonly noise: Float64Array;
  /** s_j of each output, whose noise is σ s_j: their root mean square is 1. A property of the targets, which members share. */
  readonly outputNoise: Float64Array;
  /** The last layer of each, t × m row-major. */
  readonly W: Float64Array;
  /** θ's part of each d_k: k + 1 numbers, the others being 0. */
  readonly theta: Float64Array;
  /** W's part of each d_k, t × m. */
  readonly changesOfW: Float64Array;
  /** T of each, row-major: see `RootKind`. */
  readonly roots: Float64Array;
}

/**
 * What K is: diag(s²) ⊗ TTᵀ, T m × m (`shared` by the outputs: least squares); blkdiag(T_j T_jᵀ), t of them (`separate`: outputs
 * of a loss that does not mix them); or TTᵀ, T tm × tm (`whole`). Their numbers tell them apart.
 */
export type RootKind = 'shared' | 'separate' | 'whole';

export const posteriorArrays = [
  'noise',
  'outputNoise',
  'W',
  'theta',
  'changesOfW',
  'roots',
] as const satisfies (keyof Posterior)[];

/** The model that it belongs to. */
interface Owner {
  readonly forward: Program;
  readonly outputs: number;
  readonly bias: boolean;
  readonly theta: Float64Array;
  readonly loss?: string;
}

export interface PosteriorSizes {
  readonly members: number;
  /** P, of a member. */
  readonly weights: number;
  /** w, of a member. */
  readonly features: number;
  /** m = w + 1 with a bias, else w. */
  readonly columns: number;
  /** Whether θ, which there is, is held. */
  readonly isHeld: boolean;
  readonly rootKind: RootKind;
}

export function sizesOf({ noise, theta: directions, roots }: Posterior, owner: Owner): PosteriorSizes {
  const { theta, forward, bias, outputs } = owner;
  const members = noise.length;
  const features = forward.sampleOutputs[0].cols / members;
  const columns = features + Number(bias);
  const isHeld = theta.length > 0 && directions.length === 0;
  const rootKind = hasNoise(owner) ? 'shared' : kindOf(roots.length / members, columns, outputs);
  return { members, weights: theta.length / members, features, columns, isHeld, rootKind };
}

/** Whether the outputs estimate targets that have a noise; else they are logits or the like. */
export function hasNoise({ loss }: Pick<Owner, 'loss'>): boolean {
  return isClosed(lossFacts(loss));
}

function kindOf(numbers: number, m: number, t: number): RootKind {
  if (t === 1 || (numbers !== t * m * m && numbers !== t * m * t * m)) return 'shared';
  return numbers === t * m * m ? 'separate' : 'whole';
}

/** The shape of each array. */
export function shapesOf(posterior: Posterior, owner: Owner): Record<keyof Posterior, number[]> {
  const { members, weights, columns: m, isHeld, rootKind } = sizesOf(posterior, owner);
  const { outputs: t } = owner;
  const directions = isHeld ? 0 : weights;
  return {
    noise: [members],
    outputNoise: [t],
    W: [members, t, m],
    theta: [members, (directions * (directions + 1)) / 2],
    changesOfW: [members, directions, t, m],
    roots: { shared: [members, m, m], separate: [members, t, m, m], whole: [members, t * m, t * m] }[rootKind],
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
  const isNoisy = [posterior.noise, posterior.outputNoise].every((sigmas) => sigmas.every((sigma) => sigma > 0));
  return isNoisy ? null : 'the noise of its posterior is not positive';
}

/** σ√members of the mixture: no square overflows or vanishes. */
export function lengthOfNoise(noise: Float64Array): number {
  return noise.reduce((length, sigma) => Math.hypot(length, sigma), 0);
}

/** A copy that nobody else holds. Throws ERR_DETACHED for an array that lost its memory. */
export function copyPosterior(posterior: Posterior): Posterior {
  return mapArrays((name) => snapshot(posterior[name], `posterior.${name}`));
}

/** Of the mean of models; null unless each has one. */
export function joinPosteriors(members: readonly (Posterior | null)[]): Posterior | null {
  const all = members.filter((posterior) => posterior !== null);
  if (all.length < members.length) return null;
  return { ...mapArrays((name) => join(...all.map((one) => one[name]))), outputNoise: pooledNoise(all) };
}

/** That of the mixture. */
function pooledNoise(members: readonly Posterior[]): Float64Array {
  const length = lengthOfNoise(join(...members.map(({ noise }) => noise)));
  return members[0].outputNoise.map((_, j) => {
    const ofOutput = members.map(({ noise, outputNoise }) => outputNoise[j] * lengthOfNoise(noise));
    return lengthOfNoise(Float64Array.from(ofOutput)) / length;
  });
}

export function mapArrays(make: (name: keyof Posterior) => Float64Array): Posterior {
  return Object.fromEntries(posteriorArrays.map((name) => [name, make(name)])) as unknown as Posterior;
}
