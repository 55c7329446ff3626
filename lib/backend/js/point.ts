/** @file Everything known at one point: features, projection, and, once asked for, gradient and search space. */
import { GnvproError } from '../../errors.js';
import type { Job } from '../../job/job.js';
import { type Matrix, matrix } from '../../linalg/matrix.js';
import { addScaled, norm } from '../../linalg/vector.js';
import { multiply, regularizerGradient } from '../../regularizer/tikhonov.js';
import type { Derivatives, Evaluation, InnerFactor, Point, StepOptions, StepResult } from '../backend.js';
import type { Pairs } from '../pairs.js';
import { checkLength } from './check.js';
import { assemble, DenseModel, relativeResidual } from './denseModel.js';
import type { Eliminated } from './elimination.js';
import { buildSpace, combine, type Space } from './krylov.js';
import type { JsObjective } from './objective.js';
import type { Operator } from './operator.js';
import { minimise } from './trustRegion.js';

/** What an evaluation finds. */
export interface Found {
  readonly Z: Matrix;
  readonly residualBytes: number;
  readonly eliminated: Eliminated;
  readonly operator: Operator;
}

export class JsPoint implements Point, Derivatives {
  /** Null where the evaluation is not finite, and after drop(). */
  #found: Found | null;
  #gradient: Float64Array | null = null;
  #space: Space | null = null;
  #dense: DenseModel | null = null;

  constructor(
    readonly objective: JsObjective,
    readonly x: Float64Array,
    readonly evaluation: Evaluation,
    found: Found | null,
  ) {
    this.#found = found;
  }

  get found(): Found {
    this.checkLive();
    return this.#found as Found;
  }

  /** Throws where there is nothing to be had. */
  checkLive(): void {
    this.objective.checkOpen();
    if (this.#found !== null) return;
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

  W(): Float64Array {
    return this.found.eliminated.W.data.slice();
  }

  features(): Float64Array {
    return this.found.Z.data.slice();
  }

  residual(): Float64Array {
    return this.found.eliminated.R.data.slice();
  }

  drop(): void {
    this.#found = this.#gradient = this.#space = this.#dense = null;
    this.objective.forget(this);
  }

  hessianProduct(v: Float64Array): Job<Float64Array> {
    return this.objective.job(() => {
      checkLength(v, this.x.length, 'v');
      return this.objective.stopwatch.time('krylov', () => this.#hessianTimes(this.found.operator, v));
    });
  }

  jacobianProduct(v: Float64Array): Job<Float64Array> {
    return this.objective.job(() => {
      checkLength(v, this.x.length, 'v');
      return this.found.operator.times(v).data;
    });
  }

  jacobianTransposeProduct(u: Float64Array): Job<Float64Array> {
    return this.objective.job(() => {
      const { eliminated, operator } = this.found;
      const { rows: t, cols: m } = eliminated.W;
      const rows = this.objective.problem.samples + m;
      checkLength(u, rows * t, 'u');
      return operator.transposeTimes(matrix(rows, t, u));
    });
  }

  denseHessian(): Job<Float64Array> {
    return this.objective.job(() => {
      const { operator } = this.found;
      return this.#dense?.H.data.slice() ?? assemble((v) => this.#hessianTimes(operator, v), this.x.length).data;
    });
  }

  innerFactor(): Job<InnerFactor | null> {
    return this.objective.job(() => {
      const { factor } = this.found.eliminated;
      if (factor === null) return null;
      return { inverse: factor.inverse().data, leverages: factor.leverages(), logDeterminant: factor.logDeterminant() };
    });
  }

  get bytes(): number {
    const { Z, residualBytes, eliminated } = this.found;
    const arrays = [this.x, Z.data, eliminated.R.data, eliminated.Zt.data, ...(this.#space?.basis ?? [])];
    return arrays.reduce((sum, array) => sum + array.byteLength, residualBytes + (this.#dense?.bytes ?? 0));
  }

  #gradientHere(): Float64Array {
    const { operator } = this.found;
    if (this.#gradient !== null) return this.#gradient;
    const { regularizer, weights } = this.objective.problem;
    const gradient = operator.gradient();
    this.objective.passes++;
    addScaled(gradient, 1, regularizerGradient(regularizer, this.x.subarray(0, weights)));
    this.#gradient = gradient;
    return gradient;
  }

  #hessianTimes(operator: Operator, v: Float64Array, rankTolerance = 0): Float64Array {
    const { regularizer, weights } = this.objective.problem;
    const product = operator.product(v, rankTolerance);
    this.objective.passes += 2;
    addScaled(product, 1, multiply(regularizer, v.subarray(0, weights)));
    return product;
  }

  #krylovStep({ maxVectors, tolerance, radius }: StepOptions, memory: Pairs | null): StepResult {
    const { operator } = this.found;
    const g = this.#gradientHere();
    const isNew = this.#space === null;
    const precondition = memory !== null && memory.count > 0 ? (q: Float64Array) => memory.apply(q) : null;
    this.#space ??= buildSpace((v) => this.#hessianTimes(operator, v), g, { maxVectors, tolerance, precondition });
    const { basis, model, relativeResidual } = this.#space;
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
    const { operator } = this.found;
    const g = this.#gradientHere();
    const isNew = this.#dense === null;
    this.#dense ??= this.#assemble(operator, g, rankTolerance);
    const { y, reduction, ...rest } = this.#dense.minimise(radius, multiplier);
    return {
      ...rest,
      step: y,
      stepNorm: norm(y),
      predictedReduction: reduction,
      vectors: 0,
      relativeResidual: relativeResidual(this.#dense.H, g, y, rest.multiplier),
      products: isNew ? g.length : 0,
      factorizations: this.#dense.factorizations,
    };
  }

  #assemble(operator: Operator, g: Float64Array, rankTolerance: number): DenseModel {
    return new DenseModel(
      assemble((v) => this.#hessianTimes(operator, v, rankTolerance), g.length),
      g,
    );
  }
}
