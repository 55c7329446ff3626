/** @file A line search for the strong Wolfe conditions (Nocedal & Wright, algorithms 3.5 and 3.6). */
import type { Objective } from '../backend/backend.js';
import { perform, type Steps } from '../job/job.js';
import { dot, plus } from '../linalg/vector.js';
import { isUsable, type Stand } from './optimizer.js';

export interface WolfeOptions {
  readonly c1: number;
  readonly c2: number;
  readonly maxEvaluations: number;
}

/** φ along the line: value, slope, and where the gradient was taken. */
interface Sample {
  readonly at: number;
  readonly value: number;
  /** NaN where the value alone ruled the point out. */
  readonly slope: number;
  readonly stand: Stand | null;
}

/** Satisfies the conditions, or at least decreases enough; null where nothing does, and `from` has to serve on. */
export function* wolfe(
  objective: Objective,
  from: Stand,
  direction: Float64Array,
  first: number,
  options: WolfeOptions,
): Steps<Stand | null> {
  const search = new Search(objective, from, direction, options);
  const found = search.slope0 < 0 ? yield* search.bracket(first) : null;
  search.dropAllBut(found);
  return found;
}

class Search {
  readonly value0: number;
  readonly slope0: number;
  #evaluations = 0;
  /** Where gradients were taken, `from` not among them; of those before the last, the low one alone is kept. */
  #stands: Stand[] = [];
  /** Where the last of them was. */
  #W: Float64Array | null = null;

  constructor(
    readonly objective: Objective,
    readonly from: Stand,
    readonly direction: Float64Array,
    readonly options: WolfeOptions,
  ) {
    this.value0 = from.point.evaluation.objective;
    this.slope0 = dot(from.gradient, direction);
  }

  /** Algorithm 3.5: extrapolates until an interval holds a Wolfe point. */
  *bracket(first: number): Steps<Stand | null> {
    let previous: Sample = { at: 0, value: this.value0, slope: this.slope0, stand: this.from };
    let at = first;
    let growth = 4;
    while (this.#evaluations < this.options.maxEvaluations) {
      const next = yield* this.#sample(at, previous);
      if (!this.#decreases(next) || (previous.at > 0 && next.value >= previous.value))
        return yield* this.#zoom(previous, next);
      if (Math.abs(next.slope) <= -this.options.c2 * this.slope0) return next.stand;
      if (next.slope >= 0) return yield* this.#zoom(next, previous);
      at = Math.min(growth * at, Math.max(1.5 * at, extrapolate(previous, next)));
      growth *= 4; // a first step that is short by orders of magnitude takes few evaluations
      previous = next;
    }
    return previous.at > 0 ? previous.stand : null;
  }

  /** Algorithm 3.6: `low` is the lower end, and decreases enough; `high` the other. */
  *#zoom(low: Sample, high: Sample): Steps<Stand | null> {
    while (this.#evaluations < this.options.maxEvaluations) {
      const width = Math.abs(high.at - low.at);
      if (width <= 1e-14 * Math.max(low.at, high.at)) break;
      const next = yield* this.#sample(inside(low, high), low);
      if (!this.#decreases(next) || next.value >= low.value) {
        high = next;
        continue;
      }
      if (Math.abs(next.slope) <= -this.options.c2 * this.slope0) return next.stand;
      if (next.slope * (high.at - low.at) >= 0) high = low;
      low = next;
    }
    // Without a Wolfe point the best sufficient decrease must do.
    return low.at > 0 ? low.stand : null;
  }

  dropAllBut(kept: Stand | null): void {
    for (const stand of this.#stands) if (stand !== kept) stand.point.drop();
    this.#stands = this.#stands.filter((stand) => stand === kept);
  }

  #decreases({ at, value }: Pick<Sample, 'at' | 'value'>): boolean {
    return value <= this.value0 + this.options.c1 * at * this.slope0;
  }

  /** A pass for the value; one more for the slope where the value is worth it. */
  *#sample(at: number, low: Sample): Steps<Sample> {
    this.#evaluations++;
    const x = plus(this.from.point.x, this.direction, at);
    this.dropAllBut(low.stand);
    const point = yield* perform(this.objective.at(x, this.#W ?? this.from.point));
    const value = isUsable(point.evaluation) ? point.evaluation.objective : Number.POSITIVE_INFINITY;
    if (!this.#decreases({ at, value })) {
      point.drop();
      return { at, value, slope: Number.NaN, stand: null };
    }
    const stand = { point, gradient: yield* perform(point.gradient()) };
    this.#stands.push(stand);
    this.#W = point.W();
    const slope = dot(stand.gradient, this.direction);
    if (!Number.isFinite(slope)) return { at, value: Number.POSITIVE_INFINITY, slope: Number.NaN, stand: null };
    return { at, value, slope, stand };
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
