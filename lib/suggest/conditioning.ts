/**
 * @file The covariances of candidates as samples are seen, one after the other: Gaussian conditioning on the factors.
 *
 * The outputs of candidate n, less what the model says, are D_n u + g_n: u ~ N(0, I), and g_n of the covariance
 * (b_n · b_l) I. To have seen those of sample i, with the noise I, leaves, with s = 1 + ‖b_i‖²,
 *
 *     b_n·b_l − (b_n·b_i)(b_i·b_l)/s    for g, and    D'_n A⁻¹ D'_lᵀ,  D'_n = D_n − (b_n·b_i)/s D_i,  A = I + D_iᵀD_i/s
 *
 * for D_n D_lᵀ: factors again, as (I + vvᵀ)^(−1/2) = I − γ vvᵀ for each row v of D_i/√s (docs/math.md#conditioning).
 */
import type { Steps } from '../job/job.js';
import { giveWay, inSlices } from '../job/slices.js';
import { type Matrix, matrix } from '../linalg/matrix.js';
import { householderQr } from '../linalg/qr.js';
import { addScaled, dot } from '../linalg/vector.js';
import type { Factors } from '../model/factors.js';

export class Conditioning {
  readonly #samples: number;
  readonly #t: number;
  readonly #D: Matrix;
  readonly #B: Matrix;

  /** Changes the factors. */
  constructor({ samples, outputs, D, B }: Factors) {
    this.#samples = samples;
    this.#t = outputs;
    this.#D = D;
    this.#B = B;
  }

  /** The variances of the outputs of a candidate, in units of the noise. */
  variances(n: number): Float64Array {
    const common = squareOf(this.#B, n);
    return Float64Array.from({ length: this.#t }, (_, o) => common + squareOf(this.#D, n * this.#t + o));
  }

  /** Their sum, of each candidate. */
  *totals(cancelFlag: Int32Array): Steps<Float64Array> {
    const totals = new Float64Array(this.#samples);
    yield* this.#eachCandidate(cancelFlag, (n) => {
      totals[n] = this.variances(n).reduce((sum, variance) => sum + variance, 0);
    });
    return totals;
  }

  /** That the outputs of a candidate were seen, with their noise. */
  *observe(i: number, cancelFlag: Int32Array): Steps<void> {
    const b = rowOf(this.#B, i).slice();
    const own = matrix(this.#t, this.#D.cols, rowsOf(this.#D, i * this.#t, this.#t).slice());
    const s = 1 + dot(b, b);
    yield* this.#eachCandidate(cancelFlag, (n) => {
      const shared = rowOf(this.#B, n);
      const share = dot(shared, b);
      addScaled(rowsOf(this.#D, n * this.#t, this.#t), -share / s, own.data);
      addScaled(shared, -share * rootFactor(s - 1), b);
    });
    const rows = fewestRows(own);
    for (let i = 0; i < rows.data.length; i++) rows.data[i] /= Math.sqrt(s);
    for (let k = 0; k < rows.rows; k++) {
      const v = rowOf(rows, k).slice();
      const factor = rootFactor(dot(v, v));
      for (let l = k + 1; l < rows.rows; l++) shrink(rowOf(rows, l), v, factor);
      yield* this.#eachCandidate(cancelFlag, (n) => {
        for (let o = n * this.#t; o < (n + 1) * this.#t; o++) shrink(rowOf(this.#D, o), v, factor);
      });
    }
  }

  /** The event loop gets its turn between any two of these passes, as there are many. */
  *#eachCandidate(cancelFlag: Int32Array, work: (n: number) => void): Steps<void> {
    yield* giveWay(cancelFlag);
    yield* inSlices(this.#samples, this.#t * this.#D.cols + this.#B.cols, cancelFlag, (begin, end) => {
      for (let n = begin; n < end; n++) work(n);
    });
  }
}

/** γ of (I + vvᵀ)^(−1/2) = I − γ vvᵀ */
function rootFactor(square: number): number {
  const root = Math.sqrt(1 + square);
  return 1 / (root * (1 + root));
}

/** No more rows than columns, with the same AᵀA. */
function fewestRows(A: Matrix): Matrix {
  return A.rows > A.cols ? householderQr(A).R : A;
}

/** x − γ vvᵀx, in x */
function shrink(x: Float64Array, v: Float64Array, factor: number): void {
  addScaled(x, -factor * dot(x, v), v);
}

function squareOf(A: Matrix, i: number): number {
  const row = rowOf(A, i);
  return dot(row, row);
}

function rowOf(A: Matrix, i: number): Float64Array {
  return rowsOf(A, i, 1);
}

/** The same memory. */
function rowsOf({ data, cols }: Matrix, first: number, count: number): Float64Array {
  return data.subarray(first * cols, (first + count) * cols);
}
