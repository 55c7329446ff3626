/** @file What the pages of trainings and of comparisons say alike: facts, names of metrics, confusion. */
import type { Machine } from '../../machine.js';
import type { ClassificationMetrics } from '../../metrics/classification.js';
import type { Confusion, Fact, Timing } from '../../page/document.js';

export const metricLabels = {
  rmse: 'root mean square error',
  relativeError: 'mean relative error',
  loss: 'mean loss',
  errorRate: 'error rate',
} as const;

/** Null is nothing to tell. */
export function factList(facts: Readonly<Record<string, string | null>>): Fact[] {
  return Object.entries(facts).flatMap(([label, value]) => (value === null ? [] : [{ label, value }]));
}

/** ISO 8601 as people read it. */
export function dateText(date: string): string {
  return date.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
}

export function machineText({ cpu, cores, host, platform, arch }: Machine): { processor: string; machine: string } {
  return { processor: `${cpu}, ${counted(cores, 'core')}`, machine: `${host} (${platform}, ${arch})` };
}

export function counted(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;
}

/** What is in no part of the seconds is other work. */
export function withOther(parts: Omit<Timing, 'other'>, seconds: number): Timing {
  const { network, projection, krylov, dense } = parts;
  return { ...parts, other: Math.max(0, seconds - network - projection - krylov - dense) };
}

export function confusionOf({ classes, confusion }: ClassificationMetrics): Confusion {
  return { classes: classes.map((one) => String(one.class)), counts: confusion };
}
