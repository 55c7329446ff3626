/** @file Logistic loss of each output by itself, Σ_j log(1 + exp(s_j)) − c_j s_j: one binary target, or several labels. */
import { type Matrix, matrix } from '../../../linalg/matrix.js';
import type { ConvexLoss, LossValue } from './convexLoss.js';

export function logisticLoss(C: Matrix, weights: Float64Array | null): ConvexLoss {
  return { at: (S) => logisticAt(S, C, weights) };
}

function logisticAt(S: Matrix, C: Matrix, weights: Float64Array | null): LossValue {
  const { rows: N, cols: t } = S;
  const gradient = matrix(N, t);
  const diagonal = matrix(N, t);
  let sum = 0;
  for (let i = 0; i < N * t; i++) {
    const weight = weights === null ? 1 : weights[Math.floor(i / t)];
    const [s, c] = [S.data[i], C.data[i]];
    const e = Math.exp(-Math.abs(s));
    const p = s >= 0 ? 1 / (1 + e) : e / (1 + e);
    sum += weight * (Math.max(s, 0) + Math.log1p(e) - c * s);
    gradient.data[i] = weight * (p - c);
    diagonal.data[i] = (weight * e) / (1 + e) ** 2;
  }
  const times = (V: Matrix) =>
    matrix(
      N,
      t,
      V.data.map((v, i) => diagonal.data[i] * v),
    );
  return { mean: sum / N, gradient, curvature: { times } };
}
