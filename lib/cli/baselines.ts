/** @file How a model compares with what it has to beat: rows beside its own, and sentences where it does not. */

import type { AnyMetrics } from '../loss/meaning.js';
import type { BaselineReport } from '../report/report.js';
import { kindOf } from './kinds.js';
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
    if (worse.length > 0)
      return [`${where} does not beat ${article(name)}: ${worse.map(({ words }) => words).join(', ')}.`];
    return comparisons.every(({ gain }) => gain === 0) ? [`${where} is no better than ${article(name)}.`] : [];
  });
}

/** How much better a model is, measure by measure, without those that the data do not define. */
function compare(own: AnyMetrics, other: AnyMetrics): { words: string; gain: number }[] {
  return kindOf(own).measures.flatMap(({ heading, value, text, better }) => {
    const [mine, others] = [value(own), value(other)];
    if (better === null || Number.isNaN(others ?? Number.NaN)) return []; // JSON has null for what is no number
    const words = `${heading} ${text(mine)} against ${text(others)}`;
    return [{ words, gain: better === 'more' ? mine - others : others - mine }];
  });
}

/** Regressions are called so; means and classes are things. */
function article(name: BaselineReport['name']): string {
  return /regression/.test(name) ? name : `the ${name}`;
}
