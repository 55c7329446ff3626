/**
 * @file α_W for least squares by generalised cross validation (Golub, Heath & Wahba, Technometrics 21(2), 1979): the
 * minimiser of N ‖(I − H) C‖² / tr(I − H)², H = Z̃ (Z̃ᵀZ̃ + N α I)⁻¹ Z̃ᵀ, for given features.
 */
import type { Backend } from '../backend/backend.js';
import { perform, type Steps } from '../backend/job.js';
import { GnvproError } from '../errors.js';

/** Of α relative to the largest singular value squared. */
const range = [1e-14, 1e2] as const;
const gridPoints = 49;

export interface FeatureData {
  /** N × m: Z̃, the bias as a column of ones. */
  readonly Zt: Float64Array;
  readonly samples: number;
  /** N × t */
  readonly targets: Float64Array;
}

export function* alphaByCrossValidation(backend: Backend, { Zt, samples, targets }: FeatureData): Steps<number> {
  const m = Zt.length / samples;
  const t = targets.length / samples;
  if (!Zt.every(Number.isFinite)) {
    throw new GnvproError('ERR_NONFINITE', 'Expected finite features at the start, to choose regularization.W.');
  }
  const scale = 1 / Math.sqrt(samples);
  const { U, s } = yield* perform(
    backend.svd(
      samples,
      m,
      Zt.map((z) => scale * z),
    ),
  );
  const rank = s.length;
  // The share of the targets in each direction, and what lies outside of all of them.
  const shares = new Float64Array(rank);
  for (let k = 0; k < rank; k++) {
    for (let j = 0; j < t; j++) {
      let sum = 0;
      for (let n = 0; n < samples; n++) sum += U[n * rank + k] * targets[n * t + j];
      shares[k] += sum * sum;
    }
  }
  const whole = targets.reduce((sum, c) => sum + c * c, 0);
  const outside = Math.max(0, whole - shares.reduce((sum, share) => sum + share, 0));
  const score = (alpha: number) => {
    let residual = outside;
    let trace = samples;
    for (let k = 0; k < rank; k++) {
      const hat = (s[k] * s[k]) / (s[k] * s[k] + alpha);
      residual += (1 - hat) ** 2 * shares[k];
      trace -= hat;
    }
    return residual / (trace * trace);
  };
  return minimiser(score, s[0] * s[0] || 1);
}

/** The best of a grid in log α, refined between its neighbours by golden section. */
function minimiser(score: (alpha: number) => number, scale: number): number {
  const [low, high] = range.map(Math.log);
  const step = (high - low) / (gridPoints - 1);
  const at = (x: number) => score(scale * Math.exp(x));
  let best = low;
  for (let k = 1; k < gridPoints; k++) if (at(low + k * step) < at(best)) best = low + k * step;
  let [a, b] = [Math.max(low, best - step), Math.min(high, best + step)];
  const golden = (Math.sqrt(5) - 1) / 2;
  for (let k = 0; k < 30; k++) {
    const [x, y] = [b - golden * (b - a), a + golden * (b - a)];
    if (at(x) < at(y)) b = y;
    else a = x;
  }
  return scale * Math.exp(0.5 * (a + b));
}
