/**
 * @file Least squares: the last layer's weights W(θ) that are optimal for given features,
 * min 1/(2N) ‖Z̃Wᵀ − C‖² + ½ α_W ‖W‖²  (variable projection, Golub & Pereyra 1973).
 *
 * The normal equations G = Z̃ᵀΩZ̃/N + α_W I are never formed: everything follows from √ΩZ̃/√N = U diag(s) Vᵀ, whatever
 * the rank of the features (Ω: the weights of the samples). H_W is I ⊗ G.
 */

import { product } from '../../linalg/matmul.js';
import { addScaled, allFinite, type Matrix, matrix, scaled, scaleRows } from '../../linalg/matrix.js';
import { svd } from '../../linalg/svd.js';
import { dot } from '../../linalg/vector.js';
import { type Eliminated, type InnerFactor, type LastLayer, withBias } from './elimination.js';

/** Null where features or the solution are not finite. C: N × t; weights: N, or null for ones. */
export function eliminateLinear(
  Z: Matrix,
  C: Matrix,
  weights: Float64Array | null,
  { loss, bias, alphaW }: LastLayer,
): Eliminated | null {
  if (!allFinite(Z.data)) return null;
  const N = Z.rows;
  const Zt = withBias(Z, bias);
  const roots = weights?.map(Math.sqrt) ?? null;
  const rooted = (a: Matrix) => (roots === null ? a : scaleRows(scaled(a, 1), roots));
  const { U, s, V } = svd(scaled(rooted(Zt), 1 / Math.sqrt(N)));
  const filters = spectralFilters(s, alphaW, Number.EPSILON * Math.max(N, Zt.cols) * s[0]);
  const coefficients = scaleRows(product(U, rooted(C), { ta: true }), filters.solve); // m × t
  const W = scaled(product(coefficients, V, { ta: true, tb: true }), 1 / Math.sqrt(N));
  const { mean, gradient: R, curvature } = loss.at(product(Zt, W, { tb: true }));
  const regularization = 0.5 * alphaW * dot(W.data, W.data);
  if (!Number.isFinite(mean + regularization)) return null;
  const factor = new LinearFactor(rooted(U), V, filters, C.cols, weights);
  return { W, Zt, R, curvature, loss: mean, regularization, rank: filters.rank, inner: null, factor };
}

interface Filters {
  /** s²/(s² + α_W): the hat matrix Q₁Q₁ᵀ is U diag(hat) Uᵀ. */
  readonly hat: Float64Array;
  /** s/(s² + α_W): the solution is V diag(solve) Uᵀ. */
  readonly solve: Float64Array;
  /** 1/(s² + α_W): G⁻¹ is V diag(inverse) Vᵀ. */
  readonly inverse: Float64Array;
  readonly rank: number;
}

class LinearFactor implements InnerFactor {
  constructor(
    /** √Ω U, N × m: so BᵀE = Uᵀ(√Ω E). */
    readonly B: Matrix,
    /** m × m */
    readonly V: Matrix,
    readonly filters: Filters,
    /** t */
    readonly targets: number,
    readonly weights: Float64Array | null,
  ) {}

  /** K G⁻¹ */
  solve(K: Matrix): Matrix {
    return product(scaleColumns(product(K, this.V), this.filters.inverse), this.V, { tb: true });
  }

  unfollowed(E: Matrix): Matrix {
    const hat = product(this.B, scaleRows(product(this.B, E, { ta: true }), this.filters.hat));
    const weighted = this.weights === null ? scaled(E, 1) : scaleRows(scaled(E, 1), this.weights);
    return addScaled(weighted, -1, hat);
  }

  inverse(): Matrix {
    const m = this.V.rows;
    const block = product(scaleColumns(this.V, this.filters.inverse), this.V, { tb: true });
    const inverse = matrix(this.targets * m, this.targets * m);
    for (let j = 0; j < this.targets; j++) {
      for (let i = 0; i < m; i++) {
        inverse.data.set(block.data.subarray(i * m, (i + 1) * m), (j * m + i) * this.targets * m + j * m);
      }
    }
    return inverse;
  }

  root(): Float64Array {
    return scaleColumns(this.V, this.filters.inverse.map(Math.sqrt)).data;
  }

  leverages(): Float64Array {
    const { B, targets, weights } = this;
    return Float64Array.from({ length: B.rows }, (_, n) => {
      const row = B.data.subarray(n * B.cols, (n + 1) * B.cols);
      const sum = row.reduce((total, b, q) => total + b * b * this.filters.hat[q], 0);
      return weights === null ? targets * sum : weights[n] > 0 ? (targets * sum) / weights[n] : 0;
    });
  }

  logDeterminant(): number {
    return -this.targets * this.filters.inverse.reduce((sum, x) => sum + (x > 0 ? Math.log(x) : 0), 0);
  }
}

/** A diag(f) */
function scaleColumns(A: Matrix, f: Float64Array): Matrix {
  return matrix(
    A.rows,
    A.cols,
    A.data.map((x, i) => x * f[i % A.cols]),
  );
}

/**
 * For α_W = 0 singular values up to the tolerance count as zero, which makes the solution that of minimum norm
 * and G⁻¹ the pseudo-inverse.
 */
function spectralFilters(s: Float64Array, alphaW: number, tolerance: number): Filters {
  const filter = (f: (s: number) => number) => s.map((si) => (alphaW === 0 && !(si > tolerance) ? 0 : f(si)));
  return {
    // Without s², which may overflow.
    hat: filter((si) => 1 / (1 + alphaW / si / si)),
    solve: filter((si) => 1 / (si + alphaW / si)),
    inverse: filter((si) => 1 / (si * si + alphaW)),
    rank: alphaW > 0 ? s.length : s.filter((si) => si > tolerance).length,
  };
}
