/** @file One of many trainings as plain data, which go to a thread and whose arrays threads share, and what comes of it. */
import { selectBackend } from '../backend/select.js';
import type { ClassName } from '../data/classes.js';
import type { ColumnNames } from '../data/names.js';
import { presentSamples, type Samples } from '../data/samples.js';
import type { SampleWeights } from '../data/weights.js';
import { noCancel } from '../job/cancel.js';
import { driveSync, type Steps } from '../job/job.js';
import { encodeModel } from '../model/file.js';
import { Model } from '../model/model.js';
import type { ModelParts } from '../model/parts.js';
import { Predictor } from '../model/predictor.js';
import type { Weighted } from '../options/data.js';
import { readOptions, type Task } from '../options/options.js';
import type { TrainOptions } from '../options/trainOptions.js';
import type { Report } from '../report/report.js';
import { Examiner } from '../train/schedule/examiner.js';
import { runTraining } from '../train/training.js';

/** Options that are plain data, without the samples; a model to go on from is its file. */
export interface PlainOptions
  extends Omit<
    TrainOptions,
    'inputs' | 'targets' | 'sampleWeights' | 'validation' | 'names' | 'initial' | 'signal' | 'onIteration'
  > {
  readonly initial?: Uint8Array;
}

export interface Fit {
  readonly options: PlainOptions;
  readonly samples: Samples;
  readonly classes: readonly ClassName[] | null;
  readonly names: ColumnNames;
  /** One a sample, for the training; those of weight 0 are absent. */
  readonly weights: SampleWeights;
  readonly validation?: number | Weighted<Samples> | undefined;
  /** The same for the samples that the model is judged on. */
  readonly held?: Float64Array;
  /** The training ends where it has used so many. */
  readonly mostWorkUnits?: number;
}

/** What a model says of samples, N × outputs row-major in original units, and the validation metric of that. */
export interface Judgement {
  readonly outputs: Float64Array;
  readonly metric: number;
}

export interface Fitted {
  /** The file of the model. */
  readonly model: Uint8Array;
  readonly report: Report;
  /** On the samples that are held for it; null without such. */
  readonly held: Judgement | null;
  readonly baselines: readonly { readonly name: string; readonly held: Judgement | null }[];
}

/** Runs the training on the calling thread. Throws what `train` does, and ERR_ABORTED where the flag is raised before its first point. */
export function runFit(fit: Fit, cancelFlag: Int32Array): Fitted {
  const { samples, classes, names, held, mostWorkUnits = Number.POSITIVE_INFINITY } = fit;
  const task: Task = {
    ...readOptions(optionsOf(fit)),
    classes,
    names,
    onIteration: ({ workUnits }) => workUnits < mostWorkUnits,
  };
  const { parts, report, baselines } = driveSync(runTraining(task, cancelFlag));
  const judge = (some: ModelParts) =>
    held === undefined ? null : driveSync(judgement(task, present(samples, held), some));
  return {
    model: encodeModel(parts),
    report,
    held: judge(parts),
    baselines: baselines.map(({ name, parts }) => ({ name, held: judge(parts) })),
  };
}

function optionsOf({ options, samples, weights, validation }: Fit): TrainOptions {
  const { initial, ...plain } = options;
  return {
    ...plain,
    ...withWeights(present(samples, weights)),
    ...(initial === undefined ? {} : { initial: Model.fromBytes(initial) }),
    ...(validation === undefined
      ? {}
      : {
          validation:
            typeof validation === 'number' ? validation : withWeights(present(validation.samples, validation.weights)),
        }),
  };
}

function present({ inputs, targets }: Samples, weights: SampleWeights): Weighted<Samples> {
  const some = presentSamples(inputs, targets, weights);
  return { samples: { inputs: some.inputs, targets: some.targets as Samples['targets'] }, weights: some.weights };
}

function withWeights({ samples, weights }: Weighted<Samples>) {
  return { ...samples, ...(weights === null ? {} : { sampleWeights: weights }) };
}

function* judgement(task: Task, { samples, weights }: Weighted<Samples>, parts: ModelParts): Steps<Judgement> {
  const { inputs } = samples;
  const examiner = new Examiner({ ...task, validation: samples, validationWeights: weights });
  const metric = yield* examiner.metricOf(parts);
  const predictor = new Predictor(parts, selectBackend(task.backend));
  return { metric, outputs: yield* predictor.predict(inputs.shape[0], inputs.data, task.threads ?? 1, noCancel()) };
}
