/**
 * @file The reduced Jacobian: the derivative along θ of the stack [R/√N ; √α_W Wᵀ] with W = W(θ), and the Gauss–Newton
 * matrix H = JᵀJ (sections 3.2 and 3.3 of the paper). With Z_a = [Z̃/√N ; √α_W I], D = dZ̃ along δθ and the stack R_a,
 *
 *   J δθ = P⊥(Z_a) [D/√N ; 0] Wᵀ − (Z_a⁺)ᵀ DᵀR/N.
 *
 * The first part alone is Kaufman's Jacobian (1975). The parts are orthogonal to each other, so that their
 * contributions to H add. D has no bias column: the derivative of a column of ones is zero.
 */

import { symmetricEigen } from '../../linalg/eigen.js';
import { product } from '../../linalg/matmul.js';
import { addScaled, leadingColumns, leadingRows, type Matrix, matrix, scaled, scaleRows } from '../../linalg/matrix.js';
import type { Jacobian } from '../backend.js';
import type { Projection } from './projection.js';

/** The network's derivative at one θ: D = ∂Z/∂θ · v (N × w), and its transpose summed over the samples. */
export interface NetworkDerivative {
  jvp(v: Float64Array): Matrix;
  vjp(cotangent: Matrix): Float64Array;
}

/** The derivatives of the reduced objective at one point. */
export interface Operator {
  /** ∇ of loss and ½ α_W ‖W‖² along θ. */
  gradient(): Float64Array;
  /** The Gauss–Newton product without the regulariser of θ, two passes of the network. */
  gaussNewton(v: Float64Array): Float64Array;
  /** J v and Jᵀ u of the objective's stack, (N + m) × t. */
  times(v: Float64Array): Matrix;
  transposeTimes(u: Matrix): Float64Array;
}

export class ReducedOperator implements Operator {
  readonly #network: NetworkDerivative;
  readonly #point: Projection;
  readonly #alphaW: number;
  readonly #full: boolean;
  /** Without the bias: t × w. */
  readonly #Wz: Matrix;
  readonly #WtW: Matrix;
  readonly #N: number;

  /** Eigenvalues of WᵀW up to `rankTolerance` times the largest are left out of H's first part. */
  constructor(
    network: NetworkDerivative,
    point: Projection,
    features: number,
    alphaW: number,
    jacobian: Jacobian,
    rankTolerance = 0,
  ) {
    this.#network = network;
    this.#point = point;
    this.#alphaW = alphaW;
    this.#full = jacobian === 'golub-pereyra';
    this.#Wz = leadingColumns(point.W, features);
    this.#WtW = leadingPart(product(this.#Wz, this.#Wz, { ta: true }), rankTolerance);
    this.#N = point.R.rows;
  }

  /** The operator whose `gaussNewton` leaves out small eigenvalues of WᵀW. */
  truncated(rankTolerance: number): ReducedOperator {
    const jacobian = this.#full ? 'golub-pereyra' : 'kaufman';
    return rankTolerance === 0
      ? this
      : new ReducedOperator(this.#network, this.#point, this.#Wz.cols, this.#alphaW, jacobian, rankTolerance);
  }

  /** ∇ of loss and ½ α_W ‖W‖² along θ: the cotangent of Z is R W/N, since W is optimal (exact for either Jacobian). */
  gradient(): Float64Array {
    return this.#network.vjp(scaled(product(this.#point.R, this.#Wz), 1 / this.#N));
  }

  /** JᵀJ v, two passes of the network. */
  gaussNewton(v: Float64Array): Float64Array {
    const D = this.#network.jvp(v);
    const cotangent = scaled(product(this.#withoutHat(D), this.#WtW), 1 / this.#N);
    if (this.#full) addScaled(cotangent, 1 / this.#N ** 2, this.#secondPart(D));
    return this.#network.vjp(cotangent);
  }

  /** J v, (N + m) × t. */
  times(v: Float64Array): Matrix {
    const { U, V, hat, solve, inverse, R } = this.#point;
    const root = Math.sqrt(this.#N);
    const alpha = Math.sqrt(this.#alphaW);
    const D = this.#network.jvp(v);
    const UtD = product(U, D, { ta: true });
    const upper = scaled(product(subtract(D, U, hat, UtD), this.#Wz, { tb: true }), 1 / root);
    const lower = scaled(product(combine(V, solve, UtD), this.#Wz, { tb: true }), -alpha / root);
    if (this.#full) {
      // Vᵀ DᵀR/N; the bias row of DᵀR is zero.
      const K = scaled(product(leadingRows(V, D.cols), product(D, R, { ta: true }), { ta: true }), 1 / this.#N);
      addScaled(upper, -1, combine(U, solve, K));
      addScaled(lower, -alpha, combine(V, inverse, K));
    }
    return stack(upper, lower);
  }

  /** Jᵀ u for u (N + m) × t. */
  transposeTimes(u: Matrix): Float64Array {
    const { U, V, hat, solve, inverse, R } = this.#point;
    const root = Math.sqrt(this.#N);
    const alpha = Math.sqrt(this.#alphaW);
    const [upper, lower] = split(u, this.#N);
    const VtLower = product(V, lower, { ta: true });
    const UtUpper = product(U, upper, { ta: true });
    // (I − U hat Uᵀ) u₁ W/√N − √α_W U solve Vᵀ u₂ W/√N
    const left = subtract(upper, U, hat, UtUpper);
    addScaled(left, -alpha, combine(U, solve, VtLower));
    const cotangent = scaled(product(left, this.#Wz), 1 / root);
    if (this.#full) {
      // −R (V solve Uᵀ u₁ + √α_W G⁻¹ u₂)ᵀ/N
      const B = addScaled(combine(V, solve, UtUpper), alpha, combine(V, inverse, VtLower));
      addScaled(cotangent, -1 / this.#N, product(R, leadingRows(B, cotangent.cols), { tb: true }));
    }
    return this.#network.vjp(cotangent);
  }

  /** D − Q₁Q₁ᵀ D. For α_W > 0, Q₁Q₁ᵀ is not a projector: it is applied once. */
  #withoutHat(D: Matrix): Matrix {
    const { U, hat } = this.#point;
    return subtract(D, U, hat, product(U, D, { ta: true }));
  }

  /** R (DᵀR)ᵀ G⁻¹, without the column of the bias. */
  #secondPart(D: Matrix): Matrix {
    const { R, V, inverse } = this.#point;
    const Vz = leadingRows(V, D.cols);
    const VtDtR = product(Vz, product(D, R, { ta: true }), { ta: true }); // m × t
    return product(R, product(Vz, scaleRows(VtDtR, inverse)), { tb: true });
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

/** X diag(f) Y */
function combine(X: Matrix, f: Float64Array, Y: Matrix): Matrix {
  return product(X, scaleRows(scaled(Y, 1), f));
}

/** A − X diag(f) Y */
function subtract(A: Matrix, X: Matrix, f: Float64Array, Y: Matrix): Matrix {
  return addScaled(scaled(A, 1), -1, combine(X, f, Y));
}

function stack(upper: Matrix, lower: Matrix): Matrix {
  const result = matrix(upper.rows + lower.rows, upper.cols);
  result.data.set(upper.data);
  result.data.set(lower.data, upper.data.length);
  return result;
}

function split(u: Matrix, rows: number): [Matrix, Matrix] {
  const cut = rows * u.cols;
  return [matrix(rows, u.cols, u.data.subarray(0, cut)), matrix(u.rows - rows, u.cols, u.data.subarray(cut))];
}
