/** @file What never changes while the phases of a training follow each other: its data, scaled once, its loss, what executes. */
import type { Backend } from '../../backend/backend.js';
import { selectBackend } from '../../backend/select.js';
import { defaultThreads } from '../../backend/threads.js';
import { info } from '../../binding.js';
import { chooseScaling } from '../../data/autoScaling.js';
import { sharedFloats } from '../../data/buffers.js';
import { smoothLabels } from '../../data/classes.js';
import type { Matrix } from '../../data/matrix.js';
import type { TrainingSamples } from '../../data/samples.js';
import {
  applyScaling,
  checkColumnwise,
  fitScaling,
  isPca,
  isRotated,
  type Scaling,
  type ScalingOption,
} from '../../data/scaling.js';
import { type AnyMatrix, isStored, numbersOf, ownShared } from '../../data/stored.js';
import { type SampleWeights, sumOfWeights, weightsOfMeanOne } from '../../data/weights.js';
import { GnvproError } from '../../errors.js';
import type { Steps } from '../../job/job.js';
import { inRows } from '../../job/slices.js';
import type { Loss } from '../../loss/loss.js';
import type { ObjectiveData } from '../../optimizers/batches.js';
import type { Task } from '../../options/options.js';
import { type Front, fitFront } from '../front/front.js';
import { fitInputScaling, projected } from './inputScaling.js';
import { unitOfTargets } from './unit.js';
import type { ValidationTask } from './validation.js';

export interface Problem {
  readonly backend: Backend;
  /** The BLAS that the backend runs on, where it has one. */
  readonly blas: string | null;
  readonly threads: number;
  readonly memoryLimit: Task['memoryLimit'];
  readonly cancelFlag: Int32Array;
  readonly loss: Loss;
  readonly innerTolerance: number;
  readonly bias: boolean;
  /** The unit of the targets in objectives, in scaled ones of the caller; see unit.ts. */
  readonly unit: number;
  /** The network that is trained, and how it is part of the whole. */
  readonly front: Front;
  /** Inputs as the trained network takes them, targets as the loss does. */
  readonly training: TrainingSamples;
  /** The same as objectives take them, with weights of mean 1. */
  readonly data: ObjectiveData;
  /** The weights as they were given. */
  readonly sampleWeights: SampleWeights;
  readonly scaling: { readonly inputs: Scaling; readonly targets: Scaling };
  /** The options of the scaling, as the report tells them. */
  readonly scalingNames: { readonly inputs: unknown; readonly targets: unknown };
  /** How points are judged; null without validation data. */
  readonly validation: ValidationTask | null;
}

/** t */
export function targetColumns({ training }: Problem): number {
  return training.targets.shape[1];
}

/** n = Σω: how many samples the training samples stand for. */
export function samplesIn({ sampleWeights, data }: Problem): number {
  return sumOfWeights(sampleWeights, data.samples);
}

/** How many numbers the targets are: t for each sample, as often as it weighs. */
export function numbersIn(problem: Problem): number {
  return samplesIn(problem) * targetColumns(problem);
}

/** Scales inputs and training targets where they lie in memory, and as they are read from files. Throws ERR_ABORTED and what scaling throws. */
export function* makeProblem(task: Task, cancelFlag: Int32Array): Steps<Problem> {
  const backend = selectBackend(task.backend);
  // The BLAS first, so that a training that has come to its end needs nothing more of the addon.
  const blas = task.backend === 'native' ? describeBlas() : null;
  const { training, sampleWeights, bias, loss } = task;
  const [samples] = training.targets.shape;
  checkColumnwise(task.scaling.targets, 'scaling.targets');
  const threads = task.threads ?? defaultThreads(task.backend, samples);
  const machine = { backend, threads, cancelFlag };
  const option = yield* chooseScaling(task.scaling.inputs, training.inputs, sampleWeights, cancelFlag);
  const scaling = {
    inputs: yield* fitInputScaling(option, training.inputs, sampleWeights, backend, cancelFlag),
    targets: yield* fitScaling(task.scaling.targets, training.targets, sampleWeights, cancelFlag),
  };
  const raw = yield* scaledInputs(training.inputs, scaling.inputs, machine);
  const front = yield* fitFront(task.network, raw, task.seed, machine);
  const inputs = yield* front.featuresOf(raw, machine);
  const { targets, unit } = yield* scaleTargets(task, scaling.targets, cancelFlag);
  return {
    ...machine,
    blas,
    memoryLimit: task.memoryLimit,
    loss,
    innerTolerance: task.innerTolerance,
    bias,
    unit,
    front,
    training: { inputs, targets },
    data: {
      // Options refuse files in single precision.
      inputs: task.precision === 'float32' ? yield* singleInputs(inputs as Matrix, cancelFlag) : numbersOf(inputs),
      targets: numbersOf(targets),
      samples,
      sampleWeights: sampleWeights && weightsOfMeanOne(sampleWeights),
    },
    sampleWeights,
    scaling,
    scalingNames: { inputs: scalingName(option), targets: scalingName(task.scaling.targets) },
    validation: yield* validationOf(task, loss, { scaling, front, machine }),
  };
}

/** The nearest floats, on shared memory. Throws ERR_NONFINITE where a number is beyond them. */
function* singleInputs(inputs: Matrix, cancelFlag: Int32Array): Steps<Float32Array> {
  const floats = sharedFloats(inputs.data.length);
  const [, cols] = inputs.shape;
  yield* inRows(cancelFlag)(inputs, (rows, { begin }) => {
    floats.set(rows, begin);
    for (let i = 0; i < rows.length; i++) {
      if (!Number.isFinite(floats[begin + i])) throw beyondFloats(rows[i], begin + i, cols);
    }
  });
  return floats;
}

function beyondFloats(value: number, at: number, cols: number): GnvproError {
  return new GnvproError(
    'ERR_NONFINITE',
    `Expected inputs that, scaled, are below 3.4e38 with precision 'float32' but received ${value} in row ${Math.floor(at / cols)}, column ${at % cols}.`,
  );
}

/** Problems scale their data in place: a copy for one whose data are needed again as they came. */
export function withOwnData(task: Task): Task {
  const own = ({ inputs, targets }: TrainingSamples) => ({ inputs: ownShared(inputs), targets: ownShared(targets) });
  return { ...task, training: own(task.training), validation: task.validation && own(task.validation) };
}

type Machine = Pick<Problem, 'backend' | 'threads' | 'cancelFlag'>;

/** In place, but for columns that are rotated, which come to memory, and what is in files. */
export function* scaledInputs(inputs: AnyMatrix, scaling: Scaling, machine: Machine): Steps<AnyMatrix> {
  const { backend, threads, cancelFlag } = machine;
  if (isRotated(scaling)) return yield* projected(scaling, inputs, backend, threads, cancelFlag);
  if (isStored(inputs)) return inputs.with({ scaling });
  yield* inRows(cancelFlag)(inputs, (rows) => applyScaling(scaling, rows));
  return inputs;
}

interface ScaledTargets {
  readonly targets: AnyMatrix;
  readonly unit: number;
}

/** Scales, measures and smooths the training targets. */
function* scaleTargets(task: Task, scaling: Scaling, cancelFlag: Int32Array): Steps<ScaledTargets> {
  const { targets } = task.training;
  const { labelSmoothing } = task;
  if (isStored(targets)) {
    const scaled = targets.with({ scaling });
    const unit = yield* measureTargets(task, scaled, cancelFlag);
    return { targets: scaled.with({ unit, smoothing: labelSmoothing }), unit };
  }
  const eachRow = inRows(cancelFlag);
  yield* eachRow(targets, (rows) => applyScaling(scaling, rows));
  const unit = yield* measureTargets(task, targets, cancelFlag);
  if (unit !== 1) {
    yield* eachRow(targets, (rows) => {
      for (let i = 0; i < rows.length; i++) rows[i] /= unit;
    });
  }
  if (labelSmoothing > 0) yield* eachRow(targets, (rows) => smoothLabels(rows, targets.shape[1], labelSmoothing));
  return { targets, unit };
}

/** Targets that no scaling is fitted to may be of any size. */
function* measureTargets(task: Task, scaled: AnyMatrix, cancelFlag: Int32Array): Steps<number> {
  const { targets } = task.scaling;
  if (!task.loss.sharesUnits || (typeof targets !== 'object' && targets !== 'none')) return 1;
  let largest = 0;
  yield* inRows(cancelFlag)(scaled, (rows) => {
    for (const target of rows) largest = Math.max(largest, Math.abs(target));
  });
  return unitOfTargets(largest, givenAlpha(task));
}

/** α_θ, or the largest number of its operator, where it is in the units of the caller; else 0. */
function givenAlpha({ alphaTheta, isAlphaRelative }: Task): number {
  if (typeof alphaTheta === 'object')
    return alphaTheta.values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return isAlphaRelative || alphaTheta === 'auto' ? 0 : alphaTheta;
}

function* validationOf(
  task: Task,
  loss: Loss,
  { scaling, front, machine }: Pick<Problem, 'scaling' | 'front'> & { readonly machine: Machine },
): Steps<ValidationTask | null> {
  const { validation, validationMetric: metric, validationWeights: weights, bias, fitsTemperature } = task;
  if (validation === null) return null;
  const inputs = yield* front.featuresOf(yield* scaledInputs(validation.inputs, scaling.inputs, machine), machine);
  const { targets } = validation;
  const judged = { metric, loss, targets, weights, targetScaling: scaling.targets, inRows: inRows(machine.cancelFlag) };
  return { ...machine, ...judged, inputs, bias, fitsTemperature };
}

function describeBlas(): string {
  const { blas, core } = info();
  return `${blas} (${core})`;
}

function scalingName(option: ScalingOption): unknown {
  return typeof option === 'string' || isPca(option) ? option : 'given';
}
