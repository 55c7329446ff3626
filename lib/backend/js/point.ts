/** @file Everything known at one point: features, projection, and, once asked for, gradient and search space. */
import { GnvproError } from '../../errors.js';
import type { Job } from '../../job/job.js';
import { cholesky, choleskyInverse, lowerInverse } from '../../linalg/cholesky.js';
import { product } from '../../linalg/matmul.js';
import { type Matrix, matrix } from '../../linalg/matrix.js';
import { addScaled, dot, norm } from '../../linalg/vector.js';
import { multiply, regularizerGradient } from '../../regularizer/tikhonov.js';
import type {
  Derivatives,
  Evaluation,
  InnerFactor as InnerFacts,
  InnerLaplace,
  Laplace,
  Point,
  PosteriorRoots,
  StepOptions,
  StepResult,
} from '../backend.js';
import { isClosed, isFactored } from '../loss.js';
import type { Pairs } from '../pairs.js';
import { argumentError, checkLength, checkNoise } from './check.js';
import { assemble, DenseModel, relativeResidual } from './denseModel.js';
import type { InnerFactor } from './elimination.js';
import { buildSpace, combine } from './krylov.js';
import type { Operator } from './operator.js';
import type { Estimate, Known, ObjectiveState } from './state.js';
import { minimise } from './trustRegion.js';

/** After an estimate α_W may change by so much before H is assembled anew. */
const largestRatio = 2;

export class JsPoint implements Point, Derivatives {
  /** Null where the evaluation is not finite, and after drop(). */
  #known: Known | null;

  constructor(
    readonly objective: ObjectiveState,
    readonly x: Float64Array,
    readonly evaluation: Evaluation,
    known: Known | null,
  ) {
    this.#known = known;
  }

  /** Throws where there is nothing to be had. */
  get known(): Known {
    this.objective.checkOpen();
    const known = this.#known;
    if (known !== null && this.objective.known.has(known)) return known;
    if (this.evaluation.finite) throw new GnvproError('ERR_DISPOSED', 'This point has been dropped.');
    throw new GnvproError('ERR_NONFINITE', 'This point is not finite: it has an evaluation only.');
  }

  gradient(): Job<Float64Array> {
    return this.objective.job(() => this.#gradientHere().slice());
  }

  step(options: StepOptions, memory: Pairs | null): Job<StepResult> {
    const { solver } = options;
    return this.objective.job(() =>
      this.objective.stopwatch.time(solver, () =>
        solver === 'krylov' ? this.#krylovStep(options, memory) : this.#denseStep(options),
      ),
    );
  }

  laplace(): Job<Laplace | null> {
    return this.#ofLeastSquares((factor) => this.#laplace(factor));
  }

  posterior(noise: Float64Array): Job<PosteriorRoots | null> {
    return this.#ofLeastSquares((factor) => this.#posterior(factor, checkNoise(noise, this.known.eliminated.W.rows)));
  }

  W(): Float64Array {
    return this.known.eliminated.W.data.slice();
  }

  keepRows(): Job<void> {
    return this.objective.job(() => {});
  }

  features(): Float64Array {
    return this.known.Z.data.slice();
  }

  residual(): Float64Array {
    return this.known.eliminated.R.data.slice();
  }

  drop(): void {
    if (this.#known !== null) this.objective.known.delete(this.#known);
    this.#known = null;
  }

  hessianProduct(v: Float64Array): Job<Float64Array> {
    return this.objective.job(() => {
      checkLength(v, this.x.length, 'v');
      return this.objective.stopwatch.time('krylov', () => this.#hessianTimes(this.known.operator, v));
    });
  }

  jacobianProduct(v: Float64Array): Job<Float64Array> {
    return this.objective.job(() => {
      checkLength(v, this.x.length, 'v');
      return this.known.operator.times(v).data;
    });
  }

  jacobianTransposeProduct(u: Float64Array): Job<Float64Array> {
    return this.objective.job(() => {
      const { eliminated, operator } = this.known;
      const { rows: t, cols: m } = eliminated.W;
      const rows = this.objective.problem.samples + m;
      checkLength(u, rows * t, 'u');
      return operator.transposeTimes(matrix(rows, t, u));
    });
  }

  denseHessian(): Job<Float64Array> {
    return this.objective.job(() => {
      const { operator, dense } = this.known;
      return dense?.H.data.slice() ?? assemble((v) => this.#hessianTimes(operator, v), this.x.length).data;
    });
  }

  innerFactor(): Job<InnerFacts | null> {
    return this.objective.job(() => {
      const { factor } = this.known.eliminated;
      if (factor === null) return null;
      return { inverse: factor.inverse().data, leverages: factor.leverages(), logDeterminant: factor.logDeterminant() };
    });
  }

  changeOfW(v: Float64Array): Job<Float64Array> {
    return this.#ofProjection(() => {
      checkLength(v, this.x.length, 'v');
      this.objective.passes++;
      return this.known.operator.changeOfW(v, { full: false }).data;
    });
  }

  innerLaplace(): Job<InnerLaplace> {
    return this.#ofProjection((factor) => ofInner(factor));
  }

  innerRoot(): Job<Float64Array | null> {
    return this.#ofProjection((factor) => {
      const { loss } = this.objective.problem;
      return isFactored(loss, this.known.eliminated.W.data.length) ? factor.root() : null;
    });
  }

  #ofProjection<R>(work: (factor: InnerFactor) => R): Job<R> {
    return this.objective.job(() => {
      const { factor } = this.known.eliminated;
      if (factor === null) throw argumentError('an objective with W projected out');
      return work(factor);
    });
  }

  #ofLeastSquares<R>(work: (factor: InnerFactor) => R): Job<R> {
    return this.objective.job(() => {
      const { problem } = this.objective;
      const { factor } = this.known.eliminated;
      if (factor === null || !isClosed(problem.loss)) throw argumentError('least squares with W projected out');
      return this.objective.stopwatch.time('dense', () => work(factor));
    });
  }

  #gradientHere(): Float64Array {
    const { known } = this;
    if (known.gradient !== null) return known.gradient;
    const { regularizer, weights } = this.objective.problem;
    const gradient = known.operator.gradient();
    this.objective.passes++;
    addScaled(gradient, 1, regularizerGradient(regularizer, this.x.subarray(0, weights)));
    known.gradient = gradient;
    return gradient;
  }

  #hessianTimes(operator: Operator, v: Float64Array, options: Parameters<Operator['product']>[1] = {}): Float64Array {
    const { regularizer, weights } = this.objective.problem;
    const Hv = operator.product(v, options);
    this.objective.passes += 2;
    addScaled(Hv, 1, multiply(regularizer, v.subarray(0, weights)));
    return Hv;
  }

  /** Kaufman's H, the rows of W times the noise of their outputs. */
  #firstPart(noise?: Float64Array): Matrix {
    const { operator } = this.known;
    return assemble((v) => this.#hessianTimes(operator, v, { full: false, noise }), this.x.length);
  }

  #laplace(factor: InnerFactor): Laplace | null {
    const { operator } = this.known;
    const P = this.x.length;
    const H = this.#firstPart();
    const slope = assemble((v) => operator.alphaSlope(v), P);
    this.#keepEstimate(H, slope);
    const L = cholesky(H);
    if (L === null) return null;
    const inverse = choleskyInverse(L);
    return {
      diagonal: diagonal(H),
      inverseDiagonal: diagonal(inverse),
      logDeterminant: 2 * diagonal(L).reduce((sum, pivot) => sum + Math.log(pivot), 0),
      slope: dot(inverse.data, slope.data),
      ...ofInner(factor),
    };
  }

  #keepEstimate(H: Matrix, slope: Matrix): void {
    const { alphaW } = this.objective.problem;
    const ofData = this.#withPrior(matrix(H.rows, H.cols, H.data.slice()), -1);
    this.objective.estimate = { theta: this.x.slice(), alphaW, H: ofData, slope };
  }

  /** H += sign · A, in its place. */
  #withPrior(H: Matrix, sign: number): Matrix {
    const { regularizer } = this.objective.problem;
    for (let j = 0; j < H.rows; j++) {
      const unit = new Float64Array(H.rows);
      unit[j] = 1;
      addScaled(H.data.subarray(j * H.cols, (j + 1) * H.cols), sign, multiply(regularizer, unit));
    }
    return H;
  }

  /** For a step. After an estimate at the same θ the prior alone has changed: H follows, to first order in α_W. */
  #assembled(rankTolerance: number): Matrix {
    const { objective, known } = this;
    const { estimate, problem } = objective;
    objective.estimate = null;
    if (estimate === null || !this.#isOf(estimate, rankTolerance)) {
      return assemble((v) => this.#hessianTimes(known.operator, v, { rankTolerance }), this.x.length);
    }
    const { H, slope, alphaW } = estimate;
    addScaled(H.data, problem.alphaW - alphaW, slope.data);
    return this.#withPrior(H, 1);
  }

  #isOf({ theta, alphaW }: Estimate, rankTolerance: number): boolean {
    const { problem } = this.objective;
    if (problem.jacobian !== 'kaufman' || rankTolerance > 0) return false;
    const ratio = problem.alphaW / alphaW;
    return ratio <= largestRatio && 1 / ratio <= largestRatio && this.x.every((value, i) => value === theta[i]);
  }

  #posterior(factor: InnerFactor, noise: Float64Array): PosteriorRoots | null {
    const { operator, eliminated } = this.known;
    const P = this.x.length;
    const sizeOfW = eliminated.W.data.length;
    const L = cholesky(this.#firstPart());
    if (L === null) return null;
    const Vt = this.#withNoise(lowerInverse(L), noise);
    if (Vt === null) return null;
    const [theta, changesOfW] = [new Float64Array((P * (P + 1)) / 2), new Float64Array(P * sizeOfW)];
    for (let k = 0; k < P; k++) {
      const direction = Vt.data.subarray(k * P, (k + 1) * P);
      theta.set(direction.subarray(0, k + 1), (k * (k + 1)) / 2);
      changesOfW.set(operator.changeOfW(direction, { full: false }).data, k * sizeOfW);
    }
    this.objective.passes += P;
    return { theta, changesOfW, W: factor.root() };
  }

  /** Vᵀ with VVᵀ = H⁻¹ → that of H⁻¹H_sH⁻¹ = VCVᵀ: V times U, upper triangular, of C = VᵀH_sV = UUᵀ. */
  #withNoise(Vt: Matrix, noise: Float64Array): Matrix | null {
    if (noise.every((s) => s === 1)) return Vt;
    const C = product(product(Vt, this.#firstPart(noise)), Vt, { tb: true });
    const U = upperFactor(C);
    return U && product(U, Vt, { ta: true });
  }

  #krylovStep({ maxVectors, tolerance, radius }: StepOptions, memory: Pairs | null): StepResult {
    const { known } = this;
    const g = this.#gradientHere();
    const isNew = known.space === null;
    const precondition = memory !== null && memory.count > 0 ? (q: Float64Array) => memory.apply(q) : null;
    const product = (v: Float64Array) => this.#hessianTimes(known.operator, v);
    known.space ??= buildSpace(product, g, { maxVectors, tolerance, precondition });
    const { basis, model, relativeResidual } = known.space;
    const { y, reduction, ...rest } = minimise(model, radius);
    return {
      ...rest,
      step: combine(basis, y, g.length),
      stepNorm: norm(y),
      predictedReduction: reduction,
      vectors: basis.length,
      relativeResidual,
      products: isNew ? basis.length : 0,
      factorizations: 0,
    };
  }

  /** In the whole space, with H itself. */
  #denseStep({ radius, multiplier, rankTolerance }: StepOptions): StepResult {
    const { known } = this;
    const g = this.#gradientHere();
    const isNew = known.dense === null;
    known.dense ??= new DenseModel(this.#assembled(rankTolerance), g);
    const { y, reduction, ...rest } = known.dense.minimise(radius, multiplier);
    return {
      ...rest,
      step: y,
      stepNorm: norm(y),
      predictedReduction: reduction,
      vectors: 0,
      relativeResidual: relativeResidual(known.dense.H, g, y, rest.multiplier),
      products: isNew ? g.length : 0,
      factorizations: known.dense.factorizations,
    };
  }
}

function ofInner(factor: InnerFactor): InnerLaplace {
  const trace = diagonal(factor.inverse()).reduce((sum, entry) => sum + entry, 0);
  return { innerTrace: trace, innerLogDeterminant: factor.logDeterminant() };
}

/** U with A = UUᵀ, upper triangular: what the Cholesky factor of A is where both are read from their ends. Changes A. */
function upperFactor(A: Matrix): Matrix | null {
  A.data.reverse();
  const L = cholesky(A);
  L?.data.reverse();
  return L;
}

function diagonal({ data, rows }: Matrix): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => data[i * (rows + 1)]);
}
