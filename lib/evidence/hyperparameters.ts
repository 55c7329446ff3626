/**
 * @file MacKay's evidence framework with W projected out (Neural Computation 4(3), 1992): precisions of the priors and of
 * the noise from what the data determine.
 *
 * With θ_b ~ N(0, 1/a_b) by layer b, W ~ N(0, 1/a_W) and noise N(0, 1/β), minus the log posterior is β n Φ for
 * α_b = a_b/(βn) and α_W = a_W/(βn), n = Σω. A is its Gauss–Newton matrix in (θ, W): βn times H and H_W in its block form.
 */
import type { Evaluation, Laplace } from '../backend/backend.js';
import { GnvproError } from '../errors.js';
import { dot } from '../linalg/vector.js';
import type { Network } from '../network/network.js';
import { blockRegularizer } from '../regularizer/blocks.js';
import type { QuadraticRegularizer } from '../regularizer/quadratic.js';
import { tikhonov } from '../regularizer/tikhonov.js';

/** In units of the objective. */
export interface Hyperparameters {
  /** α_θ of each layer. */
  readonly alphaTheta: readonly number[];
  readonly alphaW: number;
  /** β, of the noise. */
  readonly precision: number;
}

/** What they were found from; γ ≤ number of weights counts those that the data determine. */
export interface Determined {
  readonly gammaTheta: number;
  readonly gammaW: number;
  /** log p(targets | α, β) of the hyperparameters before the update. */
  readonly logEvidence: number;
}

/** Weights of θ with a prior of their own: a layer, from `begin` on. */
export interface Group {
  readonly begin: number;
  readonly end: number;
}

/** What does not change in a training: n = Σω, t, numbers of weights. */
export interface Sizes {
  readonly groups: readonly Group[];
  readonly samples: number;
  readonly targets: number;
  /** Of W. */
  readonly linearWeights: number;
  /** Whether the loss is that of targets with noise; else it is minus the log likelihood as it stands, and β = 1. */
  readonly hasNoise: boolean;
}

/** nt */
function observations({ samples, targets }: Sizes): number {
  return samples * targets;
}

/**
 * What differences of log evidence are told in: by number of the targets, or by four samples with labels, each of
 * which holds less than a number.
 */
export function scaleOf({ samples, targets, hasNoise }: Pick<Sizes, 'samples' | 'targets' | 'hasNoise'>): number {
  return hasNoise ? samples * targets : samples / 4;
}

/** α of each weight θ. */
export function alphasOf({ alphaTheta }: Pick<Hyperparameters, 'alphaTheta'>, groups: readonly Group[]): Float64Array {
  const alphas = new Float64Array(groups.at(-1)?.end ?? 0);
  groups.forEach(({ begin, end }, b) => {
    alphas.fill(alphaTheta[b], begin, end);
  });
  return alphas;
}

/** The layers of a network, each with all its blocks, at all nodes in time. */
export function layersOf({ blocks }: Network): Group[] {
  const groups: { layer: string; begin: number; end: number }[] = [];
  for (const { name, offset, rows, cols } of blocks) {
    const layer = name
      .split('.')
      .slice(0, -1)
      .filter((part) => !/^node\d+$/.test(part))
      .join('.');
    const last = groups.at(-1);
    if (last?.layer === layer) last.end = offset + rows * cols;
    else groups.push({ layer, begin: offset, end: offset + rows * cols });
  }
  return groups.map(({ begin, end }) => ({ begin, end }));
}

/** The regulariser of θ that they stand for. */
export function regularizerOf(
  { alphaTheta }: Pick<Hyperparameters, 'alphaTheta'>,
  groups: readonly Group[],
): QuadraticRegularizer {
  if (groups.length === 0) return tikhonov(0, 0);
  return blockRegularizer(groups.map(({ begin, end }, b) => tikhonov(end - begin, alphaTheta[b])));
}

/** What a training starts its first evaluation with: a prior of W that hardly matters, one of θ that makes H definite. */
export function firstGuess({ groups, samples, hasNoise }: Sizes): Hyperparameters {
  return { alphaTheta: groups.map(() => 1), alphaW: (hasNoise ? 1e-2 : 1) / samples, precision: 1 };
}

/**
 * From the start on: α_b is `strength` times the mean curvature of the data along the weights of the layer. `guess`: what
 * the evaluation has.
 */
export function initialHyperparameters(
  guess: Hyperparameters,
  at: Evaluation,
  { diagonal }: Laplace,
  { groups, targets, hasNoise }: Sizes,
  strength: number,
): Hyperparameters {
  const alphaTheta = groups.map((group, b) => {
    const curvature = meanOf(diagonal, group) - guess.alphaTheta[b];
    return within(strength * curvature);
  });
  const precision = hasNoise ? targets / residual(at) : 1;
  return { alphaTheta, alphaW: within(guess.alphaW / precision), precision };
}

/**
 * The updates a = γ/‖·‖², β = (nt − γ)/Σω‖r‖² (MacKay 1992, eq. 4.8 to 4.10; here with γ_W over all of A, so that they
 * are stationary where the evidence is, θ and W held).
 */
export function updated(
  before: Hyperparameters,
  x: Float64Array,
  at: Evaluation,
  laplace: Laplace,
  sizes: Sizes,
): Hyperparameters & Determined {
  const { groups, samples, linearWeights, hasNoise } = sizes;
  const { inverseDiagonal, slope, innerTrace } = laplace;
  const { alphaTheta, alphaW } = before;
  const count = observations(sizes);
  const gammas = groups.map(({ begin, end }, b) => {
    const determined = end - begin - alphaTheta[b] * sumOf(inverseDiagonal, { begin, end });
    return clamp(determined, leastGamma, end - begin);
  });
  const gammaTheta = gammas.reduce((sum, gamma) => sum + gamma, 0);
  const gammaW = clamp(linearWeights - alphaW * (innerTrace + slope), leastGamma, linearWeights);
  // In units of 1/βn, which the new precisions share: α = a/βn.
  const freedom = Math.max(count - gammaTheta - gammaW, leastFreedom * count);
  const precision = hasNoise ? freedom / (samples * residual(at)) : 1;
  const relative = (gamma: number, square: number) => within(gamma / square / precision / samples);
  const squareOfW = (2 * at.regularizationW) / alphaW;
  return {
    alphaTheta: groups.map(({ begin, end }, b) => {
      const theta = x.subarray(begin, end);
      return relative(gammas[b], dot(theta, theta));
    }),
    alphaW: Math.max(relative(gammaW, squareOfW), hasNoise ? 0 : leastPrecisionOfLogits / samples),
    precision,
    gammaTheta,
    gammaW,
    logEvidence: logEvidence(before, at, laplace, sizes),
  };
}

/** ½ [Σ P_b log a_b + mt log a_W + nt log β − log|A| − 2βnΦ − nt log 2π] */
export function logEvidence(
  { alphaTheta, alphaW, precision }: Hyperparameters,
  { objective }: Evaluation,
  { logDeterminant, innerLogDeterminant }: Laplace,
  sizes: Sizes,
): number {
  const { groups, samples, linearWeights, hasNoise } = sizes;
  const count = observations(sizes);
  // log a − log βn = log α: the powers of βn in |A| and in the priors cancel.
  const priors = groups.reduce((sum, { begin, end }, b) => sum + (end - begin) * Math.log(alphaTheta[b]), 0);
  const ofW = linearWeights * Math.log(alphaW);
  const noise = hasNoise ? count * Math.log(precision / (2 * Math.PI)) : 0;
  return 0.5 * (priors + ofW + noise - logDeterminant - innerLogDeterminant - 2 * precision * samples * objective);
}

/** γ of weights that the data say nothing of, so that their α is finite and the update goes on. */
const leastGamma = 0.1;
/** The share of the observations that is left for the noise where as many weights as observations are determined. */
const leastFreedom = 0.05;
/**
 * a_W of losses whose outputs are logits or the like: they are a few units large. Where classes can be told apart, evidence
 * goes on and on to larger W of features that are ever more linear.
 */
const leastPrecisionOfLogits = 1;
/** Of a residual, in units of the targets. */
export const leastSquare = 1e-28;
/** α: below, H and H_W lose their digits; above, weights are 0. */
const [leastAlpha, mostAlpha] = [1e-13, 1e6];

/** Σω‖r‖²/n; targets that are fitted to the last bit leave no noise of which there could be a precision. */
function residual({ loss }: Evaluation): number {
  return Math.max(2 * loss, leastSquare);
}

function within(alpha: number): number {
  if (Number.isNaN(alpha))
    throw new GnvproError('ERR_NONFINITE', 'The curvature of the data at the start is not finite.');
  return clamp(alpha, leastAlpha, mostAlpha);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

function sumOf(values: Float64Array, { begin, end }: Group): number {
  return values.subarray(begin, end).reduce((sum, value) => sum + value, 0);
}

function meanOf(values: Float64Array, group: Group): number {
  return sumOf(values, group) / (group.end - group.begin);
}
