/**
 * @file The runs that one training is made of: a search for the regularisation on validation data, several starts, and
 * runs on all data with the number of steps that validation has found.
 */
import type { Steps } from '../backend/job.js';
import { sharedArray } from '../data/buffers.js';
import { type Matrix, sharedMatrix } from '../data/matrix.js';
import type { Samples } from '../data/samples.js';
import { withoutAbsent } from '../data/sampleWeights.js';
import type { GnvproError } from '../errors.js';
import type { ModelParts } from '../model/parts.js';
import type { Report, RunSummary, Stop } from '../report/report.js';
import { average } from './average.js';
import { Journal, merit } from './loop.js';
import type { Task } from './options.js';
import { search } from './search.js';
import { type RunResult, TrainingRun } from './trainingRun.js';

export type Purpose = RunSummary['purpose'];

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

  *run(): Steps<RunResult> {
    const { task } = this;
    const first = yield* this.#first();
    const members = [first];
    for (let k = 1; k < task.starts && !this.#ended; k++) {
      const isLast = k === task.starts - 1;
      const member = yield* this.#next({ ...tuned(task, first), seed: task.seed + k }, 'training', isLast);
      if (member !== null) members.push(member);
    }
    const results = task.refit ? yield* this.#refit(members) : members;
    return this.#finish(results, first);
  }

  /** Whether nothing more may follow. */
  get #ended(): boolean {
    return this.#stop !== null;
  }

  /** A run after others: one that fails is no reason to lose them. Null where it found nothing. */
  *#next(task: Task, purpose: Purpose, isLast: boolean): Steps<RunResult | null> {
    try {
      return yield* this.once(task, purpose, isLast);
    } catch (error) {
      const isLost = (error as GnvproError | null)?.code === 'ERR_NONFINITE';
      const reason = this.journal.stopOf(error);
      if (!isLost && (reason === null || this.#runs.length === 0)) throw error;
      if (reason !== null) this.#stop = reason;
      return null;
    }
  }

  /** A run with the data of the plan; the last of all may scale them where they lie. */
  *once(task: Task, purpose: Purpose, isLast: boolean): Steps<RunResult> {
    const { journal } = this;
    journal.run = this.#runs.length + 1;
    const own = isLast && !this.task.refit ? task : withOwnData(task);
    const result = yield* new TrainingRun(own, this.cancelFlag, journal).run();
    const { stop, best, workUnits, seconds, levels } = result.report;
    const regularization = { theta: levels[0].alphaTheta ?? 'operator', W: task.alphaW };
    this.#runs.push({ purpose, seed: task.seed, regularization, stop, best, workUnits, seconds });
    this.#reports.push(result.report);
    if (['aborted', 'timeLimit', 'failed'].includes(stop.status)) this.#stop = stop;
    return result;
  }

  *#first(): Steps<RunResult> {
    const { task } = this;
    if (task.alphaTheta !== 'auto' && task.alphaW !== 'auto')
      return yield* this.once(task, 'training', task.starts === 1);
    const start = (candidate: Task) => this.once(candidate, 'search', false);
    const next = (candidate: Task) => this.#next(candidate, 'search', false);
    return yield* search(task, { start, next, isEnded: () => this.#ended });
  }

  /** As many steps as the best point took, on training and validation data together; the temperature stays. */
  *#refit(members: readonly RunResult[]): Steps<RunResult[]> {
    const all = joined(this.task);
    const results: RunResult[] = [];
    for (const [k, member] of members.entries()) {
      if (this.#ended) break;
      const steps = Math.max(1, member.report.best.iteration - member.report.iterations[0].iteration);
      const rules = { ...this.task.rules, gradient: 0, objective: 0, step: 0, iterations: steps };
      const task = { ...tuned(this.task, members[0]), ...all, seed: this.task.seed + k, rules, fitsTemperature: false };
      const result = yield* this.#next(task, 'refit', false);
      if (result === null) continue;
      const scale = member.report.temperature ?? 1;
      const parts = { ...result.parts, W: result.parts.W.map((w) => scale * w) };
      results.push({ parts, report: { ...result.report, temperature: member.report.temperature } });
    }
    return results.length === members.length ? results : [...members];
  }

  #finish(results: readonly RunResult[], first: RunResult): RunResult {
    const parts: ModelParts = results.length === 1 ? results[0].parts : average(results.map((result) => result.parts));
    const last = results[results.length - 1].report;
    const report: Report = {
      ...last,
      stop: this.#stop ?? last.stop,
      best: results.map(({ report }) => report.best).reduce(better),
      iterations: this.journal.records,
      workUnits: this.journal.workUnits,
      seconds: this.journal.seconds(),
      timings: sumOfTimings(this.#reports),
      memoryBytes: Math.max(...this.#reports.map(({ memoryBytes }) => memoryBytes)),
      used: {
        ...last.used,
        regularization: first.report.used.regularization,
        starts: this.task.starts,
        refit: this.task.refit,
      },
      runs: this.#runs,
    };
    return { parts, report };
  }
}

const better = (a: Report['best'], b: Report['best']) => (merit(b) < merit(a) ? b : a);

/** The task with the regularisation that a search has found. */
function tuned(task: Task, first: RunResult): Task {
  const { theta, W } = first.report.used.regularization as { theta: number | string; W: number };
  return {
    ...task,
    alphaTheta: typeof theta === 'number' ? theta : task.alphaTheta,
    isAlphaRelative: false,
    alphaW: task.alphaW === 'auto' ? W : task.alphaW,
  };
}

/** Runs scale their data in place: a copy for each. */
function withOwnData(task: Task): Task {
  const own = ({ inputs, targets }: Samples) => ({ inputs: sharedMatrix(inputs), targets: sharedMatrix(targets) });
  return { ...task, training: own(task.training), validation: task.validation && own(task.validation) };
}

function joined({ training, validation, sampleWeights, validationWeights }: Task) {
  if (validation === null) return {};
  const rows = (a: Matrix, b: Matrix): Matrix => {
    const data = sharedArray(a.data.length + b.data.length);
    data.set(a.data);
    data.set(b.data, a.data.length);
    return { data, shape: [a.shape[0] + b.shape[0], a.shape[1]] };
  };
  const weights = sampleWeights && rows(column(sampleWeights), column(validationWeights ?? ones(validation)));
  const together = {
    training: { inputs: rows(training.inputs, validation.inputs), targets: rows(training.targets, validation.targets) },
    sampleWeights: weights === null ? null : weights.data,
  };
  return { ...withoutAbsent(together), validation: null };
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
