/** @file The one outer loop: it runs an optimizer on one level, records, validates, stops, and keeps the best point. */
import type { Session } from '../backend/backend.js';
import type { Steps } from '../job/job.js';
import { norm, plus } from '../linalg/vector.js';
import type { Method, Outcome, Point } from '../optimizers/optimizer.js';
import type { StopRules } from '../options/stop.js';
import type { IterationRecord, Stop } from '../report/report.js';
import { aborted, failureStop, nonFinite, stop, stopTest } from './stop.js';
import type { Judge } from './validation.js';

/** P and t × m. */
export interface Weights {
  readonly theta: Float64Array;
  readonly W: Float64Array;
}

/** A point worth keeping. */
export interface Kept extends Weights {
  /** Inverse temperature of its logits; 1 where none is fitted. */
  readonly temperature: number;
  /** What it is judged by: the smaller, the better. The record's objective may have lost its digits to its unit. */
  readonly merit: number;
  readonly record: IterationRecord;
}

/** What one training shares over its runs and levels. */
export class Journal {
  readonly records: IterationRecord[] = [];
  /** Which run of the training goes on. */
  run = 1;
  workUnits = 0;
  readonly #start = performance.now();
  #thrown: unknown;

  constructor(
    readonly onIteration: ((record: IterationRecord) => unknown) | null,
    readonly cancelFlag: Int32Array,
  ) {}

  seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** Appends and reports a record, frozen, since the loop reads it again; the callback may return false to stop. */
  add(record: IterationRecord): boolean {
    this.records.push(Object.freeze(record));
    try {
      return this.onIteration?.(record) !== false;
    } catch (error) {
      this.#thrown = error;
      throw error;
    }
  }

  /** What an error means for a training that has a point to return; null where it has to be thrown. */
  stopOf(error: unknown): Stop | null {
    return error === this.#thrown ? null : failureStop(error);
  }
}

/** What a record is judged by: the smaller, the better. */
export function merit({ validation, objective }: Pick<IterationRecord, 'validation' | 'objective'>): number {
  return validation ?? objective;
}

export interface LevelTask {
  readonly session: Session;
  readonly method: Method;
  /** Of the method, for the records. */
  readonly name: string;
  /** θ, or [θ ; vec W]. */
  readonly x: Float64Array;
  readonly level: number;
  readonly rules: StopRules;
  readonly journal: Journal;
  /** The validation metric at a point, or null without validation data. */
  readonly validate: Judge | null;
  /** Where W begins, for a loss with an iteration for it. */
  readonly W?: Float64Array;
  /** What a pass over the session's samples counts, in work units: less than 1 for a part of the samples. */
  readonly share?: number;
  /** Of the session's targets, in those of the caller; see unit.ts. */
  readonly unit: number;
}

export interface LevelResult {
  readonly stop: Stop;
  /** The last accepted point; null when the start was not finite. */
  readonly last: Weights | null;
  /** Best by validation, else by objective; null when the start was not finite. */
  readonly best: Kept | null;
}

/** Throws what the start throws; once there is a point, a failed job is a reason to stop. */
export function* runLevel(task: LevelTask): Steps<LevelResult> {
  const level = new LevelRun(task);
  try {
    return yield* level.run();
  } catch (error) {
    const reason = level.hasPoint ? task.journal.stopOf(error) : null;
    if (reason === null) throw error;
    return level.result(reason);
  }
}

class LevelRun {
  #best: Kept | null = null;
  #last: Weights | null = null;
  readonly #rules: StopRules;
  #firstGradientNorm = 0;
  #objective = Number.POSITIVE_INFINITY;
  #x: Float64Array;
  #iterations = 0;
  #sinceBest = 0;
  #flat = 0;
  readonly #unitsBefore: number;

  constructor(readonly task: LevelTask) {
    this.#rules = task.method.isStochastic ? ofSamples(task.rules) : task.rules;
    this.#unitsBefore = task.journal.workUnits;
    this.#x = task.x;
  }

  get #share(): number {
    return this.task.share ?? 1;
  }

  get hasPoint(): boolean {
    return this.#best !== null;
  }

  result(reason: Stop): LevelResult {
    return { stop: reason, last: this.#last, best: this.#best };
  }

  *run(): Steps<LevelResult> {
    const { method, x, journal } = this.task;
    const start = yield* method.start(x, this.task.W);
    journal.workUnits += 2 * this.#share;
    const { finite, objective } = start.evaluation;
    const told = finite ? this.#told(objective) : objective;
    if (!Number.isFinite(told)) return this.result(nonFinite('objective', told));
    this.#firstGradientNorm = norm(start.gradient);
    let goOn = yield* this.#record(start, null);
    let reason = this.#test(start, null);
    while (reason === null && goOn) {
      if (Atomics.load(journal.cancelFlag, 0) !== 0) return this.result(aborted());
      const before = this.#objective;
      const outcome = yield* method.step();
      this.#count(outcome, before);
      goOn = yield* this.#record(outcome.point, outcome);
      reason = this.#test(outcome.point, outcome);
    }
    return this.result(goOn && reason !== null ? reason : stop('aborted', 'onIteration returned false.'));
  }

  /** An objective or its gradient in the units of the caller. */
  #told(value: number): number {
    return value * this.task.unit * this.task.unit;
  }

  #count(outcome: Outcome, before: number): void {
    this.#iterations++;
    this.task.journal.workUnits += outcome.workUnits * this.#share;
    if (!outcome.accepted) return;
    const decrease = before - outcome.point.evaluation.objective;
    this.#flat = decrease <= this.#rules.objective * Math.abs(before) ? this.#flat + 1 : 0;
  }

  #test(point: Point, outcome: Outcome | null): Stop | null {
    const { journal, session } = this.task;
    const { theta } = this.#last as Weights;
    const progress = {
      objective: point.evaluation.objective,
      firstGradientNorm: this.#firstGradientNorm,
      gradientNorm: norm(point.gradient),
      unknowns: point.x.length,
      norm: norm(point.x),
      relativeStep: relativeChange(this.#x, point.x, theta.length),
      isExact: () => session.residual().every((r) => r === 0),
      unit: this.task.unit,
      workUnits: journal.workUnits - this.#unitsBefore,
      iterations: this.#iterations,
      seconds: journal.seconds(),
      sinceBest: this.task.validate === null ? 0 : this.#sinceBest,
      flat: this.#flat,
    };
    this.#x = point.x;
    return stopTest(this.#rules, progress, outcome);
  }

  *#record(point: Point, outcome: Outcome | null): Steps<boolean> {
    const { session, journal, level, validate, name } = this.task;
    const accepted = outcome === null || outcome.accepted;
    if (accepted) this.#last = { theta: session.weights(), W: session.W().map((w) => this.task.unit * w) };
    const at = accepted ? this.#last : null;
    const judged = validate !== null && at !== null ? yield* validate(at.theta, at.W) : null;
    const { objective, loss, regularizationTheta, regularizationW, inner } = point.evaluation;
    this.#objective = objective;
    const record: IterationRecord = {
      iteration: journal.records.length,
      run: journal.run,
      level,
      method: name,
      objective: this.#told(objective),
      loss: this.#told(loss),
      regularizationTheta: this.#told(regularizationTheta),
      regularizationW: this.#told(regularizationW),
      gradientNorm: this.#told(norm(point.gradient)),
      stepNorm: outcome?.stepNorm ?? 0,
      accepted,
      radius: outcome?.radius ?? null,
      ratio: outcome?.ratio ?? null,
      krylovVectors: outcome?.vectors ?? 0,
      workUnits: journal.workUnits,
      seconds: journal.seconds(),
      validation: judged === null ? null : judged.metric,
      inner,
    };
    if (at !== null) {
      const { metric = objective, temperature = 1 } = judged ?? {};
      this.#keepIfBest({ ...at, temperature, merit: metric, record });
    }
    return journal.add(record);
  }

  #keepIfBest(candidate: Kept): void {
    if (this.#best === null || candidate.merit < this.#best.merit) {
      this.#best = candidate;
      this.#sinceBest = 0;
    } else this.#sinceBest++;
  }
}

/** Of θ, the first `weights` numbers, or of W behind it, whichever is more. */
function relativeChange(before: Float64Array, after: Float64Array, weights: number): number {
  const change = plus(after, before, -1);
  const share = (begin: number, end: number) =>
    norm(change.subarray(begin, end)) / norm(after.subarray(begin, end)) || 0;
  return Math.max(share(0, weights), share(weights, after.length));
}

/** An objective that may rise, and a gradient that is estimated, prove nothing: other rules must stop. */
function ofSamples(rules: StopRules): StopRules {
  return { ...rules, gradient: 0, step: 0, objective: Number.NEGATIVE_INFINITY };
}
