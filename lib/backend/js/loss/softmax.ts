/**
 * @file Softmax cross entropy ℓ(s, c) = (Σ_j c_j) log Σ_j exp(s_j) − cᵀs; the targets of a sample usually sum to 1.
 * The largest logit of a row is taken out first, so that nothing overflows.
 */
import { type Matrix, matrix } from '../../../linalg/matrix.js';
import type { ConvexLoss, Curvature, LossValue } from './convexLoss.js';

export function softmaxLoss(C: Matrix, weights: Float64Array | null): ConvexLoss {
  return { at: (S) => softmaxAt(S, C, weights) };
}

function softmaxAt(S: Matrix, C: Matrix, weights: Float64Array | null): LossValue {
  const { rows: N, cols: t } = S;
  const P = matrix(N, t);
  const gradient = matrix(N, t);
  /** ω_n Σ_j c_nj: what p_n is multiplied by in gradient and Hessian. */
  const totals = new Float64Array(N);
  let sum = 0;
  for (let n = 0; n < N; n++) {
    const row = n * t;
    const weight = weights === null ? 1 : weights[n];
    const { total, loss } = softmaxRow(S.data, C.data, row, t, P.data);
    sum += weight * loss;
    totals[n] = weight * total;
    for (let j = row; j < row + t; j++) gradient.data[j] = weight * (total * P.data[j] - C.data[j]);
  }
  return { mean: sum / N, gradient, curvature: softmaxCurvature(P, totals) };
}

/** Writes the probabilities of a row. */
function softmaxRow(S: Float64Array, C: Float64Array, row: number, t: number, P: Float64Array) {
  let max = Number.NEGATIVE_INFINITY;
  for (let j = row; j < row + t; j++) max = Math.max(max, S[j]);
  let sum = 0;
  let total = 0;
  let target = 0;
  for (let j = row; j < row + t; j++) {
    P[j] = Math.exp(S[j] - max);
    sum += P[j];
    total += C[j];
    target += C[j] * (S[j] - max);
  }
  for (let j = row; j < row + t; j++) P[j] /= sum;
  return { total, loss: total * Math.log(sum) - target };
}

/** S_n = total_n (diag(p_n) − p_n p_nᵀ) */
function softmaxCurvature(P: Matrix, totals: Float64Array): Curvature {
  const times = (V: Matrix): Matrix => {
    const { rows, cols } = V;
    const result = matrix(rows, cols);
    for (let n = 0; n < rows; n++) {
      let mean = 0;
      for (let j = n * cols; j < (n + 1) * cols; j++) mean += P.data[j] * V.data[j];
      for (let j = n * cols; j < (n + 1) * cols; j++) result.data[j] = totals[n] * P.data[j] * (V.data[j] - mean);
    }
    return result;
  };
  return { times };
}
