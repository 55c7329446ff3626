/** @file Predictions with their uncertainty: what is asked, and what is told. */
import type { Matrix } from '../data/matrix.js';
import { checkOneOf, checkOptions } from '../validate/check.js';
import type { CallOptions } from './callOptions.js';
import type { UncertaintyRequest } from './uncertainty.js';

export interface PredictOptions extends CallOptions {
  readonly uncertainty?: false;
}

export interface UncertaintyOptions extends CallOptions {
  readonly uncertainty: true;
  /** Which weights are uncertain: θ and W (`all`, default), or W alone, which takes two passes of the network. */
  readonly over?: 'all' | 'W';
  /** Also the covariances of the outputs of each sample. */
  readonly covariance?: boolean;
}

/** In original units. */
export interface UncertainPrediction {
  /** N × outputs: what `predict` gives without uncertainty. */
  readonly mean: Matrix;
  /** N × outputs, of what the model says: without the noise of the targets. */
  readonly standardDeviation: Matrix;
  /** σ of the noise of a target of weight 1, one number an output. */
  readonly noise: Float64Array;
}

/** The covariance of outputs i and j of sample n is data[(n · outputs + i) · outputs + j], without the noise. */
export interface CovarianceArray {
  readonly data: Float64Array;
  readonly shape: readonly [samples: number, outputs: number, outputs: number];
}

export interface JointPrediction extends UncertainPrediction {
  readonly covariance: CovarianceArray;
}

/** What is asked of the uncertainty, or null; the other options are left. Throws ERR_OPTION. */
export function readPredictOptions<C extends CallOptions>(
  options: (C & { uncertainty?: false }) | (C & Omit<UncertaintyOptions, keyof CallOptions>),
  known: readonly string[],
): { call: CallOptions; request: UncertaintyRequest | null } {
  const isAsked = options?.uncertainty === true;
  checkOptions(options, [...known, 'uncertainty', ...(isAsked ? ['over', 'covariance'] : [])], 'the call');
  const { uncertainty = false, over = 'all', covariance = false, ...call } = options as Partial<UncertaintyOptions>;
  checkOneOf(uncertainty, 'uncertainty', [true, false]);
  checkOneOf(over, 'over', ['all', 'W']);
  checkOneOf(covariance, 'covariance', [true, false]);
  return { call, request: isAsked ? { onlyW: over === 'W', isJoint: covariance } : null };
}

/** `spread`: variances or covariances of all samples, in units of the noise. */
export function predictionOf(
  mean: Matrix,
  spread: Float64Array,
  noise: Float64Array,
  { isJoint }: UncertaintyRequest,
): UncertainPrediction | JointPrediction {
  const [N, t] = mean.shape;
  const variance = (i: number) => (isJoint ? spread[i * t + (i % t)] : spread[i]);
  const deviations = Float64Array.from({ length: N * t }, (_, i) => noise[i % t] * Math.sqrt(variance(i)));
  const told = { mean, standardDeviation: { data: deviations, shape: mean.shape }, noise: noise.slice() };
  if (!isJoint) return told;
  const data = spread.map((share, i) => share * noise[Math.floor(i / t) % t] * noise[i % t]);
  return { ...told, covariance: { data, shape: [N, t, t] } };
}
