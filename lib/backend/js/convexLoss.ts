/** @file A convex loss on the training data, by its programs: the mean over the samples, and its derivatives row by row. */
import { type Matrix, matrix, scaleRows } from '../../linalg/matrix.js';
import { isSeparable, type LossDefinition } from '../loss.js';
import { Interpreter } from './interpreter.js';

export interface LossValue {
  /** (1/N) Σ_n ω_n ℓ(s_n, c_n) */
  readonly mean: number;
  /** Row n is ω_n ∂ℓ/∂s at s_n; N × t. */
  readonly gradient: Matrix;
  readonly curvature: Curvature;
}

/** The Hessians S_n = ω_n ∂²ℓ/∂s² of all samples, positive semidefinite. */
export interface Curvature {
  /** Row n of V (N × t) becomes S_n v_n. */
  times(V: Matrix): Matrix;
}

export interface ConvexLoss {
  /** Whether outputs do not mix: S_n is diagonal. */
  readonly isSeparable: boolean;
  /** At S, N × t. */
  at(S: Matrix): LossValue;
}

/** C: N × t; weights: N, or null for ones. */
export function convexLoss(loss: LossDefinition, C: Matrix, weights: Float64Array | null): ConvexLoss {
  const { rows: N, cols: t } = C;
  const value = new Interpreter(loss.programs.value(t));
  const products = new Interpreter(loss.programs.products(t));
  let last: Matrix | null = null; // where the products were taken last
  const weighted = (a: Matrix) => (weights === null ? a : scaleRows(a, weights));
  return {
    isSeparable: isSeparable(loss),
    at: (S) => {
      const [losses, gradient] = value.run(N, { samples: [S.data, C.data], vectors: [] }).samples;
      const sum = losses.reduce((total, loss, n) => total + (weights === null ? loss : weights[n] * loss), 0);
      const times = (V: Matrix) => {
        const [product] = products.run(N, { samples: [S.data, C.data, V.data], vectors: [] }, S === last).samples;
        last = S;
        return weighted(matrix(N, t, product));
      };
      return { mean: sum / N, gradient: weighted(matrix(N, t, gradient)), curvature: { times } };
    },
  };
}
