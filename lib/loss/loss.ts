/** @file The losses: which there are, and what a backend is told of them. */
import type { Program } from '../program/program.js';

/** Value, gradient and Hessian of ℓ(s, c) by sample, as programs of S and C (N × t each). */
export interface TracedLoss {
  readonly kind: 'traced';
  /** S, C → the loss of each sample (N × 1) and its gradient (N × t). */
  readonly value: Program;
  /** S, C, V → the products of the Hessians with the rows of V (N × t). */
  readonly curvature: Program;
  /** Whether the Hessian of a sample is diagonal: outputs do not mix. */
  readonly separable: boolean;
}

export type ConvexLossDefinition = { readonly kind: 'softmax' } | { readonly kind: 'logistic' } | TracedLoss;

/** What the projection minimises: least squares in closed form, the others by Newton's method. */
export type LossDefinition = { readonly kind: 'leastSquares' } | ConvexLossDefinition;
