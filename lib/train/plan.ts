/**
 * @file The runs that one training is made of: a search for the regularisation on validation data, several starts, and
 * runs on all data with the number of steps that validation has found.
 */

import { sharedArray } from '../data/buffers.js';
import type { Matrix } from '../data/matrix.js';
import type { Samples } from '../data/samples.js';
import type { GnvproError } from '../errors.js';
import type { Steps } from '../job/job.js';
import type { Task } from '../options/options.js';
import type { Report, RunSummary, Stop } from '../report/report.js';
import { average } from './average.js';
import { type Baseline, fitBaselines } from './baselines.js';
import { bestMean, type Examined, isAbove, metricOf, nearBest } from './choice.js';
import { Examiner } from './examiner.js';
import { Journal, merit } from './loop.js';
import { continued, type Leg, type Member, memberOf } from './member.js';
import { search } from './search.js';
import { type RunResult, TrainingRun, trainingFacts, withOwnData } from './trainingRun.js';

/** A refit that is worse by more than this share on samples that it was fitted to has gone astray. */
const largestLoss = 0.1;

export type Purpose = RunSummary['purpose'];

/** What a training finds. */
export interface PlanResult extends RunResult {
  readonly baselines: readonly Baseline[];
}

/** One run after the other on one journal, each on data of its own where others follow. */
export class Plan {
  readonly journal: Journal;
  readonly #runs: RunSummary[] = [];
  readonly #reports: Report[] = [];
  /** What ended the whole before its end. */
  #stop: Stop | null = null;

  constructor(
    readonly task: Task,
    readonly cancelFlag: Int32Array,
  ) {
    this.journal = new Journal(task.onIteration, cancelFlag);
  }

  *run(): Steps<PlanResult> {
    // Before a run scales the data.
    const baselines = this.task.baselines ? yield* this.#baselines() : [];
    const { parts, report } = yield* this.#train();
    return {
      parts,
      report: { ...report, baselines: baselines.map(({ name, metric }) => ({ name, validation: metric })) },
      baselines,
    };
  }

  /** Fitted to what the model is fitted to, and judged as it is. */
  *#baselines(): Steps<(Baseline & { metric: number | null })[]> {
    const { task, cancelFlag } = this;
    const baselines = yield* fitBaselines(task.refit ? { ...task, ...joined(task) } : task, cancelFlag);
    const examiner = this.#examiner();
    const judged: (Baseline & { metric: number | null })[] = [];
    for (const { name, parts } of baselines) {
      judged.push({ name, parts, metric: examiner && (yield* examiner.metricOf(parts)) });
    }
    return judged;
  }

  #examiner(): Examiner | null {
    const { validation } = this.task;
    return validation === null ? null : new Examiner({ ...this.task, validation });
  }

  *#train(): Steps<RunResult> {
    const members = [yield* this.#member(0)];
    for (let k = 1; k < this.task.starts && !this.#ended; k++) {
      const member = yield* this.#unlessLost(() => this.#member(k));
      if (member !== null) members.push(member);
    }
    if (members.length === 1 && !this.task.refit) return this.#told(members, members[0].result.report.best.validation);
    return yield* this.#combined(members);
  }

  /** Whether nothing more may follow. */
  get #ended(): boolean {
    return this.#stop !== null;
  }

  get #searches(): boolean {
    return this.task.alphaTheta === 'auto' || this.task.alphaW === 'auto';
  }

  /** What the k-th start leads to. */
  *#member(k: number): Steps<Member> {
    const task = { ...this.task, seed: this.task.seed + k };
    if (!this.#searches) return memberOf(task, yield* this.#once(task, 'training'), null);
    return yield* search(task, {
      first: (candidate) => this.#goOn(candidate, null),
      next: (candidate, from) => this.#unlessLost(() => this.#goOn(candidate, from)),
      isEnded: () => this.#ended,
    });
  }

  /** A run of a search from the model of another; weights that the caller gave are the start of every run. */
  *#goOn(task: Task, from: Member | null): Steps<Member> {
    const before = task.initialize instanceof Float64Array ? null : from;
    const result = yield* this.#once(before === null ? task : continued(task, before.result), 'search');
    return memberOf(task, result, before);
  }

  /** What comes after other runs: one that fails is no reason to lose them. Null where it found nothing. */
  *#unlessLost<T>(run: () => Steps<T>): Steps<T | null> {
    if (this.#ended) return null;
    try {
      return yield* run();
    } catch (error) {
      const isLost = (error as GnvproError | null)?.code === 'ERR_NONFINITE';
      const reason = this.journal.stopOf(error);
      if (!isLost && (reason === null || this.#runs.length === 0)) throw error;
      if (reason !== null) this.#stop = reason;
      return null;
    }
  }

  /** A run with the data of the plan; where it is the only one, it may scale them where they lie. */
  *#once(task: Task, purpose: Purpose): Steps<RunResult> {
    const { journal } = this;
    journal.run = this.#runs.length + 1;
    const isOnly = this.task.starts === 1 && !this.#searches && !this.task.refit;
    const result = yield* new TrainingRun(isOnly ? task : withOwnData(task), this.cancelFlag, journal).run();
    const { stop, best, workUnits, seconds, levels } = result.report;
    const regularization = { theta: levels[0].alphaTheta ?? 'operator', W: task.alphaW };
    this.#runs.push({ purpose, seed: task.seed, regularization, stop, best, workUnits, seconds });
    this.#reports.push(result.report);
    if (['aborted', 'timeLimit', 'failed'].includes(stop.status)) this.#stop = stop;
    return result;
  }

  /** The mean of the members that are worth it, or of their refits. */
  *#combined(members: readonly Member[]): Steps<RunResult> {
    const examiner = this.#examiner();
    if (examiner === null) return this.#told(nearBest(members), null);
    const { members: chosen, metric } = yield* bestMean(members, examiner);
    const refits = this.task.refit ? yield* this.#refits(chosen, examiner) : [];
    if (refits.length === 0) return this.#told(chosen, metric);
    const predictions = refits.map(({ prediction }) => prediction);
    return this.#told(refits, metric, yield* examiner.metricOfMean(predictions));
  }

  /** Those that came off: all data fit no worse than before, where the validation samples were new. */
  *#refits(members: readonly Member[], examiner: Examiner): Steps<Examined[]> {
    const refits: Examined[] = [];
    for (const member of members) {
      const result = yield* this.#again(member);
      if (this.#ended) return [];
      if (result === null) continue;
      const refit = yield* examiner.examine({ result, legs: member.legs });
      if (!isAbove(refit.metric, metricOf(member), largestLoss)) refits.push(refit);
    }
    return refits;
  }

  /** The way of a member once more, on training and validation data together; the temperature stays. Null where it is lost. */
  *#again({ result: before, legs }: Member): Steps<RunResult | null> {
    const rules = { ...this.task.rules, gradient: 0, objective: 0, step: 0 };
    const task = { ...this.task, ...joined(this.task), seed: before.report.seed, fitsTemperature: false };
    let result: RunResult | null = null;
    for (const { iterations, ...alphas } of taken(legs)) {
      const leg: Task = { ...task, ...alphas, rules: { ...rules, iterations } };
      const next: Task = result === null ? leg : continued(leg, result);
      result = yield* this.#unlessLost(() => this.#once(next, 'refit'));
      if (result === null) return null;
    }
    return result && withTemperature(result, before.report.temperature);
  }

  /** `heldOut`: the metric on validation samples that no run has fitted; `own`: of the model itself. */
  #told(members: readonly Member[], heldOut: number | null, own = heldOut): RunResult {
    const results = members.map(({ result }) => result);
    const last = results[results.length - 1].report;
    const first = results[0].report;
    const best = results.map(({ report }) => report.best).reduce(better);
    const report: Report = {
      ...last,
      seed: this.task.seed,
      stop: this.#stop ?? last.stop,
      best: best.validation === own ? best : { ...best, validation: own },
      heldOut,
      members: results.map(({ report }) => report.best.run),
      iterations: this.journal.records,
      workUnits: this.journal.workUnits,
      seconds: this.journal.seconds(),
      timings: sumOfTimings(this.#reports),
      memoryBytes: Math.max(...this.#reports.map(({ memoryBytes }) => memoryBytes)),
      used: {
        ...last.used,
        validationMetric: this.task.validation === null ? null : this.task.validationMetric,
        regularization: first.used.regularization,
        stop: this.task.rules,
        levels: this.task.levels,
      },
      runs: this.#runs,
    };
    const parts = results.length === 1 ? results[0].parts : average(results.map((result) => result.parts));
    return { parts: { ...parts, training: trainingFacts(report) }, report };
  }
}

const better = (a: Report['best'], b: Report['best']) => (merit(b) < merit(a) ? b : a);

/** Legs of no step led nowhere; the last stays where all are such. */
function taken(legs: readonly Leg[]): Leg[] {
  const some = legs.filter(({ iterations }) => iterations > 0);
  return some.length > 0 ? some : [{ ...legs[legs.length - 1], iterations: 1 }];
}

function withTemperature({ parts, report }: RunResult, temperature: number | null): RunResult {
  const scale = temperature ?? 1;
  return { parts: { ...parts, W: parts.W.map((w) => scale * w) }, report: { ...report, temperature } };
}

function joined({ training, validation, sampleWeights, validationWeights }: Task) {
  if (validation === null) return {};
  const rows = (a: Matrix, b: Matrix): Matrix => {
    const data = sharedArray(a.data.length + b.data.length);
    data.set(a.data);
    data.set(b.data, a.data.length);
    return { data, shape: [a.shape[0] + b.shape[0], a.shape[1]] };
  };
  const isWeighted = sampleWeights !== null || validationWeights !== null;
  const weightsOf = (samples: Samples, weights: Float64Array | null) => column(weights ?? ones(samples));
  const weights = isWeighted && rows(weightsOf(training, sampleWeights), weightsOf(validation, validationWeights));
  return {
    training: { inputs: rows(training.inputs, validation.inputs), targets: rows(training.targets, validation.targets) },
    sampleWeights: weights ? weights.data : null,
    validation: null,
    validationWeights: null,
  };
}

const column = (data: Float64Array): Matrix => ({ data, shape: [data.length, 1] });
const ones = ({ inputs }: Samples) => new Float64Array(inputs.shape[0]).fill(1);

function sumOfTimings(reports: readonly Report[]): Report['timings'] {
  const sum = { network: 0, projection: 0, krylov: 0, dense: 0 };
  for (const { timings } of reports) {
    for (const part of Object.keys(sum) as (keyof typeof sum)[]) sum[part] += timings[part];
  }
  return sum;
}
