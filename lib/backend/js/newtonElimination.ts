/**
 * @file A convex loss: W(θ) = argmin (1/N) Σ ℓ(W z̃_n, c_n) + ½ α_W ‖W‖² by Newton's method, for
 * α_W > 0. The Hessian H_W on the row-major vec(W) (t × m) is (1/N) Σ_n S_n ⊗ z̃_n z̃_nᵀ + α_W I.
 */
import { GnvproError } from '../../errors.js';
import { cholesky, choleskySolve, lowerInverse } from '../../linalg/cholesky.js';
import { product } from '../../linalg/matmul.js';
import { allFinite, type Matrix, matrix, scaled, scaleRows } from '../../linalg/matrix.js';
import { dot, norm, plus } from '../../linalg/vector.js';
import type { InnerRecord } from '../backend.js';
import type { ConvexLoss, Curvature, LossValue } from './convexLoss.js';
import { type Eliminated, type InnerFactor, type LastLayer, withBias } from './elimination.js';

export interface NewtonOptions {
  /** On ‖∇_W‖ relative to its value at W = 0. */
  readonly tolerance: number;
  readonly maxIterations: number;
}

/** Sufficient decrease, and the share of |F| that counts as rounding: no endless rejections near the minimum. */
const armijo = 1e-4;
const rounding = 1e-14;
/** Where only the gradient tells steps apart: what is worse is no rounding. */
const tailRounding = 1e-10;
const maxHalvings = 40;
const maxShifts = 30;

/** A point of the inner problem. */
interface InnerPoint {
  readonly W: Matrix;
  readonly S: Matrix;
  readonly value: LossValue;
  /** Loss and regulariser. */
  readonly F: number;
}

class InnerProblem {
  constructor(
    readonly Zt: Matrix,
    readonly loss: ConvexLoss,
    readonly alphaW: number,
  ) {}

  at(W: Matrix, S: Matrix): InnerPoint {
    const value = this.loss.at(S);
    return { W, S, value, F: value.mean + 0.5 * this.alphaW * dot(W.data, W.data) };
  }

  gradient({ W, value }: InnerPoint): Matrix {
    const g = scaled(product(value.gradient, this.Zt, { ta: true }), 1 / this.Zt.rows);
    for (let i = 0; i < g.data.length; i++) g.data[i] += this.alphaW * W.data[i];
    return g;
  }
}

/** Null where features, loss or its derivatives are not finite. `start`: t × m. */
export function eliminateByNewton(
  Z: Matrix,
  start: Matrix,
  { loss, bias, alphaW }: LastLayer,
  { tolerance, maxIterations }: NewtonOptions,
): Eliminated | null {
  if (!allFinite(Z.data)) return null;
  const began = performance.now();
  const Zt = withBias(Z, bias);
  const problem = new InnerProblem(Zt, loss, alphaW);
  const zero = matrix(start.rows, start.cols);
  const origin = problem.at(zero, matrix(Zt.rows, start.rows));
  const reference = norm(problem.gradient(origin).data);
  let point = problem.at(start, product(Zt, start, { tb: true }));
  if (!(point.F <= origin.F)) point = origin; // also where the start overflows
  if (!Number.isFinite(point.F) || !Number.isFinite(reference)) return null;
  let previous = Number.POSITIVE_INFINITY; // the gradient before a step whose decrease was below rounding
  for (let iterations = 0; ; iterations++) {
    const g = problem.gradient(point);
    const gradientNorm = norm(g.data);
    const finish = (status: InnerRecord['status']) =>
      found(problem, point, {
        iterations,
        krylovIterations: 0,
        gradientNorm: reference > 0 ? gradientNorm / reference : 0,
        seconds: (performance.now() - began) / 1000,
        status,
      });
    if (gradientNorm <= tolerance * reference) return finish('converged');
    if (gradientNorm >= 0.5 * previous) return finish('rounding');
    if (iterations >= maxIterations) return finish('iterationLimit');
    const H = hessian(Zt, point.value.curvature, start.rows, alphaW);
    if (!Number.isFinite(trace(H))) return null;
    const factor = factorise(H);
    const D = matrix(
      start.rows,
      start.cols,
      choleskySolve(factor, g.data).map((x) => -x),
    );
    const slope = dot(g.data, D.data);
    const isTail = -slope <= rounding * Math.abs(point.F);
    const next = search(problem, point, D, slope, isTail ? tailRounding : rounding);
    if (next === null) return finish('stalled');
    previous = isTail ? gradientNorm : Number.POSITIVE_INFINITY;
    point = next;
  }
}

/** Halves the step until the objective falls enough; null where it never does. */
function search(problem: InnerProblem, point: InnerPoint, D: Matrix, slope: number, share: number): InnerPoint | null {
  const { W, S, F } = point;
  const SD = product(problem.Zt, D, { tb: true });
  const moved = (a: Matrix, b: Matrix, length: number) => matrix(a.rows, a.cols, plus(a.data, b.data, length));
  let length = 1;
  for (let k = 0; k < maxHalvings; k++, length /= 2) {
    const next = problem.at(moved(W, D, length), moved(S, SD, length));
    if (next.F <= F + armijo * length * slope + share * Math.abs(F)) return next;
  }
  return null;
}

/** Null where the derivatives of the loss are not finite. */
function found(
  { Zt, alphaW, loss: { isSeparable } }: InnerProblem,
  { W, value, F }: InnerPoint,
  inner: InnerRecord,
): Eliminated | null {
  const { gradient: R, curvature, mean: loss } = value;
  if (!Number.isFinite(F) || !allFinite(R.data)) return null;
  const factor = new NewtonFactor(Zt, curvature, W.rows, alphaW, isSeparable);
  return { W, R, Zt, curvature, loss, regularization: F - loss, rank: Zt.cols, inner, factor };
}

/** H_W whole, factorised when something first asks for it. */
class NewtonFactor implements InnerFactor {
  #factor: Matrix | null = null;

  constructor(
    readonly Zt: Matrix,
    readonly curvature: Curvature,
    /** t */
    readonly targets: number,
    readonly alphaW: number,
    /** Whether H_W has a block of its own for each output. */
    readonly isSeparable: boolean,
  ) {}

  get #L(): Matrix {
    this.#factor ??= factorise(hessian(this.Zt, this.curvature, this.targets, this.alphaW));
    return this.#factor;
  }

  solve(K: Matrix): Matrix {
    return matrix(K.rows, K.cols, choleskySolve(this.#L, K.data));
  }

  inverse(): Matrix {
    const n = this.#L.rows;
    const inverse = matrix(n, n);
    for (let i = 0; i < n; i++) inverse.data.set(choleskySolve(this.#L, unit(n, i)), i * n);
    return inverse;
  }

  /** ⟨(I ⊗ z̃_n) S_n e_j, H_W⁻¹ (I ⊗ z̃_n) e_j⟩/N, summed over the outputs j. */
  leverages(): Float64Array {
    const { rows: N, cols: m } = this.Zt;
    const leverages = new Float64Array(N);
    for (let j = 0; j < this.targets; j++) {
      const curved = this.curvature.times(unitColumn(N, this.targets, j));
      for (let n = 0; n < N; n++) {
        const z = this.Zt.data.subarray(n * m, (n + 1) * m);
        const right = new Float64Array(this.targets * m);
        right.set(z, j * m);
        const solved = choleskySolve(this.#L, right);
        for (let k = 0; k < this.targets; k++) {
          leverages[n] += (curved.data[n * this.targets + k] * dot(z, solved.subarray(k * m, (k + 1) * m))) / N;
        }
      }
    }
    return leverages;
  }

  /** L⁻ᵀ, or its blocks of single outputs. */
  root(): Float64Array {
    const inverse = lowerInverse(this.#L);
    const count = this.isSeparable ? this.targets : 1;
    const n = inverse.rows / count;
    return Float64Array.from({ length: count * n * n }, (_, index) => {
      const first = Math.floor(index / n / n) * n;
      const [i, k] = [first + (Math.floor(index / n) % n), first + (index % n)];
      return inverse.data[k * inverse.cols + i];
    });
  }

  logDeterminant(): number {
    const L = this.#L;
    let sum = 0;
    for (let i = 0; i < L.rows; i++) sum += 2 * Math.log(L.data[i * (L.rows + 1)]);
    return sum;
  }
}

function unit(length: number, i: number): Float64Array {
  const e = new Float64Array(length);
  e[i] = 1;
  return e;
}

/** N × t, 1 in column k. */
function unitColumn(N: number, t: number, k: number): Matrix {
  const column = matrix(N, t);
  for (let n = 0; n < N; n++) column.data[n * t + k] = 1;
  return column;
}

/** H_W, tm × tm: block (j, k) is Z̃ᵀ diag(S_n[j, k]) Z̃/N. */
function hessian(Zt: Matrix, curvature: Curvature, t: number, alphaW: number): Matrix {
  const { rows: N, cols: m } = Zt;
  const H = matrix(t * m, t * m);
  for (let k = 0; k < t; k++) {
    const columns = curvature.times(unitColumn(N, t, k));
    for (let j = 0; j < t; j++) {
      const weights = Float64Array.from({ length: N }, (_, n) => columns.data[n * t + j] / N);
      const block = product(scaleRows(scaled(Zt, 1), weights), Zt, { ta: true });
      for (let i = 0; i < m; i++) {
        H.data.set(block.data.subarray(i * m, (i + 1) * m), (j * m + i) * t * m + k * m);
      }
    }
  }
  for (let i = 0; i < t * m; i++) H.data[i * (t * m + 1)] += alphaW;
  return H;
}

function trace(H: Matrix): number {
  let sum = 0;
  for (let i = 0; i < H.rows; i++) sum += H.data[i * (H.rows + 1)];
  return sum;
}

/** With more and more on the diagonal where rounding makes H_W indefinite. */
function factorise(H: Matrix): Matrix {
  let shift = Number.EPSILON * trace(H);
  for (let attempt = 0; attempt <= maxShifts; attempt++, shift *= 10) {
    const factor = cholesky(H);
    if (factor !== null) return factor;
    for (let i = 0; i < H.rows; i++) H.data[i * (H.rows + 1)] += shift;
  }
  throw new GnvproError(
    'ERR_LAPACK',
    'The Hessian of the projection is not positive definite: the loss is not convex.',
  );
}
