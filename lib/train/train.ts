/** @file train(): options in, model and report out. */
import type { Backend, Session, Timings } from '../backend/backend.js';
import { noCancel } from '../backend/cancel.js';
import { drive, driveSync, inBackground, perform, type Steps } from '../backend/job.js';
import { selectBackend } from '../backend/select.js';
import { inSlices } from '../backend/slices.js';
import { defaultThreads } from '../backend/threads.js';
import { info } from '../binding.js';
import type { Matrix } from '../data/matrix.js';
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
import { type AnyMetrics, Model } from '../model/model.js';
import { Network } from '../network/network.js';
import { makeMethod, methodNeeds, solverFor } from '../optimizers/method.js';
import { checkRegularizer } from '../regularizer/check.js';
import { tikhonov } from '../regularizer/tikhonov.js';
import type { ClassificationMetrics } from '../report/classification.js';
import type { Metrics } from '../report/metrics.js';
import type { MultiLabelMetrics } from '../report/multiLabel.js';
import type { LevelReport, Report } from '../report/report.js';
import { version } from '../version.js';
import { initialTheta } from './initialize.js';
import { Journal, type Kept, type LevelResult, runLevel } from './loop.js';
import { checkMemory, estimateMemory } from './memory.js';
import { readOptions, type Task, type TrainOptions } from './options.js';
import { smoothLabels } from './targets.js';
import { type Judge, makeJudge } from './validation.js';

export interface Training<M extends AnyMetrics = Metrics> {
  readonly model: Model<M>;
  readonly report: Report;
}

/**
 * Trains a network to fit `targets` from `inputs`; the last affine layer is eliminated by variable projection.
 * Work runs off the main thread. Numerical trouble is told in `report.stop`; misuse throws a GnvproError at once.
 *
 * All options are read, and arrays copied, before the promise is returned: whatever is written to them, transferred or
 * resized afterwards has no effect on the result.
 *
 * @throws GnvproError ERR_OPTION, ERR_SHAPE, ERR_NONFINITE, ERR_LAYER, ERR_DETACHED, ERR_MEMORY; the signal's reason when it is
 *   aborted before the first point exists
 */
export function train(options: TrainOptions & { loss: 'crossEntropy' }): Promise<Training<ClassificationMetrics>>;
export function train(options: TrainOptions & { loss: 'logistic' }): Promise<Training<MultiLabelMetrics>>;
export function train(options: TrainOptions): Promise<Training>;
export async function train(options: TrainOptions): Promise<Training<AnyMetrics>> {
  const task = readOptions(options);
  const { cancelFlag, translate, stopListening } = listen(task.signal);
  try {
    return await drive(run(task, cancelFlag));
  } catch (error) {
    throw translate(error);
  } finally {
    stopListening();
  }
}

/** The same on the calling thread: for worker_threads, scripts and benches. Only `onIteration` can abort the signal. */
export function trainSync(options: TrainOptions & { loss: 'crossEntropy' }): Training<ClassificationMetrics>;
export function trainSync(options: TrainOptions & { loss: 'logistic' }): Training<MultiLabelMetrics>;
export function trainSync(options: TrainOptions): Training;
export function trainSync(options: TrainOptions): Training<AnyMetrics> {
  const task = readOptions(options);
  const { cancelFlag, translate, stopListening } = listen(task.signal);
  try {
    return driveSync(run(task, cancelFlag));
  } catch (error) {
    throw translate(error);
  } finally {
    stopListening();
  }
}

/** Ties the cancel flag of jobs to the signal; throws its reason when it is aborted already. */
function listen(signal: AbortSignal | null) {
  signal?.throwIfAborted();
  const cancelFlag = noCancel();
  const cancel = () => Atomics.store(cancelFlag, 0, 1);
  signal?.addEventListener('abort', cancel, { once: true });
  return {
    cancelFlag,
    /** What a caller sees of a cancelled job: the reason of the signal. */
    translate: (error: unknown) =>
      (error as GnvproError | null)?.code === 'ERR_ABORTED' ? (signal?.reason ?? error) : error,
    stopListening: () => signal?.removeEventListener('abort', cancel),
  };
}

function* run(task: Task, cancelFlag: Int32Array): Steps<Training> {
  const training = new TrainingRun(task, cancelFlag);
  return yield* training.run();
}

/** Where a level starts. */
interface Start {
  readonly network: Network;
  readonly theta: Float64Array;
  readonly level: number;
  readonly solver: 'krylov' | 'dense' | null;
}

/** State of one training over its levels. */
class TrainingRun {
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

  constructor(
    readonly task: Task,
    readonly cancelFlag: Int32Array,
  ) {
    this.#backend = selectBackend(task.backend);
    this.#blas = task.backend === 'native' ? describeBlas() : null;
    this.#loss = makeLoss(task.loss, task.training.targets.shape[1]);
    this.#journal = new Journal(task.onIteration, cancelFlag);
  }

  *run(): Steps<Training> {
    const { task } = this;
    const [samples, columns] = task.training.inputs.shape;
    let network = new Network(task.network, scaledColumns(task.scaling.inputs, columns));
    if (typeof task.alphaTheta !== 'number') checkRegularizer(task.alphaTheta, network.weights);
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
    const alpha = this.task.alphaTheta;
    const alphaTheta = typeof alpha === 'number' ? alpha / 2 ** (level - 1) : alpha;
    const regularizer = typeof alphaTheta === 'number' ? tikhonov(network.weights, alphaTheta) : alphaTheta;
    const solver = solverFor(this.task.optimizer, network);
    const samples = this.task.training.inputs.shape[0];
    const targetColumns = this.task.training.targets.shape[1];
    const needs = methodNeeds(this.task.optimizer, solver);
    const estimatedBytes = estimateMemory(network, samples, targetColumns, {
      dense: solver === 'dense',
      fullJacobian: needs.jacobian === 'golub-pereyra',
    });
    const open = () => {
      checkMemory(estimatedBytes);
      return this.#backend.createSession({
        programs: network.programs,
        weights: network.weights,
        inputs: this.#inputs.data,
        targets: this.task.training.targets.data,
        samples,
        targetColumns,
        bias: this.task.bias,
        loss: this.#loss,
        sampleWeights: this.task.sampleWeights,
        innerTolerance: this.task.innerTolerance,
        alphaW: this.task.alphaW,
        regularizer,
        ...needs,
        threads: this.threads,
        cancelFlag: this.cancelFlag,
      });
    };
    const { journal, unitsBefore, secondsBefore } = this.#mark();
    const result = yield* this.#descend(open, { network, theta, level, solver });
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

  /** A level that fails before its first point is a reason to stop, too, where the levels before it have found one. */
  *#descend(open: () => Session, { network, theta, level, solver }: Start): Steps<LevelResult> {
    const journal = this.#journal;
    let session: Session | null = null;
    try {
      session = open();
      const method = makeMethod(this.task.optimizer, session, solver);
      const validate = this.#validation(network);
      return yield* runLevel({ session, method, theta, level, rules: this.task.rules, journal, validate });
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

  #finish(): Training {
    if (this.#best === null) {
      throw new GnvproError(
        'ERR_NONFINITE',
        `The training could not start. ${this.#levels[0].stop.message} Try smaller initial weights or scaled data.`,
      );
    }
    const { kept, network } = this.#best;
    const report = this.#report(kept);
    const model = new Model(
      {
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
      },
      { backend: this.task.backend, ...(this.task.threads === null ? {} : { threads: this.task.threads }) },
    );
    return { model, report };
  }

  #report(kept: Kept): Report {
    const { task } = this;
    const { network, optimizer, validationMetric, alphaTheta, alphaW, bias, levels, rules, scaling } = task;
    const initialize = typeof task.initialize === 'string' ? task.initialize : 'given';
    return {
      stop: this.#levels[this.#levels.length - 1].stop,
      iterations: this.#journal.records,
      best: kept.record,
      levels: this.#levels,
      workUnits: this.#journal.workUnits,
      seconds: this.#journal.seconds(),
      timings: this.#timings,
      memoryBytes: this.#memoryBytes,
      backend: task.backend,
      blas: this.#blas,
      threads: this.threads,
      seed: task.seed,
      version,
      node: process.version,
      temperature: task.fitsTemperature ? kept.temperature : null,
      used: {
        network,
        loss: task.loss,
        optimizer,
        validationMetric: task.validation === null ? null : validationMetric,
        regularization: { theta: typeof alphaTheta === 'number' ? alphaTheta : 'operator', W: alphaW },
        bias,
        labelSmoothing: task.labelSmoothing,
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
