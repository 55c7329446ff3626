/** @file The parts of the data that a model is measured on. */
import type { PartName } from '../data/split.js';
import type { AnyMetrics } from '../loss/meaning.js';

export type PartMetrics = Readonly<Record<PartName, AnyMetrics | null>>;

/** The last part there is: what says most about new data. */
export function judgedPart(metrics: PartMetrics): PartName {
  return (['test', 'validation'] as const).find((name) => metrics[name] !== null) ?? 'training';
}
