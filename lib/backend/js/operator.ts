/**
 * @file The derivatives of an objective at one point. With D = dZ along δθ and E = D Wᵀ the predictions change by
 *
 *   dS = E + Z̃ dWᵀ,   dW = −H_W⁻¹ (k + q),   k = Σ_n (S_n e_n) z̃_nᵀ/N,   q = Σ_n g_n d_nᵀ/N,
 *
 * which follows from ∇_W = 0 (g_n = ω_n ∂ℓ/∂s, S_n = ω_n ∂²ℓ/∂s²). Kaufman's Jacobian (1975) leaves q out. J is the
 * derivative of the stack [S ; Wᵀ], and H = Jᵀ blkdiag(S_n/N, α_W I) J:
 *
 *   ⟨δθ, H δθ⟩ = ⟨dS, S dS⟩/N + α_W ‖dW‖² = ⟨E, S E⟩/N − kᵀH_W⁻¹k + qᵀH_W⁻¹q,
 *
 * the last term only for the full Jacobian (Golub & Pereyra 1973). Where W is given, vectors are [θ ; vec W], dW is
 * their second part, and there is no q. D has no bias column: the derivative of a column of ones is zero.
 */

import { symmetricEigen } from '../../linalg/eigen.js';
import { product } from '../../linalg/matmul.js';
import { addScaled, leadingColumns, type Matrix, matrix, scaled, scaleRows } from '../../linalg/matrix.js';
import { join } from '../../linalg/vector.js';
import type { Jacobian } from '../backend.js';
import type { Eliminated } from './elimination.js';

/** The network's derivative at one θ: D = ∂Z/∂θ · v (N × w), and its transpose summed over the samples. */
export interface NetworkDerivative {
  jvp(v: Float64Array): Matrix;
  vjp(cotangent: Matrix): Float64Array;
}

interface ProductOptions {
  readonly rankTolerance?: number;
  readonly full?: boolean;
  readonly noise?: Float64Array | undefined;
}

export class Operator {
  readonly #network: NetworkDerivative;
  readonly #at: Eliminated;
  readonly #alphaW: number;
  readonly #full: boolean;
  /** Without the bias: t × w. */
  readonly #Wz: Matrix;
  readonly #N: number;
  /** P */
  readonly #weights: number;

  constructor(
    network: NetworkDerivative,
    at: Eliminated,
    { weights, features, alphaW, jacobian }: { weights: number; features: number; alphaW: number; jacobian: Jacobian },
  ) {
    this.#network = network;
    this.#at = at;
    this.#alphaW = alphaW;
    this.#full = jacobian === 'golub-pereyra' && at.factor !== null;
    this.#Wz = leadingColumns(at.W, features);
    this.#N = at.R.rows;
    this.#weights = weights;
  }

  /** ∇ of loss and ½ α_W ‖W‖². The cotangent of Z is R W/N: where W is optimal, its own derivative drops out. */
  gradient(): Float64Array {
    const { R, W } = this.#at;
    return this.#pullBack(scaled(R, 1 / this.#N), scaled(W, this.#alphaW));
  }

  /**
   * H v without the regulariser of θ, two passes of the network. Eigenvalues of WᵀW up to `rankTolerance` times the
   * largest are left out of the first part, where that is summed by WᵀW; there the rows of W are multiplied by `noise`.
   * Kaufman's H where it is not `full`.
   */
  product(v: Float64Array, { rankTolerance = 0, full = this.#full, noise }: ProductOptions = {}): Float64Array {
    const { factor } = this.#at;
    const D = this.#network.jvp(v.subarray(0, this.#weights));
    if (factor === null) {
      const dW = this.#given(v);
      return this.#pullBack(this.#curved(this.#changeOfS(D, dW)), scaled(dW, this.#alphaW));
    }
    // Least squares: the hat matrix and W act on different sides of D, so that the cost does not depend on t.
    const Wz = noise === undefined ? this.#Wz : scaleRows(scaled(this.#Wz, 1), noise);
    const cotangent = factor.unfollowed
      ? product(factor.unfollowed(D), leadingPart(product(Wz, Wz, { ta: true }), rankTolerance))
      : product(this.#at.curvature.times(this.#changeOfS(D, scaled(factor.solve(this.#k(D)), -1))), this.#Wz);
    if (full) addScaled(cotangent, 1, this.#timesRows(factor.solve(this.#q(D))));
    return this.#network.vjp(scaled(cotangent, 1 / this.#N));
  }

  /** J v, (N + m) × t. */
  times(v: Float64Array): Matrix {
    const D = this.#network.jvp(v.subarray(0, this.#weights));
    const dW = this.#at.factor === null ? this.#given(v) : this.#follow(D);
    return stacked(this.#changeOfS(D, dW), dW);
  }

  /** Jᵀ u for u (N + m) × t: with Λ = −H_W⁻¹(UᵀZ̃ + U_Wᵀ) the cotangent of Z is U W + g Λ/N + S(Z̃Λᵀ) W/N. */
  transposeTimes(u: Matrix): Float64Array {
    const { Zt, factor } = this.#at;
    const { S: upper, W: lower } = unstacked(u, this.#N);
    if (factor === null) return this.#pullBack(upper, lower);
    const Lambda = scaled(factor.solve(addScaled(product(upper, Zt, { ta: true }), 1, lower)), -1);
    const left = addScaled(this.#curved(product(Zt, Lambda, { tb: true })), 1, upper);
    const cotangent = product(left, this.#Wz);
    if (this.#full) addScaled(cotangent, 1 / this.#N, this.#timesRows(Lambda));
    return this.#network.vjp(cotangent);
  }

  /** dW along v, to first order; whole for either Jacobian, or that of Kaufman's. */
  changeOfW(v: Float64Array, { full = true } = {}): Matrix {
    return this.#follow(this.#network.jvp(v), full);
  }

  /** (∂H/∂α_W) v at given features and W of Kaufman's H of least squares: (1/N) Z̃G⁻²Z̃ᵀ/N in the place of P⊥. */
  alphaSlope(v: Float64Array): Float64Array {
    const { factor, Zt } = this.#at;
    if (factor === null) return new Float64Array(v.length);
    const dW = factor.solve(factor.solve(this.#k(this.#network.jvp(v))));
    return this.#pullBack(this.#curved(product(Zt, dW, { tb: true })), dW);
  }

  #follow(D: Matrix, full = this.#full): Matrix {
    const { factor, W } = this.#at;
    const sums = this.#k(D);
    if (full) addScaled(sums, 1, this.#q(D));
    return scaled(factor?.solve(sums) ?? matrix(W.rows, W.cols), -1);
  }

  /** The part of v that is W's: t × m. */
  #given(v: Float64Array): Matrix {
    const { rows, cols } = this.#at.W;
    return matrix(rows, cols, v.subarray(this.#weights));
  }

  #changeOfS(D: Matrix, dW: Matrix): Matrix {
    return addScaled(product(D, this.#Wz, { tb: true }), 1, product(this.#at.Zt, dW, { tb: true }));
  }

  /** S E/N */
  #curved(E: Matrix): Matrix {
    return scaled(this.#at.curvature.times(E), 1 / this.#N);
  }

  /** t × m */
  #k(D: Matrix): Matrix {
    return product(this.#curved(product(D, this.#Wz, { tb: true })), this.#at.Zt, { ta: true });
  }

  /** t × m: its bias column is zero. */
  #q(D: Matrix): Matrix {
    const { R, W } = this.#at;
    const q = product(R, D, { ta: true });
    const padded = matrix(W.rows, W.cols);
    for (let j = 0; j < q.rows; j++) {
      for (let i = 0; i < q.cols; i++) padded.data[j * W.cols + i] = q.data[j * q.cols + i] / this.#N;
    }
    return padded;
  }

  /** R K without the column of the bias. */
  #timesRows(K: Matrix): Matrix {
    return product(this.#at.R, leadingColumns(K, this.#Wz.cols));
  }

  /** From cotangents on S, and on W where it is given. */
  #pullBack(U: Matrix, V: Matrix): Float64Array {
    const g = this.#network.vjp(product(U, this.#Wz));
    if (this.#at.factor !== null) return g;
    return join(g, addScaled(product(U, this.#at.Zt, { ta: true }), 1, V).data);
  }
}

/** Σ λ v vᵀ over the eigenvalues λ above the tolerance; M itself for 0. */
function leadingPart(M: Matrix, tolerance: number): Matrix {
  if (tolerance === 0) return M;
  const { values, vectors } = symmetricEigen(M);
  const least = tolerance * values[values.length - 1];
  const kept = values.map((value) => (value > least ? value : 0));
  return product(vectors, scaleRows(scaled(vectors, 1), kept), { ta: true });
}

/** The stack [S ; Wᵀ], (N + m) × t, of which J is the derivative: S N × t, W t × m. */
function stacked(S: Matrix, W: Matrix): Matrix {
  const { rows: t, cols: m } = W;
  const stack = matrix(S.rows + m, t);
  stack.data.set(S.data);
  for (let j = 0; j < t; j++) for (let i = 0; i < m; i++) stack.data[(S.rows + i) * t + j] = W.data[j * m + i];
  return stack;
}

/** Its first `samples` rows, not copied, and what is below, transposed: t × m. */
function unstacked(stack: Matrix, samples: number): { S: Matrix; W: Matrix } {
  const [t, m] = [stack.cols, stack.rows - samples];
  const W = matrix(t, m);
  for (let j = 0; j < t; j++) for (let i = 0; i < m; i++) W.data[j * m + i] = stack.data[(samples + i) * t + j];
  return { S: matrix(samples, t, stack.data.subarray(0, samples * t)), W };
}
