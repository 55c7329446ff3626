/** @file What a schedule is: it yields phases, one after the other, and receives what they lead to. */
import type { GnvproError } from '../../errors.js';
import type { Job, Steps } from '../../job/job.js';
import { stopStatuses } from '../../report/report.js';
import type { Journal, JournalState, Mark } from '../phase/journal.js';
import type { Phase, PhaseResult, Standing, State } from '../phase/phase.js';
import { runPhase } from '../phase/runPhase.js';

/** A phase that is asked for, and the state that it starts from. */
export interface Request {
  readonly phase: Phase;
  readonly start: State;
}

/** Which phases a training runs: it may do jobs between them, and finally returns R. */
export type Schedule<R> = Generator<Request | Job<unknown>, R, unknown>;

/** `const result = yield* run(phase, start)` inside a schedule. */
export function* run(phase: Phase, start: State): Schedule<PhaseResult> {
  return (yield { phase, start }) as PhaseResult;
}

/** What comes after other runs: its failure is no reason to lose them. Null where it found nothing, or the training had ended. */
export function* unlessLost<T>(journal: Journal, more: () => Schedule<T>): Schedule<T | null> {
  if (journal.stop !== null) return null;
  try {
    return yield* more();
  } catch (error) {
    const isLost = (error as GnvproError | null)?.code === 'ERR_NONFINITE';
    const reason = journal.stopOf(error);
    if (!isLost && (reason === null || journal.runs.length === 0)) throw error;
    if (reason !== null) journal.stop = reason;
    return null;
  }
}

/** A training between two iterations, in plain arrays, numbers and texts. */
export interface Checkpoint {
  /** What the schedule has received, and how far the journal was after each. */
  readonly done: readonly { readonly result: PhaseResult; readonly mark: Mark }[];
  /** Of the phase that goes on; null where it has not begun, or where there is none any more. */
  readonly standing: Standing | null;
  readonly journal: JournalState;
}

/** What is known of a training beside its schedule. */
export interface Course {
  /** Where a training was left: its schedule is gone through again, without the work. */
  readonly from?: Checkpoint | undefined;
  /** Gets every place that the training can be taken up from; `checkpoint` may be called at any time. The work waits. */
  keep?(checkpoint: () => Checkpoint): Steps<void>;
}

/** Runs the phases of a schedule on a journal. Throws what the schedule throws. */
export function* follow<R>(schedule: Schedule<R>, journal: Journal, course: Course = {}): Steps<R> {
  const phases = new Phases(journal, course);
  let next = schedule.next();
  while (!next.done) {
    const asked = next.value;
    let answer: unknown;
    try {
      answer = 'phase' in asked ? yield* phases.run(asked) : yield asked;
    } catch (error) {
      next = schedule.throw(error);
      continue;
    }
    next = schedule.next(answer);
  }
  return next.value;
}

class Phases {
  readonly #done: { readonly result: PhaseResult; readonly mark: Mark }[] = [];

  constructor(
    readonly journal: Journal,
    readonly course: Course,
  ) {}

  *run({ phase, start }: Request): Steps<PhaseResult> {
    const known = this.#known();
    if (known !== null) return known;
    const result = yield* runPhase(phase, this.#left() ?? start, this.journal, this.course.keep && this.#watch);
    if (stopStatuses[result.stop.status].endsTraining) return result; // it can be taken up where it was
    this.#done.push({ result, mark: this.journal.mark() });
    if (this.course.keep) yield* this.#keep(null);
    return result;
  }

  /** What the phase led to before the training was left; null for one that did not end. */
  #known(): PhaseResult | null {
    const { from } = this.course;
    const known = from?.done[this.#done.length];
    if (from === undefined || known === undefined) return null;
    this.#done.push(known);
    if (this.#done.length < from.done.length || from.standing !== null) this.journal.goTo(known.mark, from.journal);
    else this.journal.restore(from.journal);
    return known.result;
  }

  /** Where the phase was left, if it is the one. */
  #left(): Standing | null {
    const { from } = this.course;
    if (from === undefined || from.standing === null || from.done.length !== this.#done.length) return null;
    this.journal.restore(from.journal);
    return from.standing;
  }

  readonly #watch = (standing: Standing): Steps<void> => this.#keep(standing);

  *#keep(standing: Standing | null): Steps<void> {
    const [count, state] = [this.#done.length, this.journal.state()];
    yield* (this.course as Required<Course>).keep(() => ({
      done: this.#done.slice(0, count),
      standing,
      journal: state(),
    }));
  }
}
