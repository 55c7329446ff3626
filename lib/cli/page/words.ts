/** @file What a page says of a training in words: its summary, facts and table. */
import type { PartName } from '../../data/split.js';
import { lossFacts } from '../../loss/registry.js';
import type { ClassificationMetrics } from '../../metrics/classification.js';
import type { Metrics } from '../../metrics/metrics.js';
import type { MultiLabelMetrics } from '../../metrics/multiLabel.js';
import type { Fact, ResultTable } from '../../page/document.js';
import { numberText } from '../../page/numbers.js';
import { baselineParts, unbeaten } from '../baselines.js';
import { duration } from '../numbers.js';
import { judgedPart } from '../parts.js';
import type { SavedReport } from '../savedResults.js';
import { overallRows } from '../text.js';
import { counted, dateText, factList, machineText, metricLabels } from './facts.js';

/** A refit at the end has none: then it is what the runs before it were asked for. */
export function metricLabel({ used, job }: SavedReport): string {
  const metric = used.validationMetric ?? job.validationMetric ?? lossFacts(used.loss as string).defaultMetric;
  return (metricLabels as Readonly<Record<string, string>>)[String(metric)] ?? String(metric);
}

const optimizerNames: Readonly<Record<string, string>> = {
  gnvpro: 'GNvpro',
  gaussNewton: 'Gauss–Newton',
  lbfgs: 'L-BFGS',
  sgd: 'SGD',
  adam: 'ADAM',
  sequence: 'Sequence',
};

export function methodName({ used: { optimizer } }: SavedReport): string {
  return optimizerNames[optimizer.type] ?? optimizer.type;
}

export function summaryOf(report: SavedReport, iterations: number): string[] {
  const { stop, workUnits, seconds, levels, runs, metrics, baselines = [] } = report;
  const part = judgedPart(metrics);
  const weights = levels[levels.length - 1].weights;
  const several = runs.length > 1 ? ` in ${runs.length} runs` : '';
  return [
    [qualityOf(report, part), ...unbeaten(metrics, baselines)].join(' '),
    `${methodName(report)} trained ${counted(weights, 'nonlinear weight')} in ${counted(iterations, 'iteration')}${several}, ` +
      `${numberText(workUnits, 6)} work units and ${duration(seconds)}. ${modelOf(report)} ` +
      `How the training ended: ${stop.message}`,
  ];
}

function modelOf({ best, heldOut = null, members = [] }: SavedReport): string {
  const what =
    members.length > 1
      ? `The model is the mean of those of runs ${members.join(', ')}.`
      : `The model is that of iteration ${best.iteration}.`;
  if (heldOut === null || best.validation === null || heldOut === best.validation) return what;
  return `${what} Its validation metric, ${numberText(best.validation)}, is of samples that the refit was fitted to; as new samples, before the refit, it was ${numberText(heldOut)}.`;
}

function qualityOf({ metrics }: SavedReport, part: PartName): string {
  const of = metrics[part];
  if (of === null) return 'No samples were measured.';
  const where = `On the ${counted(of.samples, `${part} sample`)}`;
  if ('confusion' in of) {
    const { accuracy, crossEntropy, classes } = of as ClassificationMetrics;
    return `${where}, ${percent(accuracy)} of the classes are right (${classes.length} classes, cross entropy ${numberText(crossEntropy ?? Number.NaN)}).`;
  }
  if ('exactMatch' in of) return `${where}, all labels are right for ${percent((of as MultiLabelMetrics).exactMatch)}.`;
  const { relativeError, r2, rmse } = of as Metrics;
  return `${where}, the mean relative error is ${percent(relativeError.mean)}, that of the worst sample ${percent(relativeError.max)} (R² ${numberText(r2 ?? Number.NaN, 5)}, root mean square error ${numberText(rmse ?? Number.NaN)}).`;
}

export function tableOf({ metrics, baselines = [] }: SavedReport): ResultTable | null {
  const rows = overallRows({ ...metrics, ...baselineParts(baselines) });
  if (rows === null) return null;
  const [[, ...names], ...parts] = rows;
  return { columns: ['data', ...names], rows: parts, notes: [] };
}

export function factsOf(report: SavedReport, folder: string): Fact[] {
  const { machine, memoryBytes, blas, threads, backend } = report;
  return factList({
    date: dateText(report.date),
    folder,
    gnvpro: report.gnvpro,
    Node: report.node,
    backend,
    BLAS: blas,
    threads: String(threads),
    seed: String(report.seed),
    memory: `${numberText(memoryBytes / 2 ** 20)} MiB`,
    ...machineText(machine),
  });
}

function percent(share: number | null): string {
  return `${numberText(100 * (share ?? Number.NaN))} %`;
}
