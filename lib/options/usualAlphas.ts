/** @file α_θ and α_W where nothing is said: from what measured trainings speak for (docs/decisions.md). */
import { type SampleWeights, sumOfWeights } from '../data/weights.js';

export interface Alphas {
  readonly theta: number;
  readonly W: number;
}

/** Losses other than least squares never fit exactly: classes that can be told apart would drive the weights to infinity. */
const otherLosses: Alphas = { theta: 1e-3, W: 1e-4 };

/**
 * Least squares: α_θ = 3e-3 r³ and α_W = 3e-6 r² with r weights θ a sample, taken between 0.03 and 1. Few samples a weight
 * would be fitted whatever they say; many need next to nothing.
 */
export function usualAlphas(loss: string, weights: number, samples: number): Alphas {
  if (loss !== 'leastSquares') return otherLosses;
  const r = Math.min(1, Math.max(0.03, weights / samples));
  return { theta: 3e-3 * r ** 3, W: 3e-6 * r ** 2 };
}

/** How many samples the weights stand for: one of twice the smallest weight counts as two, one of weight 0 as none. */
export function countedSamples(weights: SampleWeights, rows: number): number {
  if (weights === null) return rows;
  const smallest = weights.reduce((least, weight) => (weight > 0 ? Math.min(least, weight) : least), Infinity);
  return sumOfWeights(weights, rows) / smallest;
}
