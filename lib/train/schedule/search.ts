/**
 * @file The search for the α_θ and α_W that give the best validation metric: a sweep from strong to weak, each run from
 * the model of the one before, then half decades around the best, then a run from the best by all rules.
 */
import type { OptimizerDescription } from '../../optimizers/optimizer.js';
import { stagesOf } from '../../optimizers/optimizer.js';
import type { Task } from '../../options/options.js';
import type { Journal } from '../phase/journal.js';
import type { Problem } from '../problem/problem.js';
import { isAbove, metricOf } from './choice.js';
import { continued, type Found, type Run, runOnce } from './run.js';
import { type Schedule, unlessLost } from './schedule.js';

/** Exponents of √10. */
type Place = readonly [theta: number, W: number];

/** Powers of √10: the sweep begins at 1, and takes decades. */
const decade = 2;
const first = 0;
const weakest = -24;
/** Where the best is at the strong end, the sweep tries stronger ones, so far. */
const strongest = 12;
/** The sweep ends when so many decades in a row brought no gain. */
const idleDecades = 3;
const refinements = 3;
/** A part of the validation metric that is worth another run. */
const gain = 1e-3;

const shortPatience = 8;
/** Iterations of a run of the sweep: the next run goes on from there. */
const shortRun = { gnvpro: 20, gaussNewton: 20, lbfgs: 100, sgd: 10, adam: 10, slimTrain: 10 };

/** The decades of the sweep down and up. */
const [down, up] = [(first - weakest) / decade, (strongest - first) / decade];
/** Runs that a search makes at most: the first, the sweep, four neighbours a refinement, and the last. */
export const mostSearchRuns = 1 + down + up + 4 * refinements + 1;
/** Runs that go on from each other at most: the sweep goes down or up. */
export const mostSearchLegs = 1 + Math.max(down, up) + refinements + 1;

export function* search(task: Task, problem: Problem, journal: Journal): Schedule<Found> {
  const start = short(runAt(task, [first, first]));
  const walk = new Walk(task, problem, journal, yield* runOnce(problem, start, 'search', journal));
  yield* walk.down();
  yield* walk.up();
  yield* walk.around();
  yield* walk.finish();
  return walk.best;
}

class Walk {
  #place: Place = [first, first];
  readonly #known = new Set([this.#place.join()]);

  constructor(
    readonly task: Task,
    readonly problem: Problem,
    readonly journal: Journal,
    public best: Found,
  ) {}

  /**
   * From decade to decade, θ and W together: strong regularisation leads to the simple models that weaker ones bend. One
   * so strong that it takes all weights to 0 leads nowhere: until there is a gain, runs begin at the start of the task.
   */
  *down(): Schedule<void> {
    const constant = metricOf(this.best);
    let last: Found | null = null;
    for (let [at, idle] = [first - decade, 0]; at >= weakest && idle < idleDecades; at -= decade) {
      const before = metricOf(this.best);
      const found: Found | null = yield* this.#try([at, at], last);
      if (this.journal.stop !== null) return;
      if (!this.#gained(constant)) continue;
      last = found ?? last;
      idle = this.#gained(before) ? 0 : idle + 1;
    }
  }

  *up(): Schedule<void> {
    for (let at = first + decade; at <= strongest && this.#place[0] === at - decade; at += decade) {
      yield* this.#try([at, at], this.best);
      if (this.journal.stop !== null) return;
    }
  }

  /** To the best neighbour, while that is an improvement. */
  *around(): Schedule<void> {
    for (let round = 0; round < refinements; round++) {
      const from = this.best;
      for (const place of neighbours(this.task, this.#place)) {
        if (!this.#known.has(place.join())) yield* this.#try(place, from);
        if (this.journal.stop !== null) return;
      }
      if (!this.#gained(metricOf(from))) return;
    }
  }

  *finish(): Schedule<void> {
    yield* this.#go(this.#place, runAt(this.task, this.#place), this.best);
  }

  *#try(place: Place, from: Found | null): Schedule<Found | null> {
    this.#known.add(place.join());
    return yield* this.#go(place, short(runAt(this.task, place)), from);
  }

  /** From the best point of another run; weights that the caller gave are the start of every run. */
  *#go(place: Place, run: Run, other: Found | null): Schedule<Found | null> {
    const { problem, journal } = this;
    const from = run.initialize instanceof Float64Array ? null : other;
    const next = from === null ? run : continued(run, from);
    const found = yield* unlessLost(journal, () => runOnce(problem, next, 'search', journal, from?.legs));
    if (found !== null && metricOf(found) < metricOf(this.best)) [this.best, this.#place] = [found, place];
    return found;
  }

  #gained(before: number): boolean {
    return isAbove(before, metricOf(this.best), gain);
  }
}

function runAt(task: Task, [theta, W]: Place): Run {
  return {
    ...task,
    alphaTheta: task.alphaTheta === 'auto' ? 10 ** (theta / decade) : task.alphaTheta,
    alphaW: task.alphaW === 'auto' ? 10 ** (W / decade) : task.alphaW,
  };
}

/** A few iterations, on the first level. */
function short(run: Run): Run {
  const iterations = Math.min(run.rules.iterations, iterationsOf(run.optimizer));
  const patience = Math.min(run.rules.patience, shortPatience);
  return { ...run, levels: 1, rules: { ...run.rules, iterations, patience } };
}

function iterationsOf(optimizer: OptimizerDescription): number {
  return Math.max(...stagesOf(optimizer).map(({ optimizer: { type } }) => shortRun[type]));
}

function neighbours({ alphaTheta, alphaW }: Task, [theta, W]: Place): Place[] {
  const along: Place[] = [];
  if (alphaTheta === 'auto') along.push([theta + 1, W], [theta - 1, W]);
  if (alphaW === 'auto') along.push([theta, W + 1], [theta, W - 1]);
  return along;
}
