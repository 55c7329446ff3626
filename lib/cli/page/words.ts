/** @file What a page says of a training in words: its summary, facts and table. */
import type { PartName } from '../../data/split.js';
import { lossFacts } from '../../loss/registry.js';
import type { Fact, ResultTable } from '../../page/document.js';
import { numberText } from '../../page/numbers.js';
import { baselineParts, unbeaten } from '../baselines.js';
import { kindOf } from '../kinds.js';
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
  const name = optimizerNames[optimizer.type] ?? optimizer.type;
  return 'batches' in optimizer && optimizer.batches ? `${name} on batches` : name;
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
  return `On the ${counted(of.samples, `${part} sample`)}, ${kindOf(of).sentence(of)}`;
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
