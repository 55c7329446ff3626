/**
 * @file The search for the α_θ and α_W that give the best validation metric: a sweep from strong to weak, each run from
 * the model of the one before, then half decades around the best, then a run from the best by all rules.
 */
import type { Steps } from '../job/job.js';
import type { OptimizerDescription } from '../optimizers/optimizer.js';
import { stagesOf } from '../optimizers/sequence.js';
import type { Task } from '../options/options.js';
import { isAbove, metricOf } from './choice.js';
import type { Member } from './member.js';

/** Exponents of √10. */
type Place = readonly [theta: number, W: number];

/** Of √10: the sweep begins at 1, and takes decades. */
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

export interface Runs {
  /** A run from the start of the task, or from a member's model; null where it found nothing. */
  next(candidate: Task, from: Member | null): Steps<Member | null>;
  /** The same for the first run, which must find something. */
  first(candidate: Task): Steps<Member>;
  isEnded(): boolean;
}

export function* search(task: Task, runs: Runs): Steps<Member> {
  const walk = new Walk(task, yield* runs.first(short(taskAt(task, [first, first]))), runs);
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
    public best: Member,
    readonly runs: Runs,
  ) {}

  /**
   * From decade to decade, θ and W together: strong regularisation leads to the simple models that weaker ones bend. One
   * so strong that it takes all weights to 0 leads nowhere: until there is a gain, runs begin at the start of the task.
   */
  *down(): Steps<void> {
    const constant = metricOf(this.best);
    let last: Member | null = null;
    for (let [at, idle] = [first - decade, 0]; at >= weakest && idle < idleDecades; at -= decade) {
      const before = metricOf(this.best);
      const member: Member | null = yield* this.#try([at, at], last);
      if (this.runs.isEnded()) return;
      if (!this.#gained(constant)) continue;
      last = member ?? last;
      idle = this.#gained(before) ? 0 : idle + 1;
    }
  }

  *up(): Steps<void> {
    for (let at = first + decade; at <= strongest && this.#place[0] === at - decade; at += decade) {
      yield* this.#try([at, at], this.best);
      if (this.runs.isEnded()) return;
    }
  }

  /** To the best neighbour, while that is an improvement. */
  *around(): Steps<void> {
    for (let round = 0; round < refinements; round++) {
      const from = this.best;
      for (const place of neighbours(this.task, this.#place)) {
        if (!this.#known.has(place.join())) yield* this.#try(place, from);
        if (this.runs.isEnded()) return;
      }
      if (!this.#gained(metricOf(from))) return;
    }
  }

  *finish(): Steps<void> {
    this.#compare(yield* this.runs.next(taskAt(this.task, this.#place), this.best), this.#place);
  }

  *#try(place: Place, from: Member | null): Steps<Member | null> {
    this.#known.add(place.join());
    const member = yield* this.runs.next(short(taskAt(this.task, place)), from);
    this.#compare(member, place);
    return member;
  }

  #gained(before: number): boolean {
    return isAbove(before, metricOf(this.best), gain);
  }

  #compare(member: Member | null, place: Place): void {
    if (member !== null && metricOf(member) < metricOf(this.best)) [this.best, this.#place] = [member, place];
  }
}

function taskAt(task: Task, [theta, W]: Place): Task {
  return {
    ...task,
    alphaTheta: task.alphaTheta === 'auto' ? 10 ** (theta / decade) : task.alphaTheta,
    alphaW: task.alphaW === 'auto' ? 10 ** (W / decade) : task.alphaW,
  };
}

/** A few iterations, on the first level. */
function short(task: Task): Task {
  const iterations = Math.min(task.rules.iterations, iterationsOf(task.optimizer));
  const patience = Math.min(task.rules.patience, shortPatience);
  return { ...task, levels: 1, rules: { ...task.rules, iterations, patience } };
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
