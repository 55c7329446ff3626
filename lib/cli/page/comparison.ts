/** @file An experiment as a report document: every method and seed, and what the best one predicts. */
import { targetsOf } from '../../data/classes.js';
import {
  type Budget,
  type Experiment,
  type ExperimentData,
  type MethodRun,
  type MethodSummary,
  modelFile,
  type Results,
} from '../../experiments/index.js';
import type { AnyMetrics } from '../../loss/meaning.js';
import type { ClassificationMetrics } from '../../metrics/classification.js';
import { Model } from '../../model/model.js';
import type { Fact, ReportDocument, ResultTable, Timing, Trace } from '../../page/document.js';
import { duration } from '../numbers.js';
import { reliabilityOf } from './calibration.js';
import { confusionOf, dateText, factList, machineText, metricLabels, withOther } from './facts.js';
import { fieldsOf, outputsOf } from './samples.js';

/** The comparison in numbers, and where its models and data are. */
export interface ComparisonParts {
  readonly methods: readonly MethodSummary[];
  readonly table: ResultTable;
  readonly folder: string;
  load(seed: number): Promise<ExperimentData>;
}

export async function comparisonDocument(
  experiment: Experiment,
  results: Results,
  parts: ComparisonParts,
): Promise<ReportDocument> {
  const { methods, table } = parts;
  const best = methods.reduce((a, b) => (b.test.mean < a.test.mean ? b : a));
  const labelOf = (method: string) => experiment.methods[method].label;
  return {
    title: experiment.title,
    summary: [experiment.about, verdict(methods, best)],
    facts: factsOf(results),
    options: { budget: results.budget, methods: experiment.methods, options: experiment.options },
    metric: { label: metricLabels[experiment.validationMetric] },
    traces: results.runs.map((run) => traceOf(labelOf(run.method), run)),
    timings: methods.map((one) => timingOf(one, results.runs)),
    timingNote: 'means over the seeds',
    table,
    choice: null,
    map: null,
    images: null,
    kernels: null,
    missing: [],
    ...(await shownOf(experiment, best, parts)),
  };
}

function verdict(methods: readonly MethodSummary[], best: MethodSummary): string {
  const arrived = methods.filter(({ toMark }) => toMark !== null);
  const fastest = arrived.toSorted((a, b) => seconds(a) - seconds(b))[0];
  const first = `${best.label} has the least mean test error.`;
  if (fastest === undefined) return first;
  return `${first} ${fastest.label} is the first to the common mark on validation data, after ${duration(seconds(fastest))}.`;
}

const seconds = ({ toMark }: MethodSummary) => toMark?.seconds ?? Number.POSITIVE_INFINITY;

function factsOf(results: Results): Fact[] {
  return factList({
    date: dateText(results.date),
    command: commandOf(results),
    budget: Object.entries(results.budget)
      .map(([what, much]) => `${much} ${budgetWords[what as keyof Budget]}`)
      .join(', '),
    gnvpro: results.gnvpro,
    Node: results.node,
    BLAS: results.blas,
    threads: String(results.threads),
    ...machineText(results.machine),
  });
}

const budgetWords = {
  workUnits: 'work units a level',
  seconds: 'seconds a training',
  processorSeconds: 'seconds of the processor a training',
} as const;

function commandOf({ experiment, budget, threads, runs }: Results): string {
  const { workUnits, seconds, processorSeconds } = budget;
  const limits = [
    workUnits === undefined ? [] : `work=${workUnits}`,
    seconds === undefined ? [] : `seconds=${seconds}`,
    processorSeconds === undefined ? [] : `processor=${processorSeconds}`,
  ].flat();
  const seeds = [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b);
  return `gnvpro experiment ${experiment} --seeds ${seeds.join(',')} --budget ${limits.join(',')} --threads ${threads}`;
}

function traceOf(method: string, { seed, trace }: MethodRun): Trace {
  const points = trace.map(([workUnits, time, objective, gradientNorm, validation, accepted]) => ({
    ...{ workUnits, seconds: time, validation, accepted },
    objective: objective ?? Number.NaN,
    gradientNorm: gradientNorm ?? Number.NaN,
  }));
  return { method, seed, points };
}

function timingOf({ method, label }: MethodSummary, all: readonly MethodRun[]): Timing {
  const runs = all.filter((run) => run.method === method);
  const mean = (value: (run: MethodRun) => number) => runs.reduce((sum, run) => sum + value(run), 0) / runs.length;
  const means = {
    network: mean(({ timings }) => timings.network),
    projection: mean(({ timings }) => timings.projection),
    krylov: mean(({ timings }) => timings.krylov),
    dense: mean(({ timings }) => timings.dense),
  };
  return withOther(
    { method: label, ...means },
    mean((run) => run.seconds),
  );
}

/** The model of the best method's first seed. */
async function shownOf(
  experiment: Experiment,
  { method, label, seeds: [seed] }: MethodSummary,
  { folder, load }: ComparisonParts,
): Promise<Pick<ReportDocument, 'outputs' | 'calibration' | 'fields' | 'confusion' | 'reliability'>> {
  using model = await Model.load<AnyMetrics>(modelFile(folder, method, seed));
  const data = await load(seed);
  const { inputs, targets } = data.test;
  if (experiment.metric === 'errorRate') {
    const metrics = (await model.evaluate(inputs, targetsOf(targets, data.classes))) as ClassificationMetrics;
    return {
      outputs: null,
      calibration: null,
      fields: [],
      confusion: confusionOf(metrics),
      reliability: reliabilityOf(metrics, { part: 'test', notes: [`The probabilities are those of ${label}.`] }),
    };
  }
  const predicted = await (model as Model).predict(inputs);
  return {
    outputs: outputsOf(targets, predicted, { title: `${label}, test samples` }),
    calibration: null,
    fields: fieldsOf(targets, predicted, experiment.field, ''),
    confusion: null,
    reliability: null,
  };
}
