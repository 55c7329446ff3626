/**
 * @file The projection: the last layer's weights W(θ) that are optimal for given features,
 * min 1/(2N) ‖Z̃Wᵀ − C‖² + ½ α_W ‖W‖²  (variable projection, Golub & Pereyra 1973).
 *
 * The normal equations G = Z̃ᵀZ̃/N + α_W I are never formed: everything follows from Z̃/√N = U diag(s) Vᵀ, whatever
 * the rank of the features.
 */

import { product } from '../../linalg/matmul.js';
import { allFinite, type Matrix, scaled, scaleRows, withOnes } from '../../linalg/matrix.js';
import { svd } from '../../linalg/svd.js';
import { dot } from '../../linalg/vector.js';

export interface Projection {
  /** t × m, the bias last. */
  readonly W: Matrix;
  /** R = Z̃Wᵀ − C, N × t. */
  readonly R: Matrix;
  /** Z̃/√N = U diag(s) Vᵀ: N × m and m × m. */
  readonly U: Matrix;
  readonly V: Matrix;
  /** s²/(s² + α_W): the hat matrix Q₁Q₁ᵀ is U diag(hat) Uᵀ. */
  readonly hat: Float64Array;
  /** s/(s² + α_W): the solution is V diag(solve) Uᵀ. */
  readonly solve: Float64Array;
  /** 1/(s² + α_W): G⁻¹ is V diag(inverse) Vᵀ. */
  readonly inverse: Float64Array;
  readonly rank: number;
  /** 1/(2N) ‖R‖² */
  readonly loss: number;
  /** ½ α_W ‖W‖² */
  readonly regularization: number;
}

/** Null where features or the solution are not finite. With weights, C and R are times their roots. */
export function project(
  Z: Matrix,
  C: Matrix,
  bias: boolean,
  alphaW: number,
  rootWeights: Float64Array | null,
): Projection | null {
  if (!allFinite(Z.data)) return null;
  const N = Z.rows;
  const Zt = rootWeights === null ? withBias(Z, bias) : scaleRows(scaled(withBias(Z, bias), 1), rootWeights);
  const { U, s, V } = svd(scaled(Zt, 1 / Math.sqrt(N)));
  const filters = spectralFilters(s, alphaW, Number.EPSILON * Math.max(N, Zt.cols) * s[0]);
  const coefficients = scaleRows(product(U, C, { ta: true }), filters.solve); // m × t
  const W = scaled(product(coefficients, V, { ta: true, tb: true }), 1 / Math.sqrt(N));
  const R = product(Zt, W, { tb: true });
  for (let i = 0; i < R.data.length; i++) R.data[i] -= C.data[i];
  const loss = dot(R.data, R.data) / (2 * N);
  const regularization = 0.5 * alphaW * dot(W.data, W.data);
  if (!Number.isFinite(loss + regularization)) return null;
  return { W, R, U, V, ...filters, loss, regularization };
}

function withBias(Z: Matrix, bias: boolean): Matrix {
  return bias ? withOnes(Z) : Z;
}

/**
 * For α_W = 0 singular values up to the tolerance count as zero, which makes the solution that of minimum norm
 * and G⁻¹ the pseudo-inverse.
 */
function spectralFilters(s: Float64Array, alphaW: number, tolerance: number) {
  const filter = (f: (s: number) => number) => s.map((si) => (alphaW === 0 && !(si > tolerance) ? 0 : f(si)));
  return {
    // Without s², which may overflow.
    hat: filter((si) => 1 / (1 + alphaW / si / si)),
    solve: filter((si) => 1 / (si + alphaW / si)),
    inverse: filter((si) => 1 / (si * si + alphaW)),
    rank: alphaW > 0 ? s.length : s.filter((si) => si > tolerance).length,
  };
}
