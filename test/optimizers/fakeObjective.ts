/** @file Objectives of which a test prescribes the values, or the steps one by one. */
import type { Evaluation, Objective, Point, StepOptions, StepResult } from '../../lib/backend/backend.js';
import type { Job } from '../../lib/job/job.js';

export function evaluationOf(objective: number): Evaluation {
  const finite = Number.isFinite(objective);
  return { objective, loss: objective, regularizationTheta: 0, regularizationW: 0, rank: 1, finite, inner: null };
}

function now<T>(value: () => T): Job<T> {
  return { sync: value, async: async () => value() };
}

export interface Values {
  value(theta: Float64Array): number;
  gradient(theta: Float64Array): number[];
}

/** The members of an objective that optimizers use; a call of any other fails. */
export class FakeObjective {
  evaluations = 0;
  gradients = 0;
  /** Of steps. */
  products = 0;
  /** The points that have not been dropped. */
  readonly live = new Set<Point>();
  /** The most at a time. */
  mostLive = 0;
  /** What the optimizer asked of step(), in order. */
  readonly asked: StepOptions[] = [];
  /** What the next evaluations say besides. */
  changes: Partial<Evaluation> = {};
  readonly #proposals: StepResult[];

  constructor(
    readonly values: Values,
    proposals: StepResult[] = [],
  ) {
    this.#proposals = [...proposals];
  }

  get objective(): Objective {
    return this as unknown as Objective;
  }

  get passes(): number {
    return this.evaluations + this.gradients + 2 * this.products;
  }

  /** Where the points that live are. */
  get places(): Float64Array[] {
    return Array.from(this.live, ({ x }) => x);
  }

  at(theta: Float64Array): Job<Point> {
    return now(() => {
      this.evaluations++;
      return this.point(theta);
    });
  }

  /** Without a pass. */
  point(theta: Float64Array): Point {
    const x = theta.slice();
    const point = {
      x,
      evaluation: { ...evaluationOf(this.values.value(x)), ...this.changes },
      W: () => new Float64Array(0),
      gradient: () => now(() => this.#gradient(point)),
      step: (options: StepOptions) => now(() => this.#step(point, options)),
      drop: () => this.live.delete(point),
    } as unknown as Point;
    this.live.add(point);
    this.mostLive = Math.max(this.mostLive, this.live.size);
    return point;
  }

  #gradient(point: Point): Float64Array {
    this.#check(point);
    this.gradients++;
    return Float64Array.from(this.values.gradient(point.x));
  }

  #step(point: Point, options: StepOptions): StepResult {
    this.#check(point);
    this.asked.push(options);
    const result = this.#proposals.shift() as StepResult;
    this.products += result.products;
    return result;
  }

  #check(point: Point): void {
    if (!this.live.has(point)) throw new Error('a point that was dropped');
  }
}
