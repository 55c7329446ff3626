/** @file One training: levels, validation, the best point, the report. */
import type { Backend, ProblemDefinition, Session, Timings } from '../backend/backend.js';
import { inBackground, perform, type Steps } from '../backend/job.js';
import { matrix } from '../backend/js/matrix.js';
import { withOnes } from '../backend/js/projection.js';
import { selectBackend } from '../backend/select.js';
import { inSlices } from '../backend/slices.js';
import { defaultThreads } from '../backend/threads.js';
import { info } from '../binding.js';
import { sharedArray } from '../data/buffers.js';
import { type Matrix, takeRows } from '../data/matrix.js';
import { fitInputScaling, rotated } from '../data/pca.js';
import {
  applyScaling,
  checkColumnwise,
  fitScaling,
  isPca,
  type Scaling,
  type ScalingOption,
  scaledColumns,
} from '../data/scaling.js';
import { GnvproError } from '../errors.js';
import { makeLoss } from '../loss/defineLoss.js';
import type { LossDefinition } from '../loss/loss.js';
import type { ModelParts } from '../model/parts.js';
import { Network } from '../network/network.js';
import { makeMethod, methodNeeds, solverFor } from '../optimizers/method.js';
import type { OptimizerDescription } from '../optimizers/optimizer.js';
import { Random } from '../random.js';
import { checkRegularizer } from '../regularizer/check.js';
import { tikhonov } from '../regularizer/tikhonov.js';
import type { LevelReport, Report, Stop } from '../report/report.js';
import { version } from '../version.js';
import { alphaByCrossValidation } from './gcv.js';
import { initialTheta } from './initialize.js';
import { type Journal, type Kept, type LevelResult, runLevel } from './loop.js';
import { checkMemory, estimateMemory } from './memory.js';
import type { Task } from './options.js';
import type { StopRules } from './stop.js';
import { smoothLabels } from './targets.js';
import { type Judge, makeJudge } from './validation.js';

/** Where a level starts. */
interface Start {
  readonly network: Network;
  readonly theta: Float64Array;
  readonly level: number;
  readonly solver: 'krylov' | 'dense' | null;
  /** Carried over from a part of the data. */
  readonly W?: Float64Array;
  readonly radius?: number | null;
}

/** The samples of a session. */
type SessionData = Pick<ProblemDefinition, 'inputs' | 'targets' | 'samples' | 'sampleWeights'>;
type Open = (part: SessionData) => Session;

function takePart({ inputs, targets, samples, sampleWeights }: SessionData, rows: Int32Array): SessionData {
  const take = (data: Float64Array) => {
    const part = takeRows({ data, shape: [samples, data.length / samples] }, rows, sharedArray);
    return part.data;
  };
  return {
    inputs: take(inputs),
    targets: take(targets),
    samples: rows.length,
    sampleWeights: sampleWeights && take(sampleWeights),
  };
}

function withRadius(optimizer: OptimizerDescription, radius: number | null | undefined): OptimizerDescription {
  if (optimizer.type !== 'gnvpro' || radius == null) return optimizer;
  return { ...optimizer, trustRegion: { ...optimizer.trustRegion, initialRadius: radius } };
}

/** A level that has ended on a part of the data. */
function asResult({ theta, stop }: { theta: Float64Array; stop: Stop | null }): LevelResult {
  return { stop: stop as Stop, last: theta, best: null };
}

/** What a run finds: the parts of a model, and how it found them. */
export interface RunResult {
  readonly parts: ModelParts;
  readonly report: Report;
}

/** One training over its levels. It scales the data of its task in place. */
export class TrainingRun {
  readonly #backend: Backend;
  readonly #journal: Journal;
  #inputScaling!: Scaling;
  #targetScaling!: Scaling;
  /** As the network takes them. */
  #inputs!: Matrix;
  #validationInputs!: Matrix;
  /** Asked for first, so that a training that has come to its end needs nothing more of the addon. */
  readonly #blas: string | null;
  readonly #levels: LevelReport[] = [];
  readonly #timings = { network: 0, projection: 0, krylov: 0, dense: 0 };
  #memoryBytes = 0;
  #best: { kept: Kept; network: Network } | null = null;
  readonly #loss: LossDefinition;
  /** Of the journal, when the run began. */
  readonly #before: { readonly records: number; readonly workUnits: number; readonly seconds: number };
  /** As chosen by cross validation, where it was to be. */
  #alphaW: number;
  /** Where the last part of the data was left. */
  #lastW: Float64Array | undefined;

  constructor(
    readonly task: Task,
    readonly cancelFlag: Int32Array,
    journal: Journal,
  ) {
    this.#backend = selectBackend(task.backend);
    this.#blas = task.backend === 'native' ? describeBlas() : null;
    this.#alphaW = task.alphaW === 'gcv' || task.alphaW === 'auto' ? Number.NaN : task.alphaW;
    this.#loss = makeLoss(task.loss, task.training.targets.shape[1]);
    this.#journal = journal;
    this.#before = { records: journal.records.length, workUnits: journal.workUnits, seconds: journal.seconds() };
  }

  *run(): Steps<RunResult> {
    const { task } = this;
    const [samples, columns] = task.training.inputs.shape;
    let network = new Network(task.network, scaledColumns(task.scaling.inputs, columns));
    if (typeof task.alphaTheta === 'object') checkRegularizer(task.alphaTheta, network.weights);
    yield* this.#scale();
    const { targets } = task.training;
    const data = { inputs: this.#inputs.data, targets: targets.data, samples, cancelFlag: this.cancelFlag };
    let theta = yield* initialTheta(network, task.initialize, task.seed, data, this.#backend);
    for (let level = 1; ; level++) {
      const result = yield* this.#level(network, theta, level);
      if (level === task.levels || endsTraining(result)) break;
      // The next level goes on from the best point by validation, where there is one.
      const from = task.validation === null ? result.last : (result.best as Kept).theta;
      ({ network, weights: theta } = network.prolongate(from));
    }
    return this.#finish();
  }

  /** The data are the training's own: they are scaled where they lie, but for the validation targets. */
  *#scale(): Steps<void> {
    const { scaling, training, validation } = this.task;
    checkColumnwise(scaling.targets, 'scaling.targets');
    this.#inputScaling = yield* fitInputScaling(scaling.inputs, training.inputs, this.#backend, this.cancelFlag);
    this.#targetScaling = yield* fitScaling(scaling.targets, training.targets, this.cancelFlag);
    this.#inputs = yield* this.#scaled(training.inputs);
    yield* this.#inRows(training.targets, (rows) => applyScaling(this.#targetScaling, rows));
    const { labelSmoothing } = this.task;
    if (labelSmoothing > 0) {
      yield* this.#inRows(training.targets, (rows) => smoothLabels(rows, training.targets.shape[1], labelSmoothing));
    }
    if (validation !== null) this.#validationInputs = yield* this.#scaled(validation.inputs);
  }

  *#scaled(inputs: Matrix): Steps<Matrix> {
    yield* this.#inRows(inputs, (rows) => applyScaling(this.#inputScaling, rows));
    return yield* rotated(this.#inputScaling, inputs, this.#backend, this.threads, this.cancelFlag);
  }

  /** `work` on some rows after the other, so that the event loop gets its turn. */
  *#inRows(
    { data, shape: [rows, cols] }: Matrix,
    work: (some: Float64Array, at: { begin: number; end: number }) => void,
  ): Steps<void> {
    yield* inSlices(rows, cols, this.cancelFlag, (begin, end) => {
      const at = { begin: begin * cols, end: end * cols };
      work(data.subarray(at.begin, at.end), at);
    });
  }

  *#level(network: Network, theta: Float64Array, level: number): Steps<LevelResult> {
    if (this.task.alphaW === 'gcv') this.#alphaW = yield* this.#crossValidate(network, theta);
    const alpha = this.task.alphaTheta as Exclude<Task['alphaTheta'], 'auto'>;
    const alphaTheta = typeof alpha === 'number' ? alpha / 2 ** (level - 1) : alpha;
    const regularizer = typeof alphaTheta === 'number' ? tikhonov(network.weights, alphaTheta) : alphaTheta;
    const solver = solverFor(this.task.optimizer, network, this.#loss, this.task);
    const samples = this.task.training.inputs.shape[0];
    const targetColumns = this.task.training.targets.shape[1];
    const needs = methodNeeds(this.task.optimizer, solver);
    const estimatedBytes = estimateMemory(network, samples, targetColumns, {
      dense: solver === 'dense',
      fullJacobian: needs.jacobian === 'golub-pereyra',
      convex: this.#loss.kind !== 'leastSquares',
    });
    const open = (part: SessionData) => {
      checkMemory(estimatedBytes);
      return this.#backend.createSession({
        programs: network.programs,
        weights: network.weights,
        ...part,
        targetColumns,
        bias: this.task.bias,
        loss: this.#loss,
        innerTolerance: this.task.innerTolerance,
        alphaW: this.#alphaW,
        regularizer,
        ...needs,
        threads: this.threads,
        cancelFlag: this.cancelFlag,
      });
    };
    const { journal, unitsBefore, secondsBefore } = this.#mark();
    const nested = yield* this.#nested(open, { network, theta, level, solver });
    const result = nested.stop === null ? yield* this.#descend(open, this.#all(), nested) : asResult(nested);
    this.#keep(result, network);
    this.#levels.push({
      network: network.description,
      weights: network.weights,
      alphaTheta: typeof alphaTheta === 'number' ? alphaTheta : null,
      linearSolver: solver,
      estimatedBytes,
      stop: result.stop,
      workUnits: journal.workUnits - unitsBefore,
      seconds: journal.seconds() - secondsBefore,
    });
    return result;
  }

  /** α_W for the features at θ. */
  *#crossValidate(network: Network, theta: Float64Array): Steps<number> {
    const { bias, training } = this.task;
    const samples = training.inputs.shape[0];
    const forward = this.#backend.prepare(network.programs.forward);
    const job = forward.run(samples, { samples: [this.#inputs.data], vectors: [theta] }, this.threads);
    const [Z] = (yield* perform(job)).samples;
    const Zt = bias ? withOnes(matrix(samples, Z.length / samples, Z)).data : Z;
    return yield* alphaByCrossValidation(this.#backend, { Zt, samples, targets: training.targets.data });
  }

  #all(): SessionData {
    const { training, sampleWeights } = this.task;
    return {
      inputs: this.#inputs.data,
      targets: training.targets.data,
      samples: training.inputs.shape[0],
      sampleWeights,
    };
  }

  /** A few steps on small parts of the data, each within the next; θ, W and the radius are carried over. */
  *#nested(open: Open, start: Start): Steps<Start & { readonly stop: Stop | null }> {
    const { nested, rules, seed } = this.task;
    let from = start;
    if (nested.length === 0 || start.level > 1) return { ...from, stop: null };
    const all = this.#all();
    const order = new Random(seed).permutation(all.samples);
    for (const { samples, iterations } of nested) {
      const part = takePart(all, order.subarray(0, samples));
      const stageRules = { ...rules, iterations, patience: Number.POSITIVE_INFINITY };
      const result = yield* this.#descend(open, part, from, { rules: stageRules, share: samples / all.samples });
      if (this.task.validation !== null) this.#keep(result, start.network);
      if (result.best === null || endsTraining(result)) return { ...from, stop: result.stop };
      const radius = this.#journal.records[this.#journal.records.length - 1].radius;
      from = { ...from, theta: result.last, W: this.#lastW, radius };
    }
    return { ...from, stop: null };
  }

  /** A level that fails before its first point is a reason to stop, too, where the levels before it have found one. */
  *#descend(
    open: Open,
    part: SessionData,
    { network, theta, level, solver, W, radius }: Start,
    more: { rules: StopRules; share: number } = { rules: this.task.rules, share: 1 },
  ): Steps<LevelResult> {
    const journal = this.#journal;
    let session: Session | null = null;
    try {
      session = open(part);
      const method = makeMethod(withRadius(this.task.optimizer, radius), session, solver);
      const validate = this.#validation(network);
      const result = yield* runLevel({ session, method, theta, level, ...more, journal, validate, W });
      if (this.task.nested.length > 0 && result.best !== null) this.#lastW = session.W();
      return result;
    } catch (error) {
      const reason = this.#best === null ? null : journal.stopOf(error);
      if (reason === null) throw error;
      return { stop: reason, last: theta, best: null };
    } finally {
      if (session !== null) {
        this.#account(session);
        const release = session.release();
        // The next level needs the memory; a training that is cancelled does not wait for it to go.
        yield* perform(Atomics.load(this.cancelFlag, 0) === 0 ? release : inBackground(release));
      }
    }
  }

  get threads(): number {
    return this.task.threads ?? defaultThreads(this.task.backend, this.task.training.inputs.shape[0]);
  }

  #mark() {
    const journal = this.#journal;
    return { journal, unitsBefore: journal.workUnits, secondsBefore: journal.seconds() };
  }

  #account(session: Session): void {
    const timings = session.timings();
    for (const part of Object.keys(this.#timings) as (keyof Timings)[]) this.#timings[part] += timings[part];
    this.#memoryBytes = Math.max(this.#memoryBytes, session.memoryBytes);
  }

  #keep({ best }: LevelResult, network: Network): void {
    if (best === null) return;
    const merit = ({ record }: Kept) => record.validation ?? record.objective;
    if (this.#best === null || merit(best) <= merit(this.#best.kept)) this.#best = { kept: best, network };
  }

  /** From the network's forward pass on the validation inputs. */
  #validation(network: Network): Judge | null {
    const { validation, validationMetric: metric, bias, fitsTemperature } = this.task;
    if (validation === null) return null;
    const task = {
      metric,
      loss: this.#loss,
      inputs: this.#validationInputs.data,
      targets: validation.targets,
      targetScaling: this.#targetScaling,
      bias,
      fitsTemperature,
      threads: this.threads,
      cancelFlag: this.cancelFlag,
      inRows: this.#inRows.bind(this),
    };
    return makeJudge(task, network, this.#backend);
  }

  #finish(): RunResult {
    if (this.#best === null) {
      throw new GnvproError(
        'ERR_NONFINITE',
        `The training could not start. ${this.#levels[0].stop.message} Try smaller initial weights or scaled data.`,
      );
    }
    const { kept, network } = this.#best;
    const report = this.#report(kept);
    const parts = {
      network: network.description,
      forward: network.programs.forward,
      inputs: this.task.training.inputs.shape[1],
      outputs: this.task.training.targets.shape[1],
      bias: this.task.bias,
      theta: kept.theta,
      W: kept.W.map((w) => kept.temperature * w),
      loss: this.task.loss,
      classes: this.task.classes,
      scaling: { inputs: this.#inputScaling, targets: this.#targetScaling },
      training: trainingFacts(report),
    };
    return { parts, report };
  }

  #report(kept: Kept): Report {
    const { task } = this;
    const { network, optimizer, validationMetric, alphaTheta, bias, levels, rules, scaling } = task;
    const initialize = typeof task.initialize === 'string' ? task.initialize : 'given';
    return {
      stop: this.#levels[this.#levels.length - 1].stop,
      iterations: this.#journal.records.slice(this.#before.records),
      best: kept.record,
      levels: this.#levels,
      workUnits: this.#journal.workUnits - this.#before.workUnits,
      seconds: this.#journal.seconds() - this.#before.seconds,
      timings: this.#timings,
      memoryBytes: this.#memoryBytes,
      backend: task.backend,
      blas: this.#blas,
      threads: this.threads,
      seed: task.seed,
      version,
      node: process.version,
      temperature: task.fitsTemperature ? kept.temperature : null,
      runs: [],
      used: {
        network,
        loss: task.loss,
        optimizer,
        validationMetric: task.validation === null ? null : validationMetric,
        regularization: { theta: typeof alphaTheta === 'number' ? alphaTheta : 'operator', W: this.#alphaW },
        bias,
        labelSmoothing: task.labelSmoothing,
        nested: task.nested,
        innerTolerance: task.loss === 'leastSquares' ? null : task.innerTolerance,
        levels,
        stop: rules,
        scaling: { inputs: scalingName(scaling.inputs), targets: scalingName(scaling.targets) },
        initialize,
      },
    };
  }
}

function endsTraining({ stop, best }: LevelResult): boolean {
  return best === null || ['aborted', 'timeLimit', 'nonFinite', 'failed'].includes(stop.status);
}

function describeBlas(): string {
  const { blas, core } = info();
  return `${blas} (${core})`;
}

function scalingName(option: ScalingOption): unknown {
  return typeof option === 'string' || isPca(option) ? option : 'given';
}

/** What the model file says of its origin. */
function trainingFacts(report: Report): Record<string, unknown> {
  const { version, seed, stop, best, workUnits, seconds, backend, used } = report;
  return { version, date: new Date().toISOString(), seed, backend, stop, best, workUnits, seconds, used };
}
