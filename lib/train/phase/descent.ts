/** @file The loop of a phase: it lets a method step, records, validates, stops, and keeps the best point. */
import type { Point } from '../../backend/backend.js';
import { isClosed } from '../../backend/loss.js';
import type { EvidenceRecord } from '../../evidence/record.js';
import type { Steps } from '../../job/job.js';
import { norm, plus } from '../../linalg/vector.js';
import { type Method, type Outcome, objectiveOf, type Stand } from '../../optimizers/optimizer.js';
import type { StopRules } from '../../options/stop.js';
import type { IterationRecord, Stop } from '../../report/report.js';
import { numbersIn } from '../problem/problem.js';
import { type Judge, makeJudge, uncancelled } from '../problem/validation.js';
import { type Best, betterOf, type Journal, type Weights } from './journal.js';
import { type Phase, type Standing, type State, samplesOf, shareOf } from './phase.js';
import { aborted, type Counts, nonFinite, stop, stopTest } from './stop.js';

/** Gets the standings that a phase can be taken up from, between two iterations. */
export type Watch = (standing: Standing) => Steps<void>;

/**
 * Iterations after which an objective with a history is given up for a new one, where the phase is watched: that of a
 * convex loss that is projected, whose W is known to a tolerance and whose factors precondition later points. All others
 * come to the same bits at a point whatever was before. Steps of L-BFGS are small ones, and the new factors dear beside them.
 */
const historyLength: Readonly<Record<string, number>> = { gnvpro: 10, lbfgs: 50 };

export class Descent {
  best: Best | null;
  last: Weights | null;
  radius: number | null = null;
  readonly counts: { -readonly [name in keyof Counts]: Counts[name] };
  readonly #left: Standing | null;
  #judge: Judge | null = null;
  #rules!: StopRules;
  #keepsLast = false;
  /** The point that the last test was made at. */
  #x!: Float64Array;

  /** From the start of the phase, or from where it was left. */
  constructor(
    readonly phase: Phase,
    readonly start: State | Standing,
    readonly journal: Journal,
    readonly watch?: Watch,
  ) {
    this.#left = 'counts' in start ? start : null;
    this.best = this.#left?.best ?? null;
    this.last = this.#left && { theta: this.#left.theta, W: this.#left.W };
    this.counts = { ...(this.#left?.counts ?? { ...none, unitsBefore: journal.workUnits, methodBefore: 0 }) };
  }

  /** From x, where W begins as given for a loss with an iteration for it. Throws what a job throws. */
  *run(method: Method, x: Float64Array, W?: Float64Array): Steps<Stop | Standing> {
    const { phase, counts } = this;
    const { problem, network, rules } = phase;
    this.#judge = problem.validation && makeJudge(problem.validation, network, problem.backend);
    this.#keepsLast = method.endsItself === true;
    this.#rules = method.changesObjective ? ofChanging(rules, method) : rules;
    this.#x = x;
    if (this.#left !== null) {
      yield* method.resume(x, structuredClone(this.#left.memory), W);
      return yield* this.#finished(method, this.#iterate(method, null));
    }
    counts.methodBefore = this.journal.workUnits;
    const start = yield* method.start(x, W);
    this.#countPasses(method);
    const { finite, objective } = start.point.evaluation;
    const told = finite ? this.#told(objective) : objective;
    if (!Number.isFinite(told)) return nonFinite('objective', told);
    counts.firstGradientNorm = norm(start.gradient);
    const first = yield* this.#end(start, null);
    return yield* this.#finished(method, this.#iterate(method, first));
  }

  /** Whatever ends the iterations, a method that stands on a batch has yet to find the point on all samples. */
  *#finished(method: Method, iterations: Steps<Stop | Standing>): Steps<Stop | Standing> {
    try {
      const end = yield* iterations;
      if (!('counts' in end)) yield* this.#finish(method);
      return end;
    } catch (error) {
      if (this.journal.stopOf(error) !== null) yield* this.#finish(method);
      throw error;
    }
  }

  /** What fails here does not change why the phase ends. */
  *#finish(method: Method): Steps<void> {
    try {
      const stand = method.finish === undefined ? null : yield* method.finish();
      if (!stand?.point.evaluation.finite) return;
      this.#countPasses(method);
      const { validation, backend } = this.phase.problem;
      this.#judge = validation && makeJudge(uncancelled(validation), this.phase.network, backend);
      yield* this.#record(stand, { ...stand, accepted: true, stepNorm: 0, radius: this.radius, stalled: null });
    } catch (error) {
      if (this.journal.stopOf(error) === null) throw error;
    }
  }

  /** Ends with a standing where the phase has to be taken up again from there. */
  *#iterate(method: Method, first: Stop | null): Steps<Stop | Standing> {
    const hasHistory = objectiveOf(this.phase.method) === 'reduced' && !isClosed(this.phase.problem.loss);
    let isNew = this.#left === null;
    for (let end = first; ; isNew = true) {
      if (end !== null) return end;
      const isPlace = isNew && (!hasHistory || (method.opensObjective ?? this.#isRenewal()));
      const standing = this.watch && isPlace ? this.#standing(method) : null;
      if (this.watch && standing !== null) yield* this.watch(standing);
      if (Atomics.load(this.journal.cancelFlag, 0) !== 0) return aborted();
      if (hasHistory && standing !== null && method.opensObjective === undefined) return standing;
      const before = this.counts.objective;
      const outcome = yield* method.step();
      this.#countPasses(method);
      this.#count(outcome, before);
      end = yield* this.#end(outcome, outcome);
    }
  }

  #isRenewal(): boolean {
    const { iterations } = this.counts;
    return iterations > 0 && iterations % historyLength[this.phase.method.type] === 0;
  }

  #standing(method: Method): Standing {
    const { best, counts } = this;
    return { ...(this.last as Weights), memory: structuredClone(method.memory()), best, counts: { ...counts } };
  }

  /** Records the point. Returns why the phase ends there, or null. */
  *#end(stand: Stand, outcome: Outcome | null): Steps<Stop | null> {
    const goesOn = yield* this.#record(stand, outcome);
    const reason = this.#test(stand, outcome);
    return goesOn ? reason : stop('aborted', 'onIteration returned false.');
  }

  /** An objective or its gradient in the units of the caller. */
  #told(value: number): number {
    const { unit } = this.phase.problem;
    return value * unit * unit;
  }

  #countPasses({ passes }: Method): void {
    this.journal.workUnits = this.counts.methodBefore + passes * shareOf(this.phase);
  }

  #count(outcome: Outcome, before: number): void {
    const { counts } = this;
    counts.iterations++;
    if (!outcome.accepted) return;
    const decrease = before - outcome.point.evaluation.objective;
    counts.flat = decrease <= this.#rules.objective * Math.abs(before) ? counts.flat + 1 : 0;
  }

  #test({ point, gradient, samples }: Stand, outcome: Outcome | null): Stop | null {
    const { journal, phase } = this;
    const progress = {
      ...this.counts,
      gradientNorm: norm(gradient),
      unknowns: point.x.length,
      norm: norm(point.x),
      relativeStep: relativeChange(this.#x, point.x, phase.network.weights),
      isExact: () => isClosed(phase.problem.loss) || point.residual().every((r) => r === 0),
      unit: phase.problem.unit,
      workUnits: journal.workUnits - this.counts.unitsBefore,
      seconds: journal.seconds(),
      sinceBest: this.#judge === null ? 0 : this.counts.sinceBest,
    };
    this.#x = point.x;
    return stopTest(samples === undefined ? this.#rules : ofBatch(this.#rules), progress, outcome);
  }

  *#record({ point, gradient, evidence, samples }: Stand, outcome: Outcome | null): Steps<boolean> {
    const { journal, phase, counts } = this;
    const { objective, loss, regularizationTheta, regularizationW, inner } = point.evaluation;
    const accepted = outcome === null || outcome.accepted;
    const isOfAll = samples === undefined;
    // After an epoch W is another one, whether its last step was accepted or not.
    const endsEpoch = outcome?.place !== undefined && isOfAll;
    const at = accepted || endsEpoch ? this.#weights(point) : null;
    const isJudged = at !== null && isOfAll;
    const judged = isJudged && this.#judge ? yield* this.#judge(at.theta, at.W) : null;
    counts.objective = objective;
    this.radius = outcome?.radius ?? null;
    const record: IterationRecord = {
      iteration: journal.records.length,
      run: journal.run,
      level: phase.level,
      method: phase.method.type,
      epoch: outcome?.place?.epoch ?? null,
      batch: outcome?.place?.batch ?? null,
      samples: samples ?? samplesOf(phase),
      objective: this.#told(objective),
      loss: this.#told(loss),
      regularizationTheta: this.#told(regularizationTheta),
      regularizationW: this.#told(regularizationW),
      gradientNorm: this.#told(norm(gradient)),
      stepNorm: outcome?.stepNorm ?? 0,
      accepted,
      radius: this.radius,
      ratio: outcome?.ratio ?? null,
      krylovVectors: outcome?.vectors ?? 0,
      workUnits: journal.workUnits,
      seconds: journal.seconds(),
      validation: judged === null ? null : judged.metric,
      inner,
      evidence: evidence === undefined ? null : inUnits(evidence, phase),
    };
    if (isJudged) {
      const merit = evidence === undefined ? objective : -(evidence.logEvidence ?? Number.NEGATIVE_INFINITY);
      const { metric = merit, temperature = 1 } = judged ?? {};
      this.#keep({ ...at, temperature, merit: metric, record });
    }
    return journal.add(record);
  }

  /** Those of the point, W in units of the scaled targets; they are kept as the last. */
  #weights(point: Point): Weights {
    const { problem, network } = this.phase;
    this.last = { theta: point.x.slice(0, network.weights), W: point.W().map((w) => problem.unit * w) };
    return this.last;
  }

  #keep(point: Best): void {
    this.best = this.#keepsLast && this.#judge === null ? point : betterOf(this.best, point);
    this.counts.sinceBest = this.best === point ? 0 : this.counts.sinceBest + 1;
  }
}

/** Of the scaled targets. */
function inUnits(evidence: EvidenceRecord, { problem }: Phase): EvidenceRecord {
  const { unit } = problem;
  const { alphaTheta, noise, logEvidence } = evidence;
  return {
    ...evidence,
    alphaTheta: alphaTheta.map((alpha) => alpha * unit * unit),
    noise: noise && noise * unit,
    logEvidence: logEvidence && logEvidence - numbersIn(problem) * Math.log(unit),
  };
}

const none = { iterations: 0, objective: Number.POSITIVE_INFINITY, firstGradientNorm: 0, sinceBest: 0, flat: 0 };

/** The change of θ, the first `weights` numbers, or of W behind it, relative to its norm: whichever is more. */
function relativeChange(before: Float64Array, after: Float64Array, weights: number): number {
  const change = plus(after, before, -1);
  const share = (begin: number, end: number) =>
    norm(change.subarray(begin, end)) / norm(after.subarray(begin, end)) || 0;
  return Math.max(share(0, weights), share(weights, after.length));
}

/** A batch tells nothing of all samples: neither small gradients nor small steps end a training on it. */
function ofBatch(rules: StopRules): StopRules {
  return { ...rules, gradient: Number.NEGATIVE_INFINITY };
}

/**
 * An objective that may rise, and a gradient that is not of what is sought, prove nothing: other rules must stop. Of
 * methods that go from batch to batch it is, at points on all samples.
 */
function ofChanging(rules: StopRules, { endsItself, finish }: Method): StopRules {
  const gradient = finish === undefined ? 0 : rules.gradient;
  return {
    ...rules,
    gradient: endsItself ? Number.NEGATIVE_INFINITY : gradient,
    step: 0,
    objective: Number.NEGATIVE_INFINITY,
  };
}
