/** @file The validation metric of a training: the smaller, the better. */
import type { Backend, Runner } from '../backend/backend.js';
import { topColumn } from '../data/classes.js';
import type { Matrix } from '../data/matrix.js';
import { type Scaling, undoScaling } from '../data/scaling.js';
import { type SampleWeights, sumOfWeights } from '../data/weights.js';
import type { GnvproError } from '../errors.js';
import { perform, type Steps } from '../job/job.js';
import type { RowWork } from '../job/slices.js';
import type { LossDefinition } from '../loss/loss.js';
import { MeanRelativeError, RootMeanSquareError, type RunningMetric } from '../metrics/metrics.js';
import { largest, logSumExpAboveLargest, softplus } from '../metrics/probabilities.js';
import { fitTemperature } from '../metrics/temperature.js';
import type { Network } from '../network/network.js';
import type { ValidationMetric } from '../options/trainOptions.js';

/** How predictions are judged. */
export interface MetricTask {
  readonly metric: ValidationMetric;
  readonly loss: LossDefinition;
  /** In original units. */
  readonly targets: Matrix;
  /** Of the samples. */
  readonly weights: SampleWeights;
  readonly targetScaling: Scaling;
  /** Work on some rows after the other, so that the event loop gets its turn. */
  inRows(m: Matrix, work: RowWork): Steps<void>;
}

export interface ValidationTask extends MetricTask {
  /** As the network takes them. */
  readonly inputs: Float64Array;
  readonly bias: boolean;
  /** Whether the inverse temperature of the logits is fitted before they are judged. */
  readonly fitsTemperature: boolean;
  readonly threads: number;
  readonly cancelFlag: Int32Array;
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
  const losses = lossRunner(task.loss, backend);
  const options = { targetColumns: targets.shape[1], bias, threads, cancelFlag };
  return function* (theta, W) {
    const data = yield* perform(runner.predict(targets.shape[0], inputs, theta, W, options));
    const predicted: Matrix = { data, shape: targets.shape };
    const temperature = task.fitsTemperature ? temperatureOf(predicted, targets, task.weights) : 1;
    if (temperature !== 1) for (let i = 0; i < data.length; i++) data[i] *= temperature;
    return { metric: yield* metricOf(task, predicted, losses), temperature };
  };
}

/** What tells the losses of rows, where the loss is traced. */
export function lossRunner(loss: LossDefinition, backend: Backend): Runner | null {
  return loss.kind === 'traced' ? backend.prepare(loss.value) : null;
}

/** Of predictions in the units of the training; they are overwritten. */
export function* metricOf(task: MetricTask, predicted: Matrix, losses: Runner | null): Steps<number> {
  const { metric, targets } = task;
  if (metric === 'errorRate') return errorRate(predicted, task);
  if (metric === 'loss') return yield* meanLoss(task, predicted, losses);
  const running: RunningMetric = metric === 'rmse' ? new RootMeanSquareError() : new MeanRelativeError();
  yield* task.inRows(predicted, (rows, { begin, end }) => {
    const cols = targets.shape[1];
    const weights = task.weights?.subarray(begin / cols, end / cols) ?? null;
    running.add(undoScaling(task.targetScaling, rows), targets.data.subarray(begin, end), cols, weights);
  });
  return running.value;
}

/** Share of the rows whose top class, or any of whose labels, is wrong. */
function errorRate(predicted: Matrix, { targets, loss, weights }: MetricTask): number {
  const [rows, cols] = targets.shape;
  const isWrong = (n: number) => {
    if (loss.kind === 'softmax') return topColumn(predicted, n) !== topColumn(targets, n);
    const row = (m: Matrix) => m.data.subarray(n * cols, (n + 1) * cols);
    const truth = row(targets);
    return row(predicted).some((s, j) => s > 0 !== truth[j] > 0.5);
  };
  let wrong = 0;
  for (let n = 0; n < rows; n++) if (isWrong(n)) wrong += weightOf(weights, n);
  return wrong / sumOfWeights(weights, rows);
}

const weightOf = (weights: SampleWeights, n: number) => (weights === null ? 1 : weights[n]);

function* meanLoss(task: MetricTask, predicted: Matrix, losses: Runner | null): Steps<number> {
  const { loss, targets, weights } = task;
  const [rows, cols] = targets.shape;
  if (loss.kind === 'traced') return yield* tracedMean(losses as Runner, predicted, task);
  let sum = 0;
  yield* task.inRows(predicted, (S, { begin, end }) => {
    const C = targets.data.subarray(begin, end);
    for (let i = 0; i < S.length; i += cols) {
      const ofRow =
        loss.kind === 'softmax'
          ? crossEntropy(S, C, i, i + cols)
          : rowLoss(loss.kind, S, C, i, i + cols, task.targetScaling);
      sum += weightOf(weights, (begin + i) / cols) * ofRow;
    }
  });
  return sum / sumOfWeights(weights, rows);
}

function crossEntropy(S: Float64Array, C: Float64Array, begin: number, end: number): number {
  const most = largest(S, begin, end);
  let total = 0;
  let target = 0;
  for (let i = begin; i < end; i++) {
    total += C[i];
    target += C[i] * (S[i] - most);
  }
  return total * logSumExpAboveLargest(S, begin, end) - target;
}

function rowLoss(
  kind: 'logistic' | 'leastSquares',
  S: Float64Array,
  C: Float64Array,
  begin: number,
  end: number,
  { shift, scale }: Scaling,
): number {
  let sum = 0;
  for (let i = begin; i < end; i++) {
    if (kind === 'logistic') sum += softplus(S[i]) - C[i] * S[i];
    else sum += 0.5 * (S[i] - (C[i] - shift[i - begin]) / scale[i - begin]) ** 2;
  }
  return sum;
}

function* tracedMean(runner: Runner, { data, shape: [rows] }: Matrix, { targets, weights }: MetricTask): Steps<number> {
  const job = runner.run(rows, { samples: [data, targets.data], vectors: [] });
  const [ofRows] = (yield* perform(job)).samples;
  return ofRows.reduce((sum, loss, n) => sum + weightOf(weights, n) * loss, 0) / sumOfWeights(weights, rows);
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
