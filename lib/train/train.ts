import type { GnvproError } from '../errors.js';
import { noCancel, reasonOf, throwIfAborted } from '../job/cancel.js';
import { drive, driveSync } from '../job/job.js';
import type { MetricsByLoss } from '../loss/builtin.js';
import type { AnyMetrics } from '../loss/meaning.js';
import type { Metrics } from '../metrics/metrics.js';
import { Model } from '../model/model.js';
import type { ModelParts } from '../model/parts.js';
import { readOptions, type Task } from '../options/options.js';
import type { TrainOptions } from '../options/trainOptions.js';
import type { BaselineName, Report } from '../report/report.js';
import { Plan, type PlanResult } from './plan.js';

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
  const { cancelFlag, translate, stopListening } = listen(task.signal);
  try {
    return trainingOf(task, await drive(new Plan(task, cancelFlag).run()));
  } catch (error) {
    throw translate(error);
  } finally {
    stopListening();
  }
}

/** The same on the calling thread: for worker_threads, scripts and benches. Only `onIteration` can abort the signal. */
export function trainSync<L extends keyof MetricsByLoss>(
  options: TrainOptions & { loss: L },
): Training<MetricsByLoss[L]>;
export function trainSync<M extends AnyMetrics>(options: TrainOptions & { initial: Model<M> }): Training<M>;
export function trainSync(options: TrainOptions): Training;
export function trainSync(options: TrainOptions): Training<AnyMetrics> {
  const task = readOptions(options);
  const { cancelFlag, translate, stopListening } = listen(task.signal);
  try {
    return trainingOf(task, driveSync(new Plan(task, cancelFlag).run()));
  } catch (error) {
    throw translate(error);
  } finally {
    stopListening();
  }
}

/** Ties the cancel flag of jobs to the signal; throws its reason when it is aborted already. */
function listen(signal: AbortSignal | null) {
  throwIfAborted(signal);
  const cancelFlag = noCancel();
  const cancel = () => Atomics.store(cancelFlag, 0, 1);
  signal?.addEventListener('abort', cancel, { once: true });
  return {
    cancelFlag,
    /** What a caller sees of a cancelled job: the reason of the signal. */
    translate: (error: unknown) =>
      signal?.aborted && (error as GnvproError | null)?.code === 'ERR_ABORTED' ? reasonOf(signal) : error,
    stopListening: () => signal?.removeEventListener('abort', cancel),
  };
}

function trainingOf({ backend, threads }: Task, { parts, report, baselines }: PlanResult): Training<AnyMetrics> {
  const modelOf = (some: ModelParts) => new Model(some, { backend, ...(threads === null ? {} : { threads }) });
  return {
    model: modelOf(parts),
    report,
    baselines: baselines.map(({ name, parts }) => ({ name, model: modelOf(parts) })),
  };
}
