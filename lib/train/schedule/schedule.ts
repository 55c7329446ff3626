/** @file What a schedule is: it yields phases, one after the other, and receives what they lead to. */
import type { Job, Steps } from '../../job/job.js';
import type { Journal } from '../journal.js';
import type { Phase, PhaseResult, State } from '../phase.js';
import { runPhase } from '../runPhase.js';

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

/** Runs the phases of a schedule on a journal. Throws what the schedule throws. */
export function* follow<R>(schedule: Schedule<R>, journal: Journal): Steps<R> {
  let next = schedule.next();
  while (!next.done) {
    const asked = next.value;
    let answer: unknown;
    try {
      answer = 'phase' in asked ? yield* runPhase(asked.phase, asked.start, journal) : yield asked;
    } catch (error) {
      next = schedule.throw(error);
      continue;
    }
    next = schedule.next(answer);
  }
  return next.value;
}
