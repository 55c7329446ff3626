/** @file What a page says of a training in words: its summary, facts and table. */
import type { ClassificationMetrics } from '../../report/classification.js';
import type { Fact, ResultTable } from '../../report/html/document.js';
import { numberText } from '../../report/html/numbers.js';
import type { Metrics } from '../../report/metrics.js';
import type { MultiLabelMetrics } from '../../report/multiLabel.js';
import { duration } from '../progress.js';
import type { PartName, SavedReport } from '../savedResults.js';
import { overallRows } from '../text.js';
import { counted, dateText, factList, machineText, metricLabels } from './facts.js';

/** A refit at the end has none: then it is what the runs before it were asked for. */
export function metricLabel({ used, job }: SavedReport): string {
  const byDefault = used.loss === 'leastSquares' ? 'rmse' : 'loss';
  const metric = used.validationMetric ?? job.validationMetric ?? byDefault;
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

/** The last part there is: what says most about new data. */
export function judgedPart({ metrics }: SavedReport): PartName {
  return (['test', 'validation'] as const).find((name) => metrics[name] !== null) ?? 'training';
}

export function summaryOf(report: SavedReport, iterations: number): string[] {
  const { stop, workUnits, seconds, best, levels, runs } = report;
  const part = judgedPart(report);
  const weights = levels[levels.length - 1].weights;
  const several = runs.length > 1 ? ` in ${runs.length} runs` : '';
  return [
    qualityOf(report, part),
    `${methodName(report)} trained ${counted(weights, 'nonlinear weight')} in ${counted(iterations, 'iteration')}${several}, ` +
      `${numberText(workUnits, 6)} work units and ${duration(seconds)}. The model is that of iteration ${best.iteration}. ` +
      `How the training ended: ${stop.message}`,
  ];
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

export function tableOf({ metrics }: SavedReport): ResultTable | null {
  const rows = overallRows(metrics);
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
