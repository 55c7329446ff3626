/**
 * @file The reduced derivatives for a convex loss. With D = dZ along δθ, E = D Wᵀ, k = Σ_n (S_n e_n) z̃_nᵀ/N and
 * q = Σ_n g_n d_nᵀ/N (g_n = ∂ℓ/∂s), implicit differentiation of ∇_W = 0 gives
 *
 *   dW = −H_W⁻¹ (k + q),   dS = E + Z̃ dWᵀ,
 *
 * and the Gauss–Newton product ⟨δθ, H δθ⟩ = ⟨dS, S dS⟩/N + α_W ‖dW‖² = ⟨E, S E⟩/N − kᵀH_W⁻¹k + qᵀH_W⁻¹q:
 * Kaufman's part and a second part, as for least squares.
 */

import { product } from '../../linalg/matmul.js';
import { addScaled, leadingColumns, type Matrix, matrix, scaled } from '../../linalg/matrix.js';
import type { Jacobian } from '../backend.js';
import type { ConvexProjection } from './convexProjection.js';
import type { NetworkDerivative, Operator } from './operator.js';
import { stacked, unstacked } from './stack.js';

export class ConvexOperator implements Operator {
  readonly #network: NetworkDerivative;
  readonly #at: ConvexProjection;
  readonly #full: boolean;
  /** Without the bias: t × w. */
  readonly #Wz: Matrix;
  readonly #N: number;

  constructor(network: NetworkDerivative, at: ConvexProjection, features: number, jacobian: Jacobian) {
    this.#network = network;
    this.#at = at;
    this.#full = jacobian === 'golub-pereyra';
    this.#Wz = leadingColumns(at.W, features);
    this.#N = at.R.rows;
  }

  /** The cotangent of Z is ∂ℓ/∂S W/N, since W is optimal. */
  gradient(): Float64Array {
    return this.#network.vjp(scaled(product(this.#at.R, this.#Wz), 1 / this.#N));
  }

  gaussNewton(v: Float64Array): Float64Array {
    const { curvature, Zt } = this.#at;
    const D = this.#network.jvp(v);
    const E = product(D, this.#Wz, { tb: true });
    const X = this.#at.solve(this.#curved(E));
    const rest = addScaled(E, -1, product(Zt, X, { tb: true }));
    const cotangent = scaled(product(curvature.times(rest), this.#Wz), 1 / this.#N);
    if (this.#full) addScaled(cotangent, 1 / this.#N, this.#timesRows(this.#at.solve(this.#slanted(D))));
    return this.#network.vjp(cotangent);
  }

  /** dS and dWᵀ along v, (N + m) × t. */
  times(v: Float64Array): Matrix {
    const { Zt } = this.#at;
    const D = this.#network.jvp(v);
    const E = product(D, this.#Wz, { tb: true });
    const dW = this.#changeOfW(D, E);
    return stacked(addScaled(E, 1, product(Zt, dW, { tb: true })), dW);
  }

  /** Jᵀ u for u (N + m) × t: with Λ = −H_W⁻¹(UᵀZ̃ + U_Wᵀ) the cotangent of Z is U W + g Λ + S(Z̃Λᵀ) W/N. */
  transposeTimes(u: Matrix): Float64Array {
    const { Zt, curvature, solve } = this.#at;
    const { S: upper, W: lower } = unstacked(u, this.#N);
    const Lambda = scaled(solve(addScaled(product(upper, Zt, { ta: true }), 1, lower)), -1);
    const curved = curvature.times(product(Zt, Lambda, { tb: true }));
    const cotangent = product(addScaled(scaled(curved, 1 / this.#N), 1, upper), this.#Wz);
    addScaled(cotangent, 1 / this.#N, this.#timesRows(Lambda));
    return this.#network.vjp(cotangent);
  }

  /** dW along v, to first order. */
  predictedChange(v: Float64Array): Matrix {
    const D = this.#network.jvp(v);
    return this.#changeOfW(D, product(D, this.#Wz, { tb: true }));
  }

  #changeOfW(D: Matrix, E: Matrix): Matrix {
    return scaled(this.#at.solve(addScaled(this.#curved(E), 1, this.#slanted(D))), -1);
  }

  /** k, t × m */
  #curved(E: Matrix): Matrix {
    const { curvature, Zt } = this.#at;
    return scaled(product(curvature.times(E), Zt, { ta: true }), 1 / this.#N);
  }

  /** q, t × m: its bias column is zero. */
  #slanted(D: Matrix): Matrix {
    const { R, W } = this.#at;
    const q = product(R, D, { ta: true });
    const padded = matrix(W.rows, W.cols);
    for (let j = 0; j < q.rows; j++) {
      for (let i = 0; i < q.cols; i++) padded.data[j * W.cols + i] = q.data[j * q.cols + i] / this.#N;
    }
    return padded;
  }

  /** ∂ℓ/∂S K without the column of the bias. */
  #timesRows(K: Matrix): Matrix {
    return product(this.#at.R, leadingColumns(K, this.#Wz.cols));
  }
}
