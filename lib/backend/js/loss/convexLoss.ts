/** @file A convex loss on the training data: its mean over the samples, and its derivatives row by row. */
import type { Matrix } from '../../../linalg/matrix.js';

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
  /** At S, N × t. */
  at(S: Matrix): LossValue;
}
