/**
 * @file One update of W by the sampled Tikhonov method with memory (slimTik; Newman, Chung, Chung and Ruthotto,
 * arXiv 2109.14002, section 3). With Z̃ (b × m) and C (b × t) of the batch, both over √b, the rows of M those of Z̃ and of
 * the batches that are remembered, and λ̄ the sum of the parameters so far,
 *
 *     W ← W − ((Z̃Wᵀ − C)ᵀZ̃ + Λ W) B⁻¹,   B = MᵀM + (λ̄ + Λ) I.
 */
import type { Svd } from '../backend/backend.js';
import { product } from '../linalg/matmul.js';
import { addScaled, type Matrix, matrix, scaled } from '../linalg/matrix.js';

export interface TikhonovBatch {
  readonly Zt: Matrix;
  readonly C: Matrix;
  /** t × m */
  readonly W: Matrix;
  /** Of M, thin. */
  readonly svd: Pick<Svd, 's' | 'Vt'>;
  /** λ̄ */
  readonly sum: number;
}

export class SampledTikhonov {
  /** r × m, right singular vectors of M; the rows of Z̃ lie in their span. */
  readonly #V: Matrix;
  readonly #squares: Float64Array;
  /** Z̃Wᵀ − C, b × t */
  readonly #R: Matrix;
  /** Z̃Vᵀ, b × r */
  readonly #Q: Matrix;
  /** RᵀZ̃Vᵀ and WVᵀ, t × r */
  readonly #A: Matrix;
  readonly #WV: Matrix;

  constructor(readonly batch: TikhonovBatch) {
    const { Zt, C, W, svd } = batch;
    this.#V = matrix(svd.s.length, Zt.cols, svd.Vt);
    this.#squares = svd.s.map((s) => s * s);
    this.#R = addScaled(product(Zt, W, { tb: true }), -1, C);
    this.#Q = product(Zt, this.#V, { tb: true });
    this.#A = product(this.#R, this.#Q, { ta: true });
    this.#WV = product(W, this.#V, { tb: true });
  }

  /** W after the update with Λ. What W has outside the span of M only shrinks. */
  updated(Lambda: number): Matrix {
    const { W, sum } = this.batch;
    const outside = addScaled(scaled(W, 1), -1, product(this.#WV, this.#V));
    const change = product(this.#change(Lambda), this.#V);
    return addScaled(addScaled(scaled(W, 1), -1, change), -Lambda / (sum + Lambda), outside);
  }

  /** Generalised cross validation on the batch: ‖Z̃W(Λ)ᵀ − C‖²_F / (t b − t tr(Z̃B⁻¹Z̃ᵀ))². */
  crossValidation(Lambda: number): number {
    const { rows: b, cols: t } = this.#R;
    const free = t * (b - this.#trace(Lambda));
    return this.#squaredResidual(this.#change(Lambda)) / (free * free);
  }

  /** ‖R − Q Xᵀ‖²_F, entry by entry: it is wanted for every trial, and needs no arrays. */
  #squaredResidual({ data: X, cols: r }: Matrix): number {
    const { rows: b, cols: t, data: R } = this.#R;
    const { data: Q } = this.#Q;
    let sum = 0;
    for (let n = 0; n < b; n++) {
      for (let j = 0; j < t; j++) {
        let rest = R[n * t + j];
        for (let i = 0; i < r; i++) rest -= Q[n * r + i] * X[j * r + i];
        sum += rest * rest;
      }
    }
    return sum;
  }

  /** tr(Z̃B⁻¹Z̃ᵀ), what the fit of the batch uses up of its b rows. */
  #trace(Lambda: number): number {
    const { rows, cols: r } = this.#Q;
    let trace = 0;
    for (let n = 0; n < rows; n++) {
      for (let i = 0; i < r; i++) trace += this.#Q.data[n * r + i] ** 2 * this.#weight(i, Lambda);
    }
    return trace;
  }

  /** ((Z̃Wᵀ − C)ᵀZ̃ + Λ W) B⁻¹Vᵀ, t × r */
  #change(Lambda: number): Matrix {
    const { rows: t, cols: r, data: A } = this.#A;
    const { data: WV } = this.#WV;
    const weights = Float64Array.from({ length: r }, (_, i) => this.#weight(i, Lambda));
    const change = matrix(t, r);
    for (let j = 0; j < t; j++) {
      for (let i = 0; i < r; i++) change.data[j * r + i] = weights[i] * (A[j * r + i] + Lambda * WV[j * r + i]);
    }
    return change;
  }

  /** An eigenvalue of B⁻¹. */
  #weight(i: number, Lambda: number): number {
    return 1 / (this.#squares[i] + this.batch.sum + Lambda);
  }
}

const trialPoints = 30;
const smallestTrial = 1e-16;

/**
 * The Λ of least sampled cross validation among ± 30 sizes up to half the sum so far, on a logarithmic grid, of which the
 * new sum has to stay within the bounds.
 */
export function chooseLambda(update: SampledTikhonov, [lowest, highest]: readonly [number, number]): number {
  const { sum } = update.batch;
  const last = Math.log10(sum / 2);
  const first = Math.min(Math.log10(smallestTrial), last);
  let best = Math.max(lowest - sum, Math.min(highest - sum, 0));
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < 2 * trialPoints; k++) {
    const size = 10 ** (first + ((last - first) * (k % trialPoints)) / (trialPoints - 1));
    const Lambda = k < trialPoints ? -size : size;
    if (sum + Lambda < lowest || sum + Lambda > highest) continue;
    const value = update.crossValidation(Lambda);
    if (value < least) [best, least] = [Lambda, value];
  }
  return best;
}
