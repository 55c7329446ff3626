/** @file Weights of samples: ω stands for ω equal samples, so that one of weight 0 is as good as absent. */
import { CompensatedSums, unitOf } from '../linalg/sums.js';
import { invalid } from '../validate/check.js';
import { sharedCopy, snapshot } from './buffers.js';

/** One number of at least 0 for each sample; null for 1 each. */
export type SampleWeights = Float64Array | null;

/**
 * Checked, on memory of their own; null where there are none. Throws ERR_OPTION for a length other than `samples`, for
 * weights that are negative or not finite, all 0, or of infinite sum; ERR_DETACHED.
 */
export function readWeights(
  weights: ArrayLike<number> | null | undefined,
  samples: number,
  name = 'sampleWeights',
): SampleWeights {
  if (weights == null) return null;
  const own = Float64Array.from(snapshot(weights, name));
  if (own.length !== samples) throw invalid(`${samples} numbers, one a sample,`, name, weights);
  const at = own.findIndex((weight) => !(weight >= 0 && Number.isFinite(weight)));
  if (at !== -1) throw invalid('finite numbers of at least 0', `entry ${at} of ${name}`, own[at]);
  const sum = sumOfWeights(own, samples);
  if (sum === 0) throw invalid('a weight above 0', name, 0);
  if (sum === Number.POSITIVE_INFINITY) throw invalid('weights of a finite sum', name, sum);
  return own;
}

/** How many samples they stand for. */
export function sumOfWeights(weights: SampleWeights, samples: number): number {
  if (weights === null) return samples;
  const sum = new CompensatedSums(1);
  for (const weight of weights) sum.add(0, weight);
  return sum.values[0];
}

/** How many samples the weights stand for: one of twice the smallest weight counts as two, one of weight 0 as none. */
export function countedSamples(weights: SampleWeights, rows: number): number {
  if (weights === null) return rows;
  const smallest = weights.reduce((least, weight) => (weight > 0 ? Math.min(least, weight) : least), Infinity);
  return sumOfWeights(weights, rows) / smallest;
}

/** All times the power of two that brings the largest near 1: for means, which do not change with it. */
export function relativeWeights(weights: SampleWeights): SampleWeights {
  if (weights === null) return null;
  const factor = 1 / unitOf(weights.reduce((most, weight) => Math.max(most, weight), 0));
  return weights.map((weight) => factor * weight);
}

/**
 * The weights over their mean, with which (1/N) Σ ω ℓ is the mean over samples as often as they weigh, whatever their
 * size. Null where all are equal. One must be above 0.
 */
export function weightsOfMeanOne(weights: Float64Array): SampleWeights {
  if (weights.every((weight) => weight === weights[0])) return null;
  const relative = relativeWeights(weights) as Float64Array;
  const mean = sumOfWeights(relative, relative.length) / relative.length;
  return sharedCopy(relative.map((weight) => weight / mean));
}
