/** @file Predictions with their uncertainty: what is asked, and what is told. */
import type { Matrix } from '../data/matrix.js';
import { GnvproError } from '../errors.js';
import { checkOneOf, checkOptions } from '../validate/check.js';
import type { CallOptions } from './callOptions.js';
import type { Directions } from './directions.js';
import type { UncertaintyRequest } from './uncertainty.js';

export interface PredictOptions extends CallOptions {
  readonly uncertainty?: false;
}

export interface UncertaintyOptions extends CallOptions {
  readonly uncertainty: true;
  /**
   * Which weights are uncertain: θ and W (`all`), or W alone, which takes two passes of the network. Default: all that the
   * posterior is of, which the prediction tells.
   */
  readonly over?: 'all' | 'W';
  /** Also the covariances of the outputs of each sample. */
  readonly covariance?: boolean;
}

export interface ProbabilityOptions extends CallOptions {
  /** Whether they are averaged over the posterior of the logits (default false). */
  readonly uncertainty?: boolean;
}

/** In original units. */
export interface UncertainPrediction {
  /** N × outputs: what `predict` gives without uncertainty. */
  readonly mean: Matrix;
  /** N × outputs, of what the model says: without the noise of the targets. */
  readonly standardDeviation: Matrix;
  /** σ of the noise of a target of weight 1, one number an output; 0 for logits, which have none. */
  readonly noise: Float64Array;
  /** Which weights were taken as uncertain: θ and W, or W alone. */
  readonly over: 'all' | 'W';
}

/** The covariance of outputs i and j of sample n is data[(n · outputs + i) · outputs + j], without the noise. */
export interface CovarianceArray {
  readonly data: Float64Array;
  readonly shape: readonly [samples: number, outputs: number, outputs: number];
}

export interface JointPrediction extends UncertainPrediction {
  readonly covariance: CovarianceArray;
}

/** `over` is null where nothing is said. */
export interface Asked extends Pick<UncertaintyRequest, 'isJoint'> {
  readonly over: 'all' | 'W' | null;
}

/** What is asked of the uncertainty, or null; the other options are left. Throws ERR_OPTION. */
export function readPredictOptions<C extends CallOptions>(
  options: (C & { uncertainty?: false }) | (C & Omit<UncertaintyOptions, keyof CallOptions>),
  known: readonly string[],
): { call: CallOptions; asked: Asked | null } {
  const isAsked = options?.uncertainty === true;
  checkOptions(options, [...known, 'uncertainty', ...(isAsked ? ['over', 'covariance'] : [])], 'the call');
  const { uncertainty = false, over = null, covariance = false, ...call } = options as Partial<UncertaintyOptions>;
  checkOneOf(uncertainty, 'uncertainty', [true, false]);
  if (over !== null) checkOneOf(over, 'over', ['all', 'W']);
  checkOneOf(covariance, 'covariance', [true, false]);
  return { call, asked: isAsked ? { over, isJoint: covariance } : null };
}

/** Throws ERR_OPTION. */
export function readProbabilityOptions(
  options: ProbabilityOptions,
  known: readonly string[],
): { call: CallOptions; uncertainty: boolean } {
  checkOptions(options, [...known, 'uncertainty'], 'the call');
  const { uncertainty = false, ...call } = options;
  checkOneOf(uncertainty, 'uncertainty', [true, false]);
  return { call, uncertainty };
}

/** Throws ERR_STATE for the uncertainty of θ where it is not known. */
export function requestOf({ over, isJoint }: Asked, { sizes: { isHeld } }: Directions): UncertaintyRequest {
  if (over === 'all' && isHeld) {
    throw new GnvproError(
      'ERR_STATE',
      "Expected over: 'W' for the uncertainty of this model, whose posterior is of its last layer alone: the weights of the network are taken as certain.",
    );
  }
  return { onlyW: over === 'W' || isHeld, isJoint };
}

/** `spread`: variances or covariances of all samples, in units of the directions. */
export function predictionOf(
  mean: Matrix,
  spread: Float64Array,
  { unit, hasNoise }: Directions,
  { isJoint, onlyW }: UncertaintyRequest,
): UncertainPrediction | JointPrediction {
  const [N, t] = mean.shape;
  const variance = (i: number) => (isJoint ? spread[i * t + (i % t)] : spread[i]);
  const deviations = Float64Array.from({ length: N * t }, (_, i) => unit[i % t] * Math.sqrt(variance(i)));
  const told = {
    mean,
    standardDeviation: { data: deviations, shape: mean.shape },
    noise: hasNoise ? unit.slice() : new Float64Array(t),
    over: onlyW ? ('W' as const) : ('all' as const),
  };
  if (!isJoint) return told;
  const data = spread.map((share, i) => share * unit[Math.floor(i / t) % t] * unit[i % t]);
  return { ...told, covariance: { data, shape: [N, t, t] } };
}
