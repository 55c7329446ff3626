/** @file One method on one seed: its trainings, and what came of them. */
import type { Timings } from '../backend/backend.js';
import { targetsOf } from '../data/classes.js';
import type { Samples } from '../data/samples.js';
import { digest } from '../files/digest.js';
import { reasonOf } from '../job/cancel.js';
import type { AnyMetrics } from '../loss/meaning.js';
import type { ClassificationMetrics } from '../metrics/classification.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Model } from '../model/model.js';
import type { InitialW } from '../optimizers/initialW.js';
import type { OptimizerDescription } from '../optimizers/optimizer.js';
import type { IterationRecord, Stop } from '../report/report.js';
import { type Training, train } from '../train/train.js';
import { type Times, timeKeeper } from './clock.js';
import type { Budget, Experiment, ExperimentData, MethodEntry } from './experiment.js';

/** A point of a curve: work units, seconds, objective, ‖gradient‖, validation metric, accepted. */
export type TraceRow = readonly [number, number, number, number, number | null, boolean];

/** One of several settings that were tried. */
export interface Trial {
  readonly learningRate: number | null;
  readonly initialW: InitialW | null;
  readonly validation: number;
  readonly seconds: number;
}

export interface MethodRun {
  /** SHA-256 of the file of its model; runs of the first versions have none. */
  readonly model?: string;
  readonly method: string;
  /** A digest of the method and the problem's settings: a run of another definition is another run. */
  readonly definition: string;
  readonly seed: number;
  /** What was run: with the learning rate that validation chose. */
  readonly optimizer: OptimizerDescription;
  /** All settings that were tried, one where there is no choice. */
  readonly trials: readonly Trial[];
  readonly stop: Stop;
  readonly workUnits: number;
  /** Of the processor where the budget is, here and in `best`, `trials` and `trace`; else by the clock. */
  readonly seconds: number;
  readonly timings: Timings;
  readonly best: {
    readonly iteration: number;
    readonly validation: number;
    readonly workUnits: number;
    readonly seconds: number;
  };
  readonly errors: { readonly training: number; readonly validation: number; readonly test: number };
  readonly trace: readonly TraceRow[];
}

export interface RunOptions {
  readonly seed: number;
  readonly budget: Budget;
  readonly threads: number;
  readonly signal?: AbortSignal;
}

/** @throws the signal's reason when it is aborted: half a run is none */
export async function runMethod(
  experiment: Experiment,
  data: ExperimentData,
  method: string,
  options: RunOptions,
): Promise<{ run: MethodRun; model: Model<AnyMetrics> }> {
  const entry = experiment.methods[method];
  const own = { ...experiment, options: { ...experiment.options, ...entry.options } };
  const trials: Trial[] = [];
  let chosen: { training: Training<AnyMetrics>; times: Times; optimizer: OptimizerDescription } | null = null;
  for (const optimizer of candidates(entry)) {
    const { training, times } = await trainOnce(own, data, optimizer, options);
    const { validation } = training.report.best;
    trials.push({ ...settingOf(optimizer), validation: validation as number, seconds: times.seconds });
    if (chosen === null || !((validation as number) >= (chosen.training.report.best.validation as number))) {
      chosen?.training.model.dispose();
      chosen = { training, times, optimizer };
    } else training.model.dispose();
  }
  const { training, times, optimizer } = chosen as NonNullable<typeof chosen>;
  const { model, report } = training;
  const { workUnits, timings, best } = report;
  const { seconds, stop } = times;
  const iterations = report.iterations.map((record, k) => ({ ...record, seconds: times.records[k] }));
  const run: MethodRun = {
    ...{ method, definition: definitionOf(experiment, method), seed: options.seed },
    ...{ optimizer, trials, stop, workUnits, seconds, timings },
    best: {
      iteration: best.iteration,
      validation: best.validation as number,
      workUnits: best.workUnits,
      seconds: times.records[report.iterations.findIndex((record) => record.seconds === best.seconds)],
    },
    errors: {
      training: await errorOf(experiment, model, data.training, data),
      validation: await errorOf(experiment, model, data.validation, data),
      test: await errorOf(experiment, model, data.test, data),
    },
    trace: traceOf(iterations),
  };
  return { run, model };
}

export function definitionOf({ methods, options }: Experiment, method: string): string {
  return digest(JSON.stringify([methods[method], options])).slice(0, 16);
}

/** Every learning rate with every start of W. */
function candidates({ optimizer, learningRates, initialW }: MethodEntry): OptimizerDescription[] {
  const rates = learningRates?.map((learningRate) => ({ learningRate })) ?? [{}];
  const starts = initialW?.map((start) => ({ initialW: start })) ?? [{}];
  return rates.flatMap((rate) => starts.map((start) => ({ ...optimizer, ...rate, ...start }) as OptimizerDescription));
}

function settingOf(optimizer: OptimizerDescription): Pick<Trial, 'learningRate' | 'initialW'> {
  return {
    learningRate: 'learningRate' in optimizer ? optimizer.learningRate : null,
    initialW: 'initialW' in optimizer ? optimizer.initialW : null,
  };
}

/** Nothing but the budget ends a method, or that it finds no better point. */
async function trainOnce(
  { options, validationMetric }: Experiment,
  { training: samples, validation, classes }: ExperimentData,
  optimizer: OptimizerDescription,
  { seed, budget, threads, signal }: RunOptions,
): Promise<{ training: Training<AnyMetrics>; times: Times }> {
  const { onIteration, times } = timeKeeper(budget);
  const given = ({ inputs, targets }: Samples) => ({ inputs, targets: targetsOf(targets, classes) });
  const training = await train({
    ...options,
    ...given(samples),
    validation: given(validation),
    ...{ validationMetric, optimizer, seed, threads, signal, onIteration },
    stop: {
      ...{ gradient: 0, objective: 0, step: 0, patience: Number.POSITIVE_INFINITY },
      ...{ workUnits: budget.workUnits ?? Number.POSITIVE_INFINITY, seconds: budget.seconds },
    },
  });
  if (signal?.aborted) {
    training.model.dispose();
    throw reasonOf(signal);
  }
  return { training, times: times(training.report) };
}

async function errorOf(
  { metric }: Experiment,
  model: Model<AnyMetrics>,
  { inputs, targets }: Samples,
  { classes }: ExperimentData,
): Promise<number> {
  const metrics = await model.evaluate(inputs, targetsOf(targets, classes));
  if (metric === 'errorRate') return 1 - (metrics as ClassificationMetrics).accuracy;
  return metric === 'rmse' ? (metrics as Metrics).rmse : (metrics as Metrics).relativeError.mean;
}

/** A curve needs no more, but for the points that are better than all before. */
const mostPoints = 600;

function traceOf(iterations: readonly IterationRecord[]): TraceRow[] {
  const step = Math.ceil(iterations.length / mostPoints);
  let best = Number.POSITIVE_INFINITY;
  return iterations
    .filter(({ validation }, k) => {
      const isBetter = validation !== null && validation < best;
      if (isBetter) best = validation;
      return isBetter || k % step === 0 || k === iterations.length - 1;
    })
    .map((at) => [at.workUnits, at.seconds, at.objective, at.gradientNorm, at.validation, at.accepted]);
}
