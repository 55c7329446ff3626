/** @file The parts of the data that a model is measured on. */
import type { AnyMetrics } from '../loss/meaning.js';

export type PartName = 'training' | 'validation' | 'test';

export type PartMetrics = Readonly<Record<PartName, AnyMetrics | null>>;

/** The last part there is: what says most about new data. */
export function judgedPart(metrics: PartMetrics): PartName {
  return (['test', 'validation'] as const).find((name) => metrics[name] !== null) ?? 'training';
}
