/**
 * @file How W follows from the features: by a formula (least squares), by Newton's method (other convex losses), or not
 * at all where it is an unknown beside θ.
 */
import { product } from '../../linalg/matmul.js';
import { allFinite, type Matrix, withOnes } from '../../linalg/matrix.js';
import { dot } from '../../linalg/vector.js';
import type { InnerRecord } from '../backend.js';
import type { ConvexLoss, Curvature } from './convexLoss.js';

/** What defines the problem for W at given features. */
export interface LastLayer {
  readonly loss: ConvexLoss;
  readonly bias: boolean;
  readonly alphaW: number;
}

/** W and what is known beside it at one point. */
export interface Eliminated {
  /** t × m, the bias last. */
  readonly W: Matrix;
  /** Z̃, N × m. */
  readonly Zt: Matrix;
  /** Row n is g_n = ω_n ∂ℓ/∂s, N × t. */
  readonly R: Matrix;
  /** Of the Hessians S_n = ω_n ∂²ℓ/∂s². */
  readonly curvature: Curvature;
  /** (1/N) Σ ω_n ℓ */
  readonly loss: number;
  /** ½ α_W ‖W‖² */
  readonly regularization: number;
  readonly rank: number;
  /** How Newton's method found W; null where there is a formula, or W is given. */
  readonly inner: InnerRecord | null;
  /** Null where W is given. */
  readonly factor: InnerFactor | null;
}

/** H_W = (1/N) Σ S_n ⊗ z̃_n z̃_nᵀ + α_W I on the row-major vec(W), of order tm, factorised. */
export interface InnerFactor {
  /** H_W⁻¹ K for K t × m. */
  solve(K: Matrix): Matrix;
  /** H_W⁻¹, or the pseudo-inverse where features are dependent. */
  inverse(): Matrix;
  /** tr(S_n (I ⊗ z̃_n)ᵀ H_W⁻¹ (I ⊗ z̃_n))/N by sample: their sum is the number of weights that the data determine. */
  leverages(): Float64Array;
  /** log det H_W; over the directions that are not left out. */
  logDeterminant(): number;
  /**
   * S E − (SE)(hat matrix): S_n(e_n − K z̃_n) with K = H_W⁻¹ Σ S_n e_n z̃_nᵀ/N, what W cannot follow of a change E of the
   * predictions, without a product of H_W⁻¹. Only where all S_n are ω_n I: E may then have any number of columns.
   */
  readonly unfollowed?: (E: Matrix) => Matrix;
  /** T with TTᵀ = H_W⁻¹: m × m where H_W is I ⊗ G, t of them where outputs do not mix, else tm × tm. */
  root(): Float64Array;
}

/** W is given. Null where features or loss are not finite. */
export function given(Z: Matrix, W: Matrix, { loss, bias, alphaW }: LastLayer): Eliminated | null {
  if (!allFinite(Z.data)) return null;
  const Zt = withBias(Z, bias);
  const { mean, gradient, curvature } = loss.at(product(Zt, W, { tb: true }));
  const regularization = 0.5 * alphaW * dot(W.data, W.data);
  if (!Number.isFinite(mean + regularization)) return null;
  return { W, Zt, R: gradient, curvature, loss: mean, regularization, rank: Zt.cols, inner: null, factor: null };
}

export function withBias(Z: Matrix, bias: boolean): Matrix {
  return bias ? withOnes(Z) : Z;
}
