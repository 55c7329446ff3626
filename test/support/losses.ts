/** @file Convex losses for tests, with targets that suit them. */
import type { LossCurvature, LossDefinition } from '../../lib/backend/loss.js';
import { crossEntropy } from '../../lib/loss/crossEntropy.js';
import { type Formulas, programsOf } from '../../lib/loss/formulas.js';
import { logistic } from '../../lib/loss/logistic.js';
import type { ProgramBuilder } from '../../lib/program/builder.js';
import { Random } from '../../lib/random.js';
import { normals } from './numbers.js';

const exp = { kind: 'exp', parameter: null } as const;
const ones = (b: ProgramBuilder, n: number) => b.constant(n, 1, new Float64Array(n).fill(1));
const square = (b: ProgramBuilder, n: number) => b.constant(n, n, new Float64Array(n * n).fill(1));

/** A loss without a kernel. */
export function lossOf(formulas: Formulas, curvature: LossCurvature = 'full', name = 'of a test'): LossDefinition {
  return { curvature, kernel: null, programs: programsOf(name, formulas) };
}

const poissonFormulas: Formulas = {
  value: (b, s, c) => b.matmul(b.sub(b.unary(s, exp), b.mul(c, s)), ones(b, s.shape.cols)),
  gradient: (b, s, c) => b.sub(b.unary(s, exp), c),
  hessianProduct: (b, s, _, v) => b.mul(b.unary(s, exp), v),
};

/** exp(s) − c s in every output: Poisson regression with the logarithm as link. */
export const poisson = lossOf(poissonFormulas, 'diagonal');
/** The same, of which nobody says that outputs do not mix. */
export const fullPoisson = lossOf(poissonFormulas);

/** ½ Σ_j (s_j − c_j)² + ½ (Σ_j s_j)²: the outputs mix. */
export const mixing = lossOf({
  value: (b, s, c) => {
    const sum = b.matmul(s, ones(b, s.shape.cols));
    const r = b.sub(s, c);
    return b.scale(b.add(b.matmul(b.mul(r, r), ones(b, s.shape.cols)), b.mul(sum, sum)), 0.5);
  },
  gradient: (b, s, c) => b.add(b.sub(s, c), b.matmul(s, square(b, s.shape.cols))),
  hessianProduct: (b, _s, _c, v) => b.add(v, b.matmul(v, square(b, v.shape.cols))),
});

/** N × 3 probabilities, each row of sum 1. */
export function softTargets(N: number, seed = 5): Float64Array {
  const random = new Random(seed);
  const rows = Array.from({ length: N }, () => Array.from({ length: 3 }, () => random.exponential()));
  return Float64Array.from(
    rows.flatMap((row) => {
      const sum = row.reduce((a, b) => a + b, 0);
      return row.map((x) => x / sum);
    }),
  );
}

const labels = (N: number) => Float64Array.from(normals(new Random(6), 3 * N), (x) => Number(x > 0));

/** Each with targets N × 3. */
export function convexLosses(N: number): Record<string, { loss: LossDefinition; targets: Float64Array }> {
  return {
    softmax: { loss: crossEntropy, targets: softTargets(N) },
    logistic: { loss: logistic, targets: labels(N) },
    poisson: { loss: poisson, targets: Float64Array.from(labels(N), (x, i) => x * (1 + (i % 4))) },
    mixing: { loss: mixing, targets: normals(new Random(7), 3 * N) },
  };
}
