/** @file The noise of each output, from what a training with one σ for all has left of it. */
import { leastSquare } from './hyperparameters.js';

interface Weighted {
  readonly samples: number;
  /** ω; null for 1 each. */
  readonly sampleWeights: Float64Array | null;
}

/**
 * s_j of each output, whose noise is σ s_j, by its share in the squares of the residual: σ² s_j² = Σω r_j²/(n − γ/t), and σ²
 * is their mean. `R`: ω r by row, N × t. What is fitted to the last bit counts as the shared σ does then.
 */
export function outputNoise(R: Float64Array, { samples, sampleWeights }: Weighted): Float64Array {
  const t = R.length / samples;
  const squares = new Float64Array(t);
  R.forEach((r, i) => {
    const weight = sampleWeights?.[Math.floor(i / t)] ?? 1;
    if (weight > 0) squares[i % t] += (r * r) / weight;
  });
  const told = squares.map((square) => Math.max(square, samples * leastSquare));
  const mean = told.reduce((sum, square) => sum + square, 0) / t;
  return told.map((square) => Math.sqrt(square / mean));
}
