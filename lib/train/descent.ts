/** @file The loop of a phase: it lets a method step, records, validates, stops, and keeps the best point. */
import type { Session } from '../backend/backend.js';
import type { Steps } from '../job/job.js';
import { norm, plus } from '../linalg/vector.js';
import type { Method, Outcome, Point } from '../optimizers/optimizer.js';
import type { StopRules } from '../options/stop.js';
import type { IterationRecord, Stop } from '../report/report.js';
import { type Best, betterOf, type Journal, type Weights } from './journal.js';
import { type Phase, shareOf } from './phase.js';
import { aborted, nonFinite, stop, stopTest } from './stop.js';
import { type Judge, makeJudge } from './validation.js';

/** Where a phase stands between two iterations, in plain numbers and arrays. */
export interface Standing {
  last: Weights | null;
  best: Best | null;
  iterations: number;
  /** φ at the last accepted point, in units of the problem. */
  objective: number;
  firstGradientNorm: number;
  /** Accepted iterations since the best point. */
  sinceBest: number;
  /** Accepted iterations in a row that hardly lowered the objective. */
  flat: number;
  /** Work units of the training when the method began. */
  unitsBefore: number;
}

export class Descent {
  readonly standing: Standing;
  radius: number | null = null;
  #session!: Session;
  #judge: Judge | null = null;
  #rules!: StopRules;
  /** The point that the last test was made at. */
  #x!: Float64Array;

  constructor(
    readonly phase: Phase,
    readonly journal: Journal,
  ) {
    const counts = { iterations: 0, sinceBest: 0, flat: 0, firstGradientNorm: 0, unitsBefore: journal.workUnits };
    this.standing = { last: null, best: null, objective: Number.POSITIVE_INFINITY, ...counts };
  }

  /** From x, where W begins as given for a loss with an iteration for it. Throws what a job throws. */
  *run(method: Method, session: Session, x: Float64Array, W?: Float64Array): Steps<Stop> {
    const { phase, journal, standing } = this;
    const { problem, network, rules } = phase;
    this.#session = session;
    this.#judge = problem.validation && makeJudge(problem.validation, network, problem.backend);
    this.#rules = method.isStochastic ? ofSamples(rules) : rules;
    this.#x = x;
    const start = yield* method.start(x, W);
    journal.workUnits += 2 * shareOf(phase);
    const { finite, objective } = start.evaluation;
    const told = finite ? this.#told(objective) : objective;
    if (!Number.isFinite(told)) return nonFinite('objective', told);
    standing.firstGradientNorm = norm(start.gradient);
    let goOn = yield* this.#record(start, null);
    let reason = this.#test(start, null);
    while (reason === null && goOn) {
      if (Atomics.load(journal.cancelFlag, 0) !== 0) return aborted();
      const before = standing.objective;
      const outcome = yield* method.step();
      this.#count(outcome, before);
      goOn = yield* this.#record(outcome.point, outcome);
      reason = this.#test(outcome.point, outcome);
    }
    return goOn && reason !== null ? reason : stop('aborted', 'onIteration returned false.');
  }

  /** An objective or its gradient in the units of the caller. */
  #told(value: number): number {
    const { unit } = this.phase.problem;
    return value * unit * unit;
  }

  #count(outcome: Outcome, before: number): void {
    const { standing } = this;
    standing.iterations++;
    this.journal.workUnits += outcome.workUnits * shareOf(this.phase);
    if (!outcome.accepted) return;
    const decrease = before - outcome.point.evaluation.objective;
    standing.flat = decrease <= this.#rules.objective * Math.abs(before) ? standing.flat + 1 : 0;
  }

  #test(point: Point, outcome: Outcome | null): Stop | null {
    const { journal, standing, phase } = this;
    const { unitsBefore, sinceBest, iterations, flat, firstGradientNorm } = standing;
    const progress = {
      objective: point.evaluation.objective,
      firstGradientNorm,
      gradientNorm: norm(point.gradient),
      unknowns: point.x.length,
      norm: norm(point.x),
      relativeStep: relativeChange(this.#x, point.x, phase.network.weights),
      isExact: () => this.#session.residual().every((r) => r === 0),
      unit: phase.problem.unit,
      workUnits: journal.workUnits - unitsBefore,
      iterations,
      seconds: journal.seconds(),
      sinceBest: this.#judge === null ? 0 : sinceBest,
      flat,
    };
    this.#x = point.x;
    return stopTest(this.#rules, progress, outcome);
  }

  *#record(point: Point, outcome: Outcome | null): Steps<boolean> {
    const { journal, phase, standing } = this;
    const { objective, loss, regularizationTheta, regularizationW, inner } = point.evaluation;
    const accepted = outcome === null || outcome.accepted;
    const at = accepted ? this.#weights() : null;
    const judged = at && this.#judge && (yield* this.#judge(at.theta, at.W));
    standing.objective = objective;
    this.radius = outcome?.radius ?? null;
    const record: IterationRecord = {
      iteration: journal.records.length,
      run: journal.run,
      level: phase.level,
      method: phase.method.type,
      objective: this.#told(objective),
      loss: this.#told(loss),
      regularizationTheta: this.#told(regularizationTheta),
      regularizationW: this.#told(regularizationW),
      gradientNorm: this.#told(norm(point.gradient)),
      stepNorm: outcome?.stepNorm ?? 0,
      accepted,
      radius: this.radius,
      ratio: outcome?.ratio ?? null,
      krylovVectors: outcome?.vectors ?? 0,
      workUnits: journal.workUnits,
      seconds: journal.seconds(),
      validation: judged === null ? null : judged.metric,
      inner,
    };
    if (at !== null) {
      const { metric = objective, temperature = 1 } = judged ?? {};
      this.#keep({ ...at, temperature, merit: metric, record });
    }
    return journal.add(record);
  }

  /** Those of the session, W in units of the scaled targets; they are kept as the last. */
  #weights(): Weights {
    const { unit } = this.phase.problem;
    this.standing.last = { theta: this.#session.weights(), W: this.#session.W().map((w) => unit * w) };
    return this.standing.last;
  }

  #keep(point: Best): void {
    const { standing } = this;
    standing.best = betterOf(standing.best, point);
    standing.sinceBest = standing.best === point ? 0 : standing.sinceBest + 1;
  }
}

/** The change of θ, the first `weights` numbers, or of W behind it, relative to its norm: whichever is more. */
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
