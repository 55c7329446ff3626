/** @file The comparison in numbers: each method over its seeds, mean and standard deviation. */
import type { InitialW } from '../optimizers/initialW.js';
import { type OptimizerDescription, objectiveOf, stagesOf } from '../optimizers/optimizer.js';
import type { Experiment } from './experiment.js';
import type { MethodRun, Trial } from './run.js';

export interface Spread {
  readonly mean: number;
  /** The deviation with n − 1; null for one seed. */
  readonly deviation: number | null;
}

export interface MethodSummary {
  readonly method: string;
  readonly label: string;
  readonly seeds: readonly number[];
  readonly test: Spread;
  readonly validation: Spread;
  readonly training: Spread;
  readonly workUnits: Spread;
  readonly seconds: Spread;
  /** The share of the seconds that W and its inner problem take; null for methods that project nothing. */
  readonly projectionShare: number | null;
  /** The cost until the validation metric passes the mark of the seed; null where not every seed gets there. */
  readonly toMark: { readonly workUnits: number; readonly seconds: number } | null;
  /** Rates that validation chose; empty where there is no choice. */
  readonly learningRates: readonly number[];
  readonly initialW: readonly InitialW[];
  /** Seconds of all trainings of all settings. */
  readonly secondsWithTrials: number;
}

/** Marks of the validation metric, by seed: a tenth above what half of the methods reach. */
type Marks = ReadonlyMap<number, number>;

export function compare(experiment: Experiment, runs: readonly MethodRun[]): MethodSummary[] {
  const marks = new Map(runs.map(({ seed }) => [seed, markOf(runs.filter((run) => run.seed === seed))]));
  return Object.keys(experiment.methods)
    .filter((name) => runs.some(({ method }) => method === name))
    .map((name) => summarize(experiment, name, runs, marks));
}

function markOf(runs: readonly MethodRun[]): number {
  const reached = runs.map(({ best }) => best.validation).sort((a, b) => a - b);
  return 1.1 * reached[Math.floor((reached.length - 1) / 2)];
}

function summarize(experiment: Experiment, name: string, all: readonly MethodRun[], marks: Marks): MethodSummary {
  const runs = all.filter(({ method }) => method === name).toSorted((a, b) => a.seed - b.seed);
  // JSON has no infinities.
  const of = (value: (run: MethodRun) => number | null) =>
    spread(runs.map((run) => value(run) ?? Number.POSITIVE_INFINITY));
  const total = (value: (run: MethodRun) => number) => runs.reduce((sum, run) => sum + value(run), 0);
  const passed = runs.map(({ trace, seed }) => {
    return trace.find(([, , , , validation]) => validation !== null && validation <= (marks.get(seed) as number));
  });
  const everyPassed = passed.every((row) => row !== undefined);
  return {
    method: name,
    label: experiment.methods[name].label,
    seeds: runs.map(({ seed }) => seed),
    test: of(({ errors }) => errors.test),
    validation: of(({ best }) => best.validation),
    training: of(({ errors }) => errors.training),
    workUnits: of(({ workUnits }) => workUnits),
    seconds: of(({ seconds }) => seconds),
    projectionShare: projects(experiment.methods[name].optimizer)
      ? total(({ timings }) => timings.projection) / total(({ seconds }) => seconds)
      : null,
    toMark: everyPassed
      ? { workUnits: mean(passed.map((row) => row[0])), seconds: mean(passed.map((row) => row[1])) }
      : null,
    learningRates: runs.flatMap(({ trials, optimizer }) =>
      isChosen(trials, ({ learningRate }) => learningRate) && 'learningRate' in optimizer
        ? [optimizer.learningRate]
        : [],
    ),
    initialW: runs.flatMap(({ trials, optimizer }) =>
      isChosen(trials, ({ initialW }) => initialW) && 'initialW' in optimizer ? [optimizer.initialW] : [],
    ),
    secondsWithTrials: total(({ trials }) => trials.reduce((sum, trial) => sum + trial.seconds, 0)),
  };
}

function isChosen(trials: readonly Trial[], setting: (trial: Trial) => unknown): boolean {
  return new Set(trials.map(setting)).size > 1;
}

function projects(optimizer: OptimizerDescription): boolean {
  return stagesOf(optimizer).some(({ optimizer: one }) => objectiveOf(one) === 'reduced');
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function spread(values: readonly number[]): Spread {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return { mean: centre, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : null };
}
