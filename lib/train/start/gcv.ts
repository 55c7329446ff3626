/**
 * @file α_W for least squares by generalised cross validation (Golub, Heath & Wahba, Technometrics 21(2), 1979): the
 * minimiser of N ‖(I − H) C‖² / tr(I − H)², H = Z̃ (Z̃ᵀZ̃ + N α I)⁻¹ Z̃ᵀ, for given features.
 */
import type { Backend } from '../../backend/backend.js';
import { relativeWeights, type SampleWeights, sumOfWeights } from '../../data/weights.js';
import { GnvproError } from '../../errors.js';
import { perform, type Steps } from '../../job/job.js';
import { unitOf } from '../../linalg/sums.js';
import { ProgramBuilder } from '../../program/builder.js';
import type { Program } from '../../program/program.js';

/** Of α relative to the largest singular value squared. */
const range = [1e-14, 1e2] as const;
const gridPoints = 49;

export interface FeatureData {
  /** N × m: Z̃, the bias as a column of ones. */
  readonly Zt: Float64Array;
  readonly samples: number;
  /** N × t */
  readonly targets: Float64Array;
  readonly sampleWeights: SampleWeights;
}

/** Rows of weight ω stand for ω rows, in N too; weights below 1 on average leave N what it is. */
export function* alphaByCrossValidation(backend: Backend, data: FeatureData): Steps<number> {
  const { Zt, samples, sampleWeights } = data;
  const m = Zt.length / samples;
  const t = data.targets.length / samples;
  if (!Zt.every(Number.isFinite)) {
    throw new GnvproError('ERR_NONFINITE', 'Expected finite features at the start, to choose regularization.W.');
  }
  const count = Math.max(sumOfWeights(sampleWeights, samples), samples);
  const relative = relativeWeights(sampleWeights) ?? new Float64Array(samples).fill(1);
  const roots = relative.map(Math.sqrt);
  const scale = 1 / Math.sqrt(sumOfWeights(relative, samples));
  const weighted = Zt.map((z, i) => scale * roots[Math.floor(i / m)] * z);
  // The unit of the targets does not matter, but their squares have to be numbers.
  const unit = unitOf(data.targets.reduce((most, c) => Math.max(most, Math.abs(c)), 0));
  const targets = data.targets.map((c, i) => roots[Math.floor(i / t)] * (c / unit));
  const { U, s } = yield* perform(backend.svd(samples, m, weighted));
  const rank = s.length;
  // The share of the targets in each direction, and what lies outside of all of them.
  const arrays = { samples: [U, targets], vectors: [] };
  const [coefficients] = (yield* perform(backend.prepare(crossProduct(rank, t)).run(samples, arrays))).vectors;
  const shares = new Float64Array(rank);
  coefficients.forEach((c, i) => {
    shares[Math.floor(i / t)] += c * c;
  });
  const whole = targets.reduce((sum, c) => sum + c * c, 0);
  const outside = Math.max(0, whole - shares.reduce((sum, share) => sum + share, 0));
  const score = (alpha: number) => {
    let residual = outside;
    let trace = count;
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

/** UᵀC (r × t) of arrays with r and t columns. */
function crossProduct(r: number, t: number): Program {
  const b = new ProgramBuilder('coefficients of the targets');
  const U = b.sampleInput(b.declareSamples('U', r));
  const C = b.sampleInput(b.declareSamples('C', t));
  b.writeVector(b.declareVectorOutput('UᵀC', r * t), 0, b.matmul(U, C, { ta: true }));
  return b.build();
}
