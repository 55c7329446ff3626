/** @file Weights of samples: only their ratios count, so that 2 is a sample that stands twice, and 0 one that is absent. */
import { invalid } from '../validate/check.js';
import { sharedArray } from './buffers.js';
import { takeRows } from './matrix.js';
import { type Samples, takeSamples } from './samples.js';

/**
 * The weights over their mean, with which (1/N) Σ ω ℓ is the mean over samples as often as they weigh, whatever their
 * size. Null where all are equal. One must be above 0.
 */
export function weightsOfMeanOne(weights: Float64Array): Float64Array | null {
  const largest = weights.reduce((max, weight) => Math.max(max, weight), 0);
  if (weights.every((weight) => weight === largest)) return null;
  // Their sum may overflow; the largest of them cannot vanish beside it.
  const mean = weights.reduce((sum, weight) => sum + weight / largest, 0) / weights.length;
  const own = sharedArray(weights.length);
  for (let n = 0; n < own.length; n++) own[n] = weights[n] / largest / mean;
  return own;
}

/** Samples and weights without those of weight 0, whose numbers may be anything. Throws ERR_OPTION where none is left. */
export function withoutAbsent<T extends { training: Samples; sampleWeights: Float64Array | null }>(data: T): T {
  const { training, sampleWeights } = data;
  if (sampleWeights === null || sampleWeights.every((weight) => weight > 0)) return data;
  const rows = Int32Array.from(sampleWeights.keys()).filter((row) => sampleWeights[row] > 0);
  if (rows.length === 0) throw invalid('a weight above 0', 'sampleWeights of the training samples', 0);
  const weights = takeRows({ data: sampleWeights, shape: [sampleWeights.length, 1] }, rows, sharedArray).data;
  return { ...data, training: takeSamples(training, rows, sharedArray), sampleWeights: weights };
}
