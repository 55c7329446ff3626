/** @file The validation metric of a training: the smaller, the better. */
import type { Backend, PredictOptions, Runner } from '../../backend/backend.js';
import type { Matrix } from '../../data/matrix.js';
import { applyScaling, type Scaling, undoScaling } from '../../data/scaling.js';
import { type AnyMatrix, isStored, loaded } from '../../data/stored.js';
import { type SampleWeights, sumOfWeights } from '../../data/weights.js';
import type { GnvproError } from '../../errors.js';
import { noCancel, throwIfCancelled } from '../../job/cancel.js';
import { perform, type Steps } from '../../job/job.js';
import { pieces, someRows } from '../../job/rows.js';
import { inRows, type RowWork } from '../../job/slices.js';
import type { Loss } from '../../loss/loss.js';
import type { ValidationMetric } from '../../loss/meaning.js';
import { MeanRelativeError, RootMeanSquareError, type RunningMetric } from '../../metrics/metrics.js';
import { fitTemperature } from '../../metrics/temperature.js';
import type { Network } from '../../network/network.js';

/** How predictions are judged. */
export interface MetricTask {
  readonly metric: ValidationMetric;
  readonly loss: Loss;
  /** In original units. */
  readonly targets: AnyMatrix;
  /** Weights of the samples. */
  readonly weights: SampleWeights;
  readonly targetScaling: Scaling;
  /** Work on some rows after the other, so that the event loop gets its turn. */
  inRows(m: Matrix, work: RowWork): Steps<void>;
}

export interface ValidationTask extends MetricTask {
  /** As the network takes them. */
  readonly inputs: AnyMatrix;
  readonly bias: boolean;
  /** Whether the inverse temperature of the logits is fitted before they are judged. */
  readonly fitsTemperature: boolean;
  readonly threads: number;
  readonly cancelFlag: Int32Array;
}

/** What it tells of a training that was aborted. */
export function uncancelled(task: ValidationTask): ValidationTask {
  const cancelFlag = noCancel();
  return { ...task, cancelFlag, inRows: inRows(cancelFlag) };
}

export interface Judged {
  readonly metric: number;
  /** Inverse temperature of the logits; 1 where it is not fitted. */
  readonly temperature: number;
}

export type Judge = (theta: Float64Array, W: Float64Array) => Steps<Judged>;

export function makeJudge(task: ValidationTask, network: Network, backend: Backend): Judge {
  const { inputs, targets, bias, threads, cancelFlag } = task;
  const runner = backend.prepare(network.programs.forward);
  const losses = lossRunner(task, backend);
  const options = { targetColumns: targets.shape[1], bias, threads, cancelFlag };
  return function* (theta, W) {
    const data = yield* outputsOf(runner, inputs, theta, W, options);
    const predicted: Matrix = { data, shape: targets.shape };
    const temperature = task.fitsTemperature ? temperatureOf(predicted, loaded(targets), task.weights) : 1;
    if (temperature !== 1) for (let i = 0; i < data.length; i++) data[i] *= temperature;
    return { metric: yield* metricOf(task, predicted, losses), temperature };
  };
}

/** Rows [begin, end) at a time: all that are in memory. */
function piecesOf(m: AnyMatrix): Iterable<[begin: number, end: number]> {
  const [rows, cols] = m.shape;
  return isStored(m) ? pieces(rows, cols) : [[0, rows]];
}

/** S, N × t, for inputs as the network takes them; those in files are read some rows at a time. */
export function* outputsOf(
  runner: Runner,
  inputs: AnyMatrix,
  theta: Float64Array,
  W: Float64Array,
  options: PredictOptions,
): Steps<Float64Array> {
  const [rows] = inputs.shape;
  const predict = (begin: number, end: number) =>
    perform(runner.predict(end - begin, someRows(inputs, begin, end), theta, W, options));
  if (!isStored(inputs)) return yield* predict(0, rows);
  const outputs = new Float64Array(rows * options.targetColumns);
  for (const [begin, end] of piecesOf(inputs)) {
    throwIfCancelled(options.cancelFlag);
    outputs.set(yield* predict(begin, end), begin * options.targetColumns);
  }
  return outputs;
}

/** What tells the losses of the samples, where they are the metric. */
export function lossRunner({ metric, loss, targets }: MetricTask, backend: Backend): Runner | null {
  return metric === 'loss' ? backend.prepare(loss.programs.losses(targets.shape[1])) : null;
}

/** The metric of predictions in the units of the training; they are overwritten. */
export function* metricOf(task: MetricTask, predicted: Matrix, losses: Runner | null): Steps<number> {
  const { metric, targets } = task;
  if (metric === 'errorRate') return errorRate(predicted, task);
  if (losses !== null) return yield* meanLoss(task, predicted, losses);
  const running: RunningMetric = metric === 'rmse' ? new RootMeanSquareError() : new MeanRelativeError();
  yield* task.inRows(predicted, (rows, { begin, end }) => {
    const cols = targets.shape[1];
    const [first, last] = [begin / cols, end / cols];
    const weights = task.weights?.subarray(first, last) ?? null;
    running.add(undoScaling(task.targetScaling, rows), someRows(targets, first, last), cols, weights);
  });
  return running.value;
}

/** The share of the samples that are wrong. */
function errorRate(predicted: Matrix, { targets, loss, weights }: MetricTask): number {
  const [rows, t] = targets.shape;
  let wrong = 0;
  for (const [begin, end] of piecesOf(targets)) {
    const shape = [end - begin, t] as const;
    const S = { data: someRows(predicted, begin, end), shape };
    const C = { data: someRows(targets, begin, end), shape };
    for (let n = 0; n < shape[0]; n++) if (loss.meaning.isWrong?.(S, C, n)) wrong += weightOf(weights, begin + n);
  }
  return wrong / sumOfWeights(weights, rows);
}

const weightOf = (weights: SampleWeights, n: number) => (weights === null ? 1 : weights[n]);

/** In the units of the training. */
function* meanLoss(task: MetricTask, predicted: Matrix, losses: Runner): Steps<number> {
  const { targets, weights, targetScaling } = task;
  const [rows, t] = targets.shape;
  let sum = 0;
  for (const [begin, end] of piecesOf(targets)) {
    const C: Matrix = { data: someRows(targets, begin, end).slice(), shape: [end - begin, t] };
    yield* task.inRows(C, (some) => applyScaling(targetScaling, some));
    const job = losses.run(end - begin, { samples: [someRows(predicted, begin, end), C.data], vectors: [] });
    const [ofRows] = (yield* perform(job)).samples;
    sum = ofRows.reduce((total, loss, n) => total + weightOf(weights, begin + n) * loss, sum);
  }
  return sum / sumOfWeights(weights, rows);
}

/** 1 where no temperature is best, as when every class is right. */
function temperatureOf(logits: Matrix, targets: Matrix, sampleWeights: SampleWeights): number {
  try {
    return fitTemperature(logits, targets, { sampleWeights });
  } catch (error) {
    if ((error as GnvproError).code === 'ERR_CONVERGENCE') return 1;
    throw error;
  }
}
