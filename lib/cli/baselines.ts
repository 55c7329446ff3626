/** @file How a model compares with what it has to beat: rows beside its own, and sentences where it does not. */

import type { AnyMetrics } from '../loss/meaning.js';
import type { ClassificationMetrics } from '../metrics/classification.js';
import type { Metrics } from '../metrics/metrics.js';
import type { MultiLabelMetrics } from '../metrics/multiLabel.js';
import type { BaselineReport } from '../report/report.js';
import { percent, short } from './numbers.js';
import { judgedPart, type PartMetrics } from './parts.js';

export interface MeasuredBaseline extends BaselineReport {
  readonly metrics: PartMetrics;
}

/** What is not training data, unless there is nothing else. */
export function baselineParts(baselines: readonly MeasuredBaseline[]): Record<string, AnyMetrics | null> {
  const parts = baselines.flatMap(({ name, metrics }) => {
    const shown = judgedPart(metrics) === 'training' ? (['training'] as const) : (['validation', 'test'] as const);
    return shown.map((part) => [`${name} (${part})`, metrics[part]] as const);
  });
  return Object.fromEntries(parts);
}

/** A sentence for each baseline that the model is not better than; none where all is well. */
export function unbeaten(model: PartMetrics, baselines: readonly MeasuredBaseline[]): string[] {
  const part = judgedPart(model);
  const own = model[part];
  return baselines.flatMap(({ name, metrics }) => {
    const other = metrics[part];
    if (own === null || other === null) return [];
    const where = `On the ${part} samples the model`;
    const comparisons = compare(own, other);
    const worse = comparisons.filter(({ gain }) => !(gain >= 0));
    if (worse.length > 0) return [`${where} does not beat ${article(name)}: ${worse.map(inWords).join(', ')}.`];
    return comparisons.every(({ gain }) => gain === 0) ? [`${where} is no better than ${article(name)}.`] : [];
  });
}

/** Regressions are called so; means and classes are things. */
function article(name: BaselineReport['name']): string {
  return /regression/.test(name) ? name : `the ${name}`;
}

interface Comparison {
  readonly label: string;
  readonly own: string;
  readonly other: string;
  /** A number above 0 where the model is better. */
  readonly gain: number;
}

function inWords({ label, own, other }: Comparison): string {
  return `${label} ${own} against ${other}`;
}

/** Two metrics of one kind. */
function compare(own: AnyMetrics, other: AnyMetrics): Comparison[] {
  if ('confusion' in own) return compareClasses(own, other as ClassificationMetrics);
  if ('exactMatch' in own) return compareLabels(own, other as MultiLabelMetrics);
  return compareNumbers(own as Metrics, other as Metrics);
}

function compareNumbers(own: Metrics, other: Metrics): Comparison[] {
  const [mine, others] = [own.relativeError.mean, other.relativeError.mean];
  const relative = { label: 'relative error', own: percent(mine), other: percent(others), gain: others - mine };
  const rmse = { label: 'RMSE', own: short(own.rmse), other: short(other.rmse), gain: other.rmse - own.rmse };
  // Targets that are all 0 have no relative error.
  return Number.isNaN(relative.gain) ? [rmse] : [relative, rmse];
}

function compareClasses(own: ClassificationMetrics, other: ClassificationMetrics): Comparison[] {
  return [shares('accuracy', own.accuracy, other.accuracy), crossEntropies(own, other)];
}

function compareLabels(own: MultiLabelMetrics, other: MultiLabelMetrics): Comparison[] {
  return [shares('all labels right', own.exactMatch, other.exactMatch), crossEntropies(own, other)];
}

function shares(label: string, own: number, other: number): Comparison {
  return { label, own: percent(own), other: percent(other), gain: own - other };
}

function crossEntropies(own: { crossEntropy: number }, other: { crossEntropy: number }): Comparison {
  const [mine, others] = [own.crossEntropy, other.crossEntropy];
  return { label: 'cross entropy', own: short(mine), other: short(others), gain: others - mine };
}
