/** @file Which models of several starts are worth a place in their mean. */

import { isClosed } from '../../backend/loss.js';
import { scaleOf } from '../../evidence/hyperparameters.js';
import type { Steps } from '../../job/job.js';
import { samplesIn, targetColumns } from '../problem/problem.js';
import type { Examined, Examiner } from './examiner.js';
import type { Found } from './run.js';

export interface Mean {
  readonly members: readonly Examined[];
  /** The metric of their mean. */
  readonly metric: number;
}

/** Shares of the best metric, and of the least objective, which goes with the square of an error: above it are worse minima. */
const nearMetric = 0.5;
const nearObjective = 1;

/** In nats by the scale of the evidence. */
const nearEvidence = 0.1;

/** All that are near the best; where that is no better than the best alone, those that lower the metric one by one. */
export function* bestMean(members: readonly Found[], examiner: Examiner): Steps<Mean> {
  const examined: Examined[] = [];
  for (const member of members) examined.push(yield* examiner.examine(member));
  const near = nearLeast(examined, ({ metric }) => metric, nearMetric).sort((a, b) => a.metric - b.metric);
  const all = yield* meanOf(near, examiner);
  return all.metric < near[0].metric ? all : yield* oneByOne(near, examiner);
}

function* oneByOne([best, ...others]: readonly Examined[], examiner: Examiner): Steps<Mean> {
  let mean: Mean = { members: [best], metric: best.metric };
  for (const other of others) {
    const more = yield* meanOf([...mean.members, other], examiner);
    if (more.metric < mean.metric) mean = more;
  }
  return mean;
}

function* meanOf(members: readonly Examined[], examiner: Examiner): Steps<Mean> {
  return { members, metric: yield* examiner.metricOfMean(members.map(({ prediction }) => prediction)) };
}

/** Those that are worth it without validation data. */
export function nearBest(members: readonly Found[]): Found[] {
  return nearLeast(members, ({ best }) => best.record.objective, nearObjective);
}

/** The same where α was found, the best first: the posterior weight of a model, exp(log evidence), would leave but the best. */
export function nearBestByEvidence(members: readonly Found[]): Found[] {
  const evidenceOf = ({ best, problem }: Found) => {
    const sizes = {
      samples: samplesIn(problem),
      targets: targetColumns(problem),
      hasNoise: isClosed(problem.loss),
    };
    return (best.record.evidence?.logEvidence ?? Number.NEGATIVE_INFINITY) / scaleOf(sizes);
  };
  const sorted = [...members].sort((a, b) => evidenceOf(b) - evidenceOf(a));
  return sorted.filter((member) => !(evidenceOf(member) < evidenceOf(sorted[0]) - nearEvidence));
}

function nearLeast<T>(items: readonly T[], of: (item: T) => number, share: number): T[] {
  const least = Math.min(...items.map(of));
  return items.filter((item) => !isAbove(of(item), least, share));
}

/** Whether a value is above another by more than a share of it, whatever its sign. */
export function isAbove(value: number, other: number, share: number): boolean {
  return value > other + share * Math.abs(other);
}

/** The metric on validation samples. */
export function metricOf({ best }: Found): number {
  return best.record.validation ?? Number.POSITIVE_INFINITY;
}
