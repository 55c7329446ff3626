/** @file An objective and the point where a test stands, of which it asks everything: by turns, as a method does. */
import type {
  Backend,
  Derivatives,
  Evaluation,
  Objective,
  Point,
  ProblemDefinition,
  StartOfW,
  StepOptions,
  StepResult,
} from '../../lib/backend/backend.js';
import { Pairs } from '../../lib/backend/pairs.js';
import type { Job } from '../../lib/job/job.js';
import { plus } from '../../lib/linalg/vector.js';
import type { QuadraticRegularizer } from '../../lib/regularizer/quadratic.js';

export type Start = StartOfW | 'afterStep' | undefined;

export class Walk {
  #point: (Point & Derivatives) | null = null;
  readonly #pairs: Pairs | null;
  /** Where the gradient was last asked for. */
  #previous: { x: Float64Array; gradient: Float64Array } | null = null;

  /** It remembers so many pairs of its way for the steps that ask for them. */
  constructor(
    readonly objective: Objective,
    pairs = 0,
  ) {
    this.#pairs = pairs > 0 ? new Pairs(pairs) : null;
  }

  static on(backend: Backend, problem: ProblemDefinition, pairs = 0): Walk {
    return new Walk(backend.createObjective(problem), pairs);
  }

  get point(): Point & Derivatives {
    if (this.#point === null) throw new Error('The walk has not begun.');
    return this.#point;
  }

  /** Another point; W begins where the walk stands, or at its last step, or as given. */
  at(x: Float64Array, start?: Start): Job<Point & Derivatives> {
    const from = start === 'afterStep' ? { afterStepFrom: this.point } : (start ?? this.#point ?? undefined);
    return this.objective.at(x, from) as Job<Point & Derivatives>;
  }

  evaluate(x: Float64Array, start?: Start): Evaluation {
    const point = this.at(x, start).sync();
    point.drop();
    return point.evaluation;
  }

  stand(point: Point): void {
    this.#point?.drop();
    this.#point = point as Point & Derivatives;
  }

  /** Stays where it is if x is not finite. */
  moveTo(x: Float64Array, start?: Start): Evaluation {
    const point = this.at(x, start).sync();
    if (point.evaluation.finite) this.stand(point);
    return point.evaluation;
  }

  /** The walk begins anew. */
  regularize(alphaW: number, regularizer: QuadraticRegularizer): void {
    this.objective.regularize(alphaW, regularizer);
    this.#point = this.#previous = null;
    this.#pairs?.clear();
  }

  gradient(): Float64Array {
    const { x } = this.point;
    const gradient = this.point.gradient().sync();
    if (this.#previous !== null && this.#previous.x !== x) {
      this.#pairs?.add(plus(x, this.#previous.x, -1), plus(gradient, this.#previous.gradient, -1));
    }
    this.#previous = { x, gradient };
    return gradient;
  }

  step(options: StepOptions & { usePairs?: boolean }): StepResult {
    if (this.#pairs !== null) this.gradient();
    return this.point.step(options, options.usePairs ? this.#pairs : null).sync();
  }

  hessianProduct(v: Float64Array): Float64Array {
    return this.point.hessianProduct(v).sync();
  }

  jacobianProduct(v: Float64Array): Float64Array {
    return this.point.jacobianProduct(v).sync();
  }

  jacobianTransposeProduct(u: Float64Array): Float64Array {
    return this.point.jacobianTransposeProduct(u).sync();
  }

  denseHessian(): Float64Array {
    return this.point.denseHessian().sync();
  }

  W(): Float64Array {
    return this.point.W();
  }

  residual(): Float64Array {
    return this.point.residual();
  }

  features(): Float64Array {
    return this.point.features();
  }

  dispose(): void {
    this.objective.dispose();
  }
}
