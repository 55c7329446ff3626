/**
 * @file The derivatives of the objective in θ and W together, on vectors [θ ; vec W] with W row-major. With D = dZ along
 * δθ, dS = D Wᵀ + Z̃ δWᵀ, and the Gauss–Newton product is ⟨dS, S dS⟩/N + α_W ‖δW‖².
 */

import { product } from '../../linalg/matmul.js';
import { addScaled, allFinite, leadingColumns, type Matrix, matrix, scaled } from '../../linalg/matrix.js';
import { dot, join } from '../../linalg/vector.js';
import type { ConvexLoss, Curvature } from './convexLoss.js';
import type { NetworkDerivative, Operator } from './operator.js';
import { stacked, unstacked } from './stack.js';

/** What follows from features and W, given or found. */
export interface JointPoint {
  /** t × m, the bias last. */
  readonly W: Matrix;
  /** Row n is ω_n ∂ℓ/∂s, N × t. */
  readonly R: Matrix;
  readonly Zt: Matrix;
  readonly curvature: Curvature;
  readonly alphaW: number;
  readonly loss: number;
  /** ½ α_W ‖W‖² */
  readonly regularization: number;
  readonly rank: number;
}

/** Null where features or loss are not finite. */
export function jointPoint(Zt: Matrix, W: Matrix, loss: ConvexLoss, alphaW: number): JointPoint | null {
  if (!allFinite(Zt.data)) return null;
  const { mean, gradient, curvature } = loss.at(product(Zt, W, { tb: true }));
  const regularization = 0.5 * alphaW * dot(W.data, W.data);
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
    const { R, W, alphaW } = this.at;
    return this.#pullBack(scaled(R, 1 / this.#N), scaled(W, alphaW));
  }

  gaussNewton(v: Float64Array): Float64Array {
    const { dS, dW } = this.#linearize(v);
    const { curvature, alphaW } = this.at;
    return this.#pullBack(scaled(curvature.times(dS), 1 / this.#N), scaled(dW, alphaW));
  }

  times(v: Float64Array): Matrix {
    const { dS, dW } = this.#linearize(v);
    return stacked(dS, dW);
  }

  transposeTimes(u: Matrix): Float64Array {
    const { S, W } = unstacked(u, this.#N);
    return this.#pullBack(S, W);
  }

  #linearize(v: Float64Array): { dS: Matrix; dW: Matrix } {
    const { W, Zt } = this.at;
    const dW = matrix(W.rows, W.cols, v.subarray(this.weights));
    const D = this.network.jvp(v.subarray(0, this.weights));
    return { dS: addScaled(product(D, this.#Wz, { tb: true }), 1, product(Zt, dW, { tb: true })), dW };
  }

  /** Of cotangents on S and on W. */
  #pullBack(U: Matrix, V: Matrix): Float64Array {
    const gW = addScaled(product(U, this.at.Zt, { ta: true }), 1, V);
    return join(this.network.vjp(product(U, this.#Wz)), gW.data);
  }
}
