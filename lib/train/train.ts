import { cancelledBy, driveUntilAborted } from '../job/cancel.js';
import { driveSync } from '../job/job.js';
import type { AnyMetrics } from '../loss/meaning.js';
import type { MetricsByLoss } from '../loss/registry.js';
import type { Metrics } from '../metrics/metrics.js';
import { Model } from '../model/model.js';
import type { ModelParts } from '../model/parts.js';
import { readOptions, type Task } from '../options/options.js';
import type { TrainOptions } from '../options/trainOptions.js';
import type { BaselineName, Report } from '../report/report.js';
import { runTraining, type Trained } from './training.js';

export interface Training<M extends AnyMetrics = Metrics> {
  readonly model: Model<M>;
  readonly report: Report;
  /** What the model has to beat, where the option `baselines` asks; else none. */
  readonly baselines: readonly BaselineModel<M>[];
}

export interface BaselineModel<M extends AnyMetrics = Metrics> {
  readonly name: BaselineName;
  readonly model: Model<M>;
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
export function train<L extends keyof MetricsByLoss>(
  options: TrainOptions & { loss: L },
): Promise<Training<MetricsByLoss[L]>>;
export function train<M extends AnyMetrics>(options: TrainOptions & { initial: Model<M> }): Promise<Training<M>>;
export function train(options: TrainOptions): Promise<Training>;
export async function train(options: TrainOptions): Promise<Training<AnyMetrics>> {
  const task = readOptions(options);
  const steps = (cancelFlag: Int32Array) => runTraining(task, cancelFlag);
  return trainingOf(task, await driveUntilAborted(task.signal, steps, { keepsResult: true }));
}

/** The same on the calling thread: for worker_threads, scripts and benches. Only `onIteration` can abort the signal. */
export function trainSync<L extends keyof MetricsByLoss>(
  options: TrainOptions & { loss: L },
): Training<MetricsByLoss[L]>;
export function trainSync<M extends AnyMetrics>(options: TrainOptions & { initial: Model<M> }): Training<M>;
export function trainSync(options: TrainOptions): Training;
export function trainSync(options: TrainOptions): Training<AnyMetrics> {
  const task = readOptions(options);
  const cancellation = cancelledBy(task.signal);
  try {
    return trainingOf(task, driveSync(runTraining(task, cancellation.flag)));
  } catch (error) {
    throw cancellation.told(error);
  } finally {
    cancellation.end();
  }
}

function trainingOf({ backend, threads }: Task, { parts, report, baselines }: Trained): Training<AnyMetrics> {
  const modelOf = (some: ModelParts) => new Model(some, { backend, ...(threads === null ? {} : { threads }) });
  return {
    model: modelOf(parts),
    report,
    baselines: baselines.map(({ name, parts }) => ({ name, model: modelOf(parts) })),
  };
}
