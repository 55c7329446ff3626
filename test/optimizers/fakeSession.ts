/** @file Sessions of which a test prescribes the objective, or the answers one by one. */
import type { Evaluation, Session, StepOptions, StepResult } from '../../lib/backend/backend.js';
import type { Job } from '../../lib/job/job.js';

export function evaluationOf(objective: number): Evaluation {
  const finite = Number.isFinite(objective);
  return { objective, loss: objective, regularizationTheta: 0, regularizationW: 0, rank: 1, finite, inner: null };
}

export function now<T>(value: () => T): Job<T> {
  return { sync: value, async: async () => value() };
}

export interface Objective {
  value(theta: Float64Array): number;
  gradient(theta: Float64Array): number[];
}

/** The members of a session that optimizers use; a call of any other fails. */
export class FakeSession {
  current: Float64Array | null = null;
  trial: Float64Array | null = null;
  evaluations = 0;
  gradients = 0;
  /** What the optimizer asked of step(), in order. */
  readonly asked: StepOptions[] = [];
  readonly #proposals: StepResult[];

  constructor(
    readonly objective: Objective,
    proposals: StepResult[] = [],
  ) {
    this.#proposals = [...proposals];
  }

  get session(): Session {
    return this as unknown as Session;
  }

  evaluate(theta: Float64Array): Job<Evaluation> {
    return now(() => {
      this.evaluations++;
      this.trial = theta.slice();
      return evaluationOf(this.objective.value(theta));
    });
  }

  accept(): void {
    if (this.trial === null) throw new Error('accept() without a trial point');
    this.current = this.trial;
    this.trial = null;
  }

  gradient(): Job<Float64Array> {
    return now(() => {
      this.gradients++;
      return Float64Array.from(this.objective.gradient(this.current as Float64Array));
    });
  }

  step(options: StepOptions): Job<StepResult> {
    return now(() => {
      this.asked.push(options);
      return this.#proposals.shift() as StepResult;
    });
  }
}
