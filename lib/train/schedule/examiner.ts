/** @file The validation metric of finished models, and of the mean of several. */
import type { Backend } from '../../backend/backend.js';
import { selectBackend } from '../../backend/select.js';
import { defaultThreads } from '../../backend/threads.js';
import type { TrainingSamples } from '../../data/samples.js';
import { ownShared } from '../../data/stored.js';
import { noCancel } from '../../job/cancel.js';
import type { Steps } from '../../job/job.js';
import { inRows } from '../../job/slices.js';
import type { ModelParts } from '../../model/parts.js';
import type { Task } from '../../options/options.js';
import { scaledInputs } from '../problem/problem.js';
import { lossRunner, metricOf, outputsOf } from '../problem/validation.js';
import { type Found, partsOf } from './run.js';

/**
 * On the validation samples as they came; no run may have scaled them. It cannot be cancelled: what an aborted training
 * has found is examined, too.
 */
export class Examiner {
  readonly #backend: Backend;
  readonly #threads: number;
  readonly #inRows = inRows(noCancel());

  constructor(readonly task: Task & { readonly validation: TrainingSamples }) {
    this.#backend = selectBackend(task.backend);
    this.#threads = task.threads ?? defaultThreads(task.backend, task.validation.inputs.shape[0]);
  }

  *examine(found: Found): Steps<Examined> {
    const prediction = yield* this.#predict(partsOf(this.task, found));
    return { ...found, prediction, metric: yield* this.metricOfMean([prediction]) };
  }

  *metricOf(parts: ModelParts): Steps<number> {
    return yield* this.metricOfMean([yield* this.#predict(parts)]);
  }

  /** The metric of the mean of their outputs, or logits; they have the scaling of their targets in common. */
  *metricOfMean(predictions: readonly Prediction[]): Steps<number> {
    const [{ parts }] = predictions;
    const { loss, validation, validationMetric: metric, validationWeights: weights } = this.task;
    const { targets } = validation;
    const mean = { data: meanOf(predictions.map(({ outputs }) => outputs)), shape: targets.shape };
    const task = { metric, loss, targets, weights, targetScaling: parts.scaling.targets, inRows: this.#inRows };
    return yield* metricOf(task, mean, lossRunner(task, this.#backend));
  }

  *#predict(parts: ModelParts): Steps<Prediction> {
    const { forward, theta, W, bias, outputs, scaling } = parts;
    const machine = { backend: this.#backend, threads: this.#threads, cancelFlag: noCancel() };
    const inputs = yield* scaledInputs(ownShared(this.task.validation.inputs), scaling.inputs, machine);
    const options = { targetColumns: outputs, bias, ...machine };
    const runner = this.#backend.prepare(forward);
    return { parts, outputs: yield* outputsOf(runner, inputs, theta, W, options) };
  }
}

/** Null without validation data. */
export function examinerOf(task: Task): Examiner | null {
  const { validation } = task;
  return validation === null ? null : new Examiner({ ...task, validation });
}

/** What a model says of the validation samples, in the units of its training. */
export interface Prediction {
  readonly parts: ModelParts;
  readonly outputs: Float64Array;
}

/** What a run has found, with its validation metric and what it predicts. */
export interface Examined extends Found {
  readonly prediction: Prediction;
  readonly metric: number;
}

function meanOf(arrays: readonly Float64Array[]): Float64Array {
  const mean = new Float64Array(arrays[0].length);
  for (const array of arrays) for (let i = 0; i < mean.length; i++) mean[i] += array[i] / arrays.length;
  return mean;
}
