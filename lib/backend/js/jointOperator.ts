/**
 * @file The derivatives of the objective in θ and W together, on vectors [θ ; vec W] with W row-major. With D = dZ along
 * δθ, dS = D Wᵀ + Z̃ δWᵀ, and the Gauss–Newton product is ⟨dS, S dS⟩/N + α_W ‖δW‖².
 */
import { join } from '../../linalg/vector.js';
import type { ConvexLoss, Curvature } from './loss/convexLoss.js';
import { product } from './matmul.js';
import { addScaled, allFinite, leadingColumns, type Matrix, matrix, scaled } from './matrix.js';
import type { NetworkDerivative, Operator } from './operator.js';

/** What follows from features and a given W. */
export interface JointPoint {
  /** t × m */
  readonly W: Matrix;
  /** Row n is ω_n ∂ℓ/∂s, N × t. */
  readonly R: Matrix;
  readonly Zt: Matrix;
  readonly curvature: Curvature;
  readonly alphaW: number;
  readonly loss: number;
  readonly regularization: number;
  readonly rank: number;
}

/** Null where features or loss are not finite. */
export function jointPoint(Zt: Matrix, W: Matrix, loss: ConvexLoss, alphaW: number): JointPoint | null {
  if (!allFinite(Zt.data)) return null;
  const { mean, gradient, curvature } = loss.at(product(Zt, W, { tb: true }));
  const regularization = 0.5 * alphaW * W.data.reduce((sum, w) => sum + w * w, 0);
  if (!Number.isFinite(mean + regularization)) return null;
  return { W, R: gradient, Zt, curvature, alphaW, loss: mean, regularization, rank: Zt.cols };
}

export class JointOperator implements Operator {
  readonly #Wz: Matrix;
  readonly #N: number;

  constructor(
    readonly network: NetworkDerivative,
    readonly at: JointPoint,
    /** P */
    readonly weights: number,
    features: number,
  ) {
    this.#Wz = leadingColumns(at.W, features);
    this.#N = at.R.rows;
  }

  gradient(): Float64Array {
    return this.#pullBack(scaled(this.at.R, 1 / this.#N), this.at.W);
  }

  gaussNewton(v: Float64Array): Float64Array {
    const { dS, dW } = this.#linearize(v);
    return this.#pullBack(scaled(this.at.curvature.times(dS), 1 / this.#N), dW);
  }

  times(v: Float64Array): Matrix {
    const { dS, dW } = this.#linearize(v);
    const { rows: t, cols: m } = dW;
    const result = matrix(this.#N + m, t);
    result.data.set(dS.data);
    for (let j = 0; j < t; j++) for (let i = 0; i < m; i++) result.data[(this.#N + i) * t + j] = dW.data[j * m + i];
    return result;
  }

  transposeTimes(u: Matrix): Float64Array {
    const { rows: t, cols: m } = this.at.W;
    const upper = matrix(this.#N, t, u.data.subarray(0, this.#N * t));
    const g = this.#pullBack(upper, matrix(t, m));
    const rest = g.subarray(this.weights);
    for (let j = 0; j < t; j++) for (let i = 0; i < m; i++) rest[j * m + i] += u.data[(this.#N + i) * t + j];
    return g;
  }

  #linearize(v: Float64Array): { dS: Matrix; dW: Matrix } {
    const { W, Zt } = this.at;
    const dW = matrix(W.rows, W.cols, v.subarray(this.weights));
    const D = this.network.jvp(v.subarray(0, this.weights));
    return { dS: addScaled(product(D, this.#Wz, { tb: true }), 1, product(Zt, dW, { tb: true })), dW };
  }

  /** Of a cotangent on S, with α_W V added to the part of W. */
  #pullBack(U: Matrix, V: Matrix): Float64Array {
    const gW = addScaled(product(U, this.at.Zt, { ta: true }), this.at.alphaW, V);
    return join(this.network.vjp(product(U, this.#Wz)), gW.data);
  }
}
