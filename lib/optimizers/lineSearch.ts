/** @file A line search for the strong Wolfe conditions (Nocedal & Wright, algorithms 3.5 and 3.6). */
import type { Session } from '../backend/backend.js';
import { perform, type Steps } from '../job/job.js';
import { dot, plus } from '../linalg/vector.js';
import { evaluateWithGradient, isUsable, type Point } from './optimizer.js';

export interface WolfeOptions {
  readonly c1: number;
  readonly c2: number;
  readonly maxEvaluations: number;
}

export interface WolfeResult {
  /** A point that satisfies the conditions (or at least decreases enough), else null: the session then stands elsewhere. */
  readonly point: Point | null;
  readonly workUnits: number;
}

/** φ along the line: value, slope, and the point where the gradient was taken. */
interface Sample {
  readonly at: number;
  readonly value: number;
  /** NaN where the value alone ruled the point out. */
  readonly slope: number;
  readonly point: Point | null;
}

export function* wolfe(
  session: Session,
  from: Point,
  direction: Float64Array,
  first: number,
  options: WolfeOptions,
): Steps<WolfeResult> {
  const search = new Search(session, from, direction, options);
  const point = search.slope0 < 0 ? yield* search.bracket(first) : null;
  return { point, workUnits: search.workUnits };
}

class Search {
  readonly value0: number;
  readonly slope0: number;
  workUnits = 0;
  #evaluations = 0;

  constructor(
    readonly session: Session,
    readonly from: Point,
    readonly direction: Float64Array,
    readonly options: WolfeOptions,
  ) {
    this.value0 = from.evaluation.objective;
    this.slope0 = dot(from.gradient, direction);
  }

  /** Algorithm 3.5: extrapolates until an interval holds a Wolfe point. */
  *bracket(first: number): Steps<Point | null> {
    let previous: Sample = { at: 0, value: this.value0, slope: this.slope0, point: this.from };
    let at = first;
    let growth = 4;
    while (this.#evaluations < this.options.maxEvaluations) {
      const next = yield* this.#sample(at);
      if (!this.#decreases(next) || (previous.at > 0 && next.value >= previous.value))
        return yield* this.#zoom(previous, next);
      if (Math.abs(next.slope) <= -this.options.c2 * this.slope0) return next.point;
      if (next.slope >= 0) return yield* this.#zoom(next, previous);
      at = Math.min(growth * at, Math.max(1.5 * at, extrapolate(previous, next)));
      growth *= 4; // a first step that is short by orders of magnitude takes few evaluations
      previous = next;
    }
    return previous.at > 0 ? previous.point : null;
  }

  /** Algorithm 3.6: `low` is the lower end, and decreases enough; `high` the other. */
  *#zoom(low: Sample, high: Sample): Steps<Point | null> {
    while (this.#evaluations < this.options.maxEvaluations) {
      const width = Math.abs(high.at - low.at);
      if (width <= 1e-14 * Math.max(low.at, high.at)) break;
      const next = yield* this.#sample(inside(low, high));
      if (!this.#decreases(next) || next.value >= low.value) {
        high = next;
        continue;
      }
      if (Math.abs(next.slope) <= -this.options.c2 * this.slope0) return next.point;
      if (next.slope * (high.at - low.at) >= 0) high = low;
      low = next;
    }
    return yield* this.#settle(low);
  }

  /** Without a Wolfe point the best sufficient decrease must do; the session has to stand on it again. */
  *#settle(low: Sample): Steps<Point | null> {
    if (low.at === 0) return null;
    this.workUnits += 2;
    return yield* evaluateWithGradient(this.session, low.point?.x as Float64Array);
  }

  #decreases({ at, value }: Sample): boolean {
    return value <= this.value0 + this.options.c1 * at * this.slope0;
  }

  /** One unit for the value; one more for the slope where the value is worth it. */
  *#sample(at: number): Steps<Sample> {
    this.#evaluations++;
    this.workUnits++;
    const x = plus(this.from.x, this.direction, at);
    const evaluation = yield* perform(this.session.evaluate(x));
    const value = isUsable(evaluation) ? evaluation.objective : Number.POSITIVE_INFINITY;
    if (!this.#decreases({ at, value, slope: Number.NaN, point: null }))
      return { at, value, slope: Number.NaN, point: null };
    this.session.accept();
    this.workUnits++;
    const gradient = yield* perform(this.session.gradient());
    const slope = dot(gradient, this.direction);
    if (!Number.isFinite(slope)) return { at, value: Number.POSITIVE_INFINITY, slope: Number.NaN, point: null };
    return { at, value, slope, point: { x, evaluation, gradient } };
  }
}

/** The minimiser of the cubic through two samples, beyond the second; twice the step where it is useless. */
function extrapolate(a: Sample, b: Sample): number {
  const at = cubicMinimizer(a, b);
  return Number.isFinite(at) && at > b.at ? at : 2 * b.at;
}

/** A point inside the interval, at least a tenth of it away from its ends. */
function inside(low: Sample, high: Sample): number {
  const width = high.at - low.at;
  const guess = Number.isFinite(high.slope) ? cubicMinimizer(low, high) : quadraticMinimizer(low, high);
  const share = (guess - low.at) / width;
  if (!Number.isFinite(share)) return low.at + 0.5 * width;
  return low.at + Math.min(0.9, Math.max(0.1, share)) * width;
}

function quadraticMinimizer(low: Sample, high: Sample): number {
  const width = high.at - low.at;
  const curvature = high.value - low.value - low.slope * width;
  return low.at - (0.5 * low.slope * width * width) / curvature;
}

function cubicMinimizer(a: Sample, b: Sample): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.at - b.at);
  const size = Math.max(Math.abs(d1), Math.abs(a.slope), Math.abs(b.slope)); // whose square may overflow
  const d2 = Math.sign(b.at - a.at) * size * Math.sqrt((d1 / size) ** 2 - (a.slope / size) * (b.slope / size));
  return b.at - ((b.at - a.at) * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
}
