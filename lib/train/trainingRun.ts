/** @file One training: levels, validation, the best point, the report. */
import type { Backend } from '../backend/backend.js';
import { selectBackend } from '../backend/select.js';
import { defaultThreads } from '../backend/threads.js';
import { info } from '../binding.js';
import { chooseScaling } from '../data/autoScaling.js';
import { type Matrix, sharedMatrix } from '../data/matrix.js';
import { fitInputScaling, projected } from '../data/pca.js';
import type { Samples } from '../data/samples.js';
import {
  applyScaling,
  checkColumnwise,
  fitScaling,
  isPca,
  isRotated,
  type Scaling,
  type ScalingOption,
} from '../data/scaling.js';
import { weightsOfMeanOne } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import { perform, type Steps } from '../job/job.js';
import { inRows } from '../job/slices.js';
import { matrix, withOnes } from '../linalg/matrix.js';
import { smoothLabels } from '../loss/classes.js';
import type { ModelParts } from '../model/parts.js';
import type { Network } from '../network/network.js';
import type { SessionData } from '../optimizers/batches.js';
import { type Task, usedOptions } from '../options/options.js';
import { checkRegularizer } from '../regularizer/check.js';
import type { QuadraticRegularizer } from '../regularizer/quadratic.js';
import { tikhonov } from '../regularizer/tikhonov.js';
import type { LevelReport, Report } from '../report/report.js';
import { version } from '../version.js';
import { Accounts } from './accounts.js';
import { Descents } from './descents.js';
import type { Journal, Kept, LevelResult, Weights } from './loop.js';
import { endsTraining, Stages } from './stages.js';
import { alphaByCrossValidation } from './start/gcv.js';
import { initialTheta } from './start/initialize.js';
import { unitOfTargets } from './unit.js';
import { type Judge, makeJudge } from './validation.js';

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
  /** Their names, as the report tells them. */
  #usedScaling!: { readonly inputs: unknown; readonly targets: unknown };
  /** As the network takes them. */
  #inputs!: Matrix;
  #validationInputs!: Matrix;
  /** Asked for first, so that a training that has come to its end needs nothing more of the addon. */
  readonly #blas: string | null;
  readonly #levels: LevelReport[] = [];
  readonly #accounts = new Accounts();
  readonly #inRows: ReturnType<typeof inRows>;
  #best: { kept: Kept; network: Network } | null = null;
  /** Of the journal, when the run began. */
  readonly #before: { readonly records: number; readonly workUnits: number; readonly seconds: number };
  /** As chosen by cross validation, where it was to be. */
  #alphaW: number;
  /** Of the targets in the sessions; see unit.ts. */
  #unit = 1;
  /** Of the level before, or of the model to go on from. */
  #lastW: Float64Array | undefined;

  constructor(
    readonly task: Task,
    readonly cancelFlag: Int32Array,
    journal: Journal,
  ) {
    this.#backend = selectBackend(task.backend);
    this.#blas = task.backend === 'native' ? describeBlas() : null;
    this.#alphaW = task.alphaW === 'gcv' || task.alphaW === 'auto' ? Number.NaN : task.alphaW;
    this.#journal = journal;
    this.#inRows = inRows(cancelFlag);
    this.#lastW = task.initialW ?? undefined;
    this.#before = { records: journal.records.length, workUnits: journal.workUnits, seconds: journal.seconds() };
  }

  *run(): Steps<RunResult> {
    const { task } = this;
    let { network } = task;
    if (typeof task.alphaTheta === 'object') checkRegularizer(task.alphaTheta, network.weights);
    yield* this.#scale();
    const data = { ...this.#all(), cancelFlag: this.cancelFlag };
    let theta = yield* initialTheta(network, task.initialize, task.seed, data, this.#backend);
    for (let level = 1; ; level++) {
      const result = yield* this.#level(network, theta, level);
      if (level === task.levels || endsTraining(result)) break;
      // The next level goes on from the best point by validation, where there is one.
      const { theta: from } = (task.validation === null ? result.last : result.best) as Weights;
      ({ network, weights: theta } = network.prolongate(from));
    }
    return this.#finish();
  }

  /** The data are the training's own: they are scaled where they lie, but for the validation targets. */
  *#scale(): Steps<void> {
    const { scaling, training, validation, sampleWeights } = this.task;
    checkColumnwise(scaling.targets, 'scaling.targets');
    const { inputs, targets } = training;
    const chosen = yield* chooseScaling(scaling.inputs, inputs, sampleWeights, this.cancelFlag);
    this.#usedScaling = { inputs: scalingName(chosen), targets: scalingName(scaling.targets) };
    this.#inputScaling = yield* fitInputScaling(chosen, inputs, sampleWeights, this.#backend, this.cancelFlag);
    this.#targetScaling = yield* fitScaling(scaling.targets, targets, sampleWeights, this.cancelFlag);
    this.#inputs = yield* this.#scaled(training.inputs);
    yield* this.#inRows(training.targets, (rows) => applyScaling(this.#targetScaling, rows));
    if (typeof scaling.targets === 'object' || scaling.targets === 'none') yield* this.#measureTargets();
    const { labelSmoothing } = this.task;
    if (labelSmoothing > 0) {
      yield* this.#inRows(training.targets, (rows) => smoothLabels(rows, training.targets.shape[1], labelSmoothing));
    }
    if (validation !== null) this.#validationInputs = yield* this.#scaled(validation.inputs);
  }

  /** Targets that no scaling is fitted to may be of any size. */
  *#measureTargets(): Steps<void> {
    const { loss, training } = this.task;
    if (!loss.sharesUnits) return;
    let largest = 0;
    yield* this.#inRows(training.targets, (rows) => {
      for (const target of rows) largest = Math.max(largest, Math.abs(target));
    });
    this.#unit = unitOfTargets(largest, this.#givenAlpha());
    if (this.#unit === 1) return;
    yield* this.#inRows(training.targets, (rows) => {
      for (let i = 0; i < rows.length; i++) rows[i] /= this.#unit;
    });
  }

  /** α_θ, or the largest number of its operator, where it is in the units of the caller; else 0. */
  #givenAlpha(): number {
    const { alphaTheta, isAlphaRelative } = this.task;
    if (typeof alphaTheta === 'object')
      return alphaTheta.values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    return isAlphaRelative ? 0 : (alphaTheta as number);
  }

  *#scaled(inputs: Matrix): Steps<Matrix> {
    const scaling = this.#inputScaling;
    if (isRotated(scaling)) return yield* projected(scaling, inputs, this.#backend, this.threads, this.cancelFlag);
    yield* this.#inRows(inputs, (rows) => applyScaling(scaling, rows));
    return inputs;
  }

  *#level(network: Network, theta: Float64Array, level: number): Steps<LevelResult> {
    const { task } = this;
    if (task.alphaW === 'gcv') this.#alphaW = yield* this.#crossValidate(network, theta);
    const alpha = task.alphaTheta as Exclude<Task['alphaTheta'], 'auto'>;
    const alphaTheta = typeof alpha === 'number' ? alpha / 2 ** (level - 1) : alpha;
    const { journal, unitsBefore, secondsBefore } = this.#mark();
    const stages = new Stages(task, this.#all(), this.#lastW);
    try {
      const descents = this.#descents(network, level, alphaTheta);
      yield* stages.run(descents, theta);
    } catch (error) {
      // What fails before its first point is a reason to stop where the levels or stages before it have found one.
      const hasFound = this.#best !== null || stages.result().best !== null;
      const reason = hasFound ? journal.stopOf(error) : null;
      if (reason === null) throw error;
      stages.fail(reason);
    }
    const result = stages.result();
    this.#keep(result, network);
    this.#lastW = (task.validation === null ? result.last : result.best)?.W ?? this.#lastW;
    this.#levels.push({
      network: network.description,
      weights: network.weights,
      alphaTheta: typeof alphaTheta === 'number' ? this.#toldAlpha(alphaTheta) : null,
      linearSolver: stages.solver,
      estimatedBytes: stages.estimatedBytes,
      stop: result.stop,
      workUnits: journal.workUnits - unitsBefore,
      seconds: journal.seconds() - secondsBefore,
    });
    return result;
  }

  #descents(network: Network, level: number, alphaTheta: number | QuadraticRegularizer): Descents {
    const { task } = this;
    return new Descents({
      ...{ backend: this.#backend, network, level, loss: task.loss, bias: task.bias, alphaW: this.#alphaW },
      regularizer: this.#regularizer(network, alphaTheta),
      innerTolerance: task.innerTolerance,
      targetColumns: task.training.targets.shape[1],
      ...{ threads: this.threads, seed: task.seed, cancelFlag: this.cancelFlag, journal: this.#journal },
      accounts: this.#accounts,
      unit: this.#unit,
      validate: this.#validation(network),
    });
  }

  /** In units of the targets, as the sessions have them. */
  #regularizer({ weights }: Network, alpha: number | QuadraticRegularizer): QuadraticRegularizer {
    const inUnits = (value: number) => value / this.#unit / this.#unit;
    if (typeof alpha === 'object') return { ...alpha, values: alpha.values.map(inUnits) };
    return tikhonov(weights, this.task.isAlphaRelative ? alpha : inUnits(alpha));
  }

  /** In the units of the caller. */
  #toldAlpha(alpha: number): number {
    return this.task.isAlphaRelative ? alpha * this.#unit * this.#unit : alpha;
  }

  /** α_W for the features at θ. */
  *#crossValidate(network: Network, theta: Float64Array): Steps<number> {
    const { bias, training, sampleWeights } = this.task;
    const samples = training.inputs.shape[0];
    const forward = this.#backend.prepare(network.programs.forward);
    const job = forward.run(samples, { samples: [this.#inputs.data], vectors: [theta] }, this.threads);
    const [Z] = (yield* perform(job)).samples;
    const Zt = bias ? withOnes(matrix(samples, Z.length / samples, Z)).data : Z;
    const features = { Zt, samples, targets: training.targets.data, sampleWeights };
    return yield* alphaByCrossValidation(this.#backend, features);
  }

  #all(): SessionData {
    const { training, sampleWeights } = this.task;
    return {
      inputs: this.#inputs.data,
      targets: training.targets.data,
      samples: training.inputs.shape[0],
      sampleWeights: sampleWeights && weightsOfMeanOne(sampleWeights),
    };
  }

  get threads(): number {
    return this.task.threads ?? defaultThreads(this.task.backend, this.task.training.inputs.shape[0]);
  }

  #mark() {
    const journal = this.#journal;
    return { journal, unitsBefore: journal.workUnits, secondsBefore: journal.seconds() };
  }

  #keep({ best }: LevelResult, network: Network): void {
    if (best === null) return;
    if (this.#best === null || best.merit <= this.#best.kept.merit) this.#best = { kept: best, network };
  }

  /** From the network's forward pass on the validation inputs. */
  #validation(network: Network): Judge | null {
    const { validation, validationMetric: metric, bias, fitsTemperature } = this.task;
    if (validation === null) return null;
    const task = {
      metric,
      loss: this.task.loss,
      inputs: this.#validationInputs.data,
      targets: validation.targets,
      weights: this.task.validationWeights,
      targetScaling: this.#targetScaling,
      bias,
      fitsTemperature,
      threads: this.threads,
      cancelFlag: this.cancelFlag,
      inRows: this.#inRows,
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
    const parts = {
      network: network.description,
      forward: network.programs.forward,
      inputs: this.task.training.inputs.shape[1],
      outputs: this.task.training.targets.shape[1],
      bias: this.task.bias,
      theta: kept.theta,
      W: kept.W.map((w) => kept.temperature * w),
      loss: this.task.loss.name,
      classes: this.task.classes,
      names: this.task.names,
      scaling: { inputs: this.#inputScaling, targets: this.#targetScaling },
      training: null,
    };
    return { parts, report: this.#report(kept) };
  }

  #report(kept: Kept): Report {
    const { task } = this;
    return {
      stop: this.#levels[this.#levels.length - 1].stop,
      iterations: this.#journal.records.slice(this.#before.records),
      best: kept.record,
      levels: this.#levels,
      workUnits: this.#journal.workUnits - this.#before.workUnits,
      seconds: this.#journal.seconds() - this.#before.seconds,
      timings: this.#accounts.timings,
      memoryBytes: this.#accounts.memoryBytes,
      backend: task.backend,
      blas: this.#blas,
      threads: this.threads,
      seed: task.seed,
      choice: task.choice,
      version,
      node: process.version,
      temperature: task.fitsTemperature ? kept.temperature : null,
      heldOut: kept.record.validation,
      members: [kept.record.run],
      baselines: [],
      runs: [],
      used: usedOptions(task, {
        regularization: {
          theta: typeof task.alphaTheta === 'number' ? this.#toldAlpha(task.alphaTheta) : 'operator',
          W: this.#alphaW,
        },
        scaling: this.#usedScaling,
      }),
    };
  }
}

/** Runs scale their data in place: a copy for each where others follow. */
export function withOwnData(task: Task): Task {
  const own = ({ inputs, targets }: Samples) => ({ inputs: sharedMatrix(inputs), targets: sharedMatrix(targets) });
  return { ...task, training: own(task.training), validation: task.validation && own(task.validation) };
}

function describeBlas(): string {
  const { blas, core } = info();
  return `${blas} (${core})`;
}

function scalingName(option: ScalingOption): unknown {
  return typeof option === 'string' || isPca(option) ? option : 'given';
}

/** What the model file says of its origin. */
export function trainingFacts(report: Report): Record<string, unknown> {
  const { version, seed, stop, best, workUnits, seconds, backend, used } = report;
  return { version, date: new Date().toISOString(), seed, backend, stop, best, workUnits, seconds, used };
}
