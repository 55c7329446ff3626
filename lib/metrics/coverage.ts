/** @file Whether error bars are true: deviations of targets in units of what the model expects, and how many lie within. */
import { asRows, type FlatNumbers } from '../data/flat.js';
import { type Matrix, type MatrixLike, toMatrix } from '../data/matrix.js';
import { readWeights, type SampleWeights } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import { chiSquareTail } from '../linalg/gamma.js';
import type { UncertainPrediction } from '../model/prediction.js';
import { checkNumber, checkOptions, invalid } from '../validate/check.js';

/** Of the central interval of a level: the mean ± `bound` total standard deviations. */
export interface Coverage {
  /** The share of targets that lies within, if the model is right. */
  readonly level: number;
  /** The one that does. */
  readonly share: number;
  /** 1.96 for a level of 0.95. */
  readonly bound: number;
}

export const usualLevels: readonly number[] = [0.5, 0.8, 0.9, 0.95, 0.99];

/**
 * (target − mean) / √(standardDeviation² + noise²), N × outputs, for what `predict` with `uncertainty` gave and the N ×
 * outputs targets of the same samples, in original units. If the model is right they have mean 0 and deviation 1.
 *
 * `sampleWeights`: the noise of a target of weight ω is σ/√ω; samples of weight 0 are left out. A target that the model
 * is certain of gives ±Infinity, or NaN where it is met.
 *
 * @throws GnvproError ERR_SHAPE, ERR_NONFINITE, ERR_OPTION
 */
export function standardizedResiduals(
  prediction: Omit<UncertainPrediction, 'over'>,
  targets: MatrixLike | FlatNumbers,
  options: { readonly sampleWeights?: ArrayLike<number> | null } = {},
): Matrix {
  checkOptions(options, ['sampleWeights'], 'standardizedResiduals');
  const { mean, standardDeviation, noise } = prediction ?? {};
  if (!(mean?.shape && standardDeviation?.data && noise)) {
    throw invalid('what predict gives with uncertainty: true', 'prediction', prediction);
  }
  const [rows, t] = mean.shape;
  const T = toMatrix(asRows(targets, t, 'targets'), 'targets');
  if (T.shape[0] !== rows || T.shape[1] !== t) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected ${rows} × ${t} targets, as of the predictions, but received ${T.shape[0]} × ${T.shape[1]}.`,
    );
  }
  const weights = readWeights(options.sampleWeights, rows);
  const total = totalDeviations({ standardDeviation, noise }, weights);
  const of = (i: number) => (T.data[i] - mean.data[i]) / total[i];
  const present = Array.from({ length: rows }, (_, n) => n).filter((n) => weights === null || weights[n] > 0);
  const data = Float64Array.from({ length: present.length * t }, (_, i) =>
    of(present[Math.floor(i / t)] * t + (i % t)),
  );
  return { data, shape: [present.length, t] };
}

/** √(standardDeviation² + noise²), N × outputs: what a target may deviate by. */
export function totalDeviations(
  { standardDeviation: { data }, noise }: Pick<UncertainPrediction, 'standardDeviation' | 'noise'>,
  weights: SampleWeights,
): Float64Array {
  const t = noise.length;
  return data.map((deviation, i) => {
    return Math.hypot(deviation, noise[i % t] / Math.sqrt(weights?.[Math.floor(i / t)] ?? 1));
  });
}

/**
 * For each level (default 0.5, 0.8, 0.9, 0.95, 0.99) the share of standardized residuals, of one output or of all
 * together, within the central interval of the normal distribution. Infinite ones lie outside of all.
 *
 * @throws GnvproError ERR_OPTION for a level that is not between 0 and 1; ERR_SHAPE without residuals; ERR_NONFINITE for
 *   one that is NaN
 */
export function coverageOf(residuals: ArrayLike<number>, levels: readonly number[] = usualLevels): Coverage[] {
  const sizes = Float64Array.from(residuals, Math.abs);
  if (sizes.length === 0) throw new GnvproError('ERR_SHAPE', 'Expected at least one residual but received none.');
  const at = sizes.findIndex(Number.isNaN);
  if (at !== -1) throw new GnvproError('ERR_NONFINITE', `Expected numbers for residuals but residual ${at} is NaN.`);
  return levels.map((level) => {
    const bound = centralBound(level);
    return { level, share: sizes.reduce((count, size) => count + Number(size <= bound), 0) / sizes.length, bound };
  });
}

/** z with the probability `level` of |x| ≤ z, x ~ N(0, 1), by halving: x² has one degree of freedom. */
export function centralBound(level: number): number {
  checkNumber(level, 'a level', { above: 0, max: 1 - Number.EPSILON });
  let [low, high] = [0, 9];
  for (let z = 4.5; z > low && z < high; z = (low + high) / 2) {
    if (chiSquareTail(z * z, 1) > 1 - level) low = z;
    else high = z;
  }
  return high;
}
