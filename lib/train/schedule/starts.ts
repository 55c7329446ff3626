/** @file Runs from several starts, and what becomes of them: one model, or the mean of those that are worth it. */
import { isClosed } from '../../backend/loss.js';
import { lossFacts } from '../../loss/registry.js';
import { mayFindByEvidence } from '../../options/optimizer.js';
import type { Task } from '../../options/options.js';
import { bothOf, searches } from '../../options/regularization.js';
import { startsOfEvidence } from '../../options/starts.js';
import type { TrainOptions } from '../../options/trainOptions.js';
import type { Journal } from '../phase/journal.js';
import type { Problem } from '../problem/problem.js';
import { bestMean, nearBest, nearBestByEvidence } from './choice.js';
import { examinerOf } from './examiner.js';
import { refits } from './refit.js';
import { type Found, isGiven, runOnce } from './run.js';
import { type Schedule, unlessLost } from './schedule.js';
import { mostSearchLegs, mostSearchRuns, search } from './search.js';

/** What a training has found: the model is the mean of its members. */
export interface Outcome {
  readonly members: readonly Found[];
  /** The metric on validation samples that no run has fitted; null without them. */
  readonly heldOut: number | null;
  /** The metric of the model itself, which refits may have fitted. */
  readonly validation: number | null;
}

/** The whole of a training on its scaled data. Samples of the task are as they came where a mean or a refit asks. */
export function* starts(task: Task, problem: Problem, journal: Journal): Schedule<Outcome> {
  const found = [yield* fromStart(task, problem, journal, 0)];
  for (let k = 1; k < task.starts; k++) {
    const next = yield* unlessLost(journal, () => fromStart(task, problem, journal, k));
    if (next !== null) found.push(next);
  }
  if (found.length === 1 && !task.refit) return outcome(found, found[0].best.record.validation);
  const examiner = examinerOf(task);
  if (examiner === null) return outcome(task.evidence ? nearBestByEvidence(found) : nearBest(found), null);
  const { members, metric } = yield* bestMean(found, examiner);
  const again = task.refit ? yield* refits(task, members, examiner, journal) : [];
  if (again.length === 0) return outcome(members, metric);
  return outcome(again, metric, yield* examiner.metricOfMean(again.map(({ prediction }) => prediction)));
}

/** The runs that a training makes at most: from each start one or a search, and for a refit the legs of their ways. */
export function mostRuns(given: TrainOptions): number {
  const { starts, refit = false, regularization, loss, initial } = given;
  if (mayFindByEvidence(given)) return starts ?? (initial === undefined ? startsOfEvidence : 1);
  const { theta, W } = bothOf(regularization);
  const isSearch = searches(theta, W, lossFacts(loss ?? initial?.loss));
  const [runs, legs] = isSearch ? [mostSearchRuns, mostSearchLegs] : [1, 1];
  return (starts ?? 1) * (runs + (refit ? legs : 0));
}

/**
 * What a prior of θ begins with decides where one ends, and no strength serves all data: those of the first starts, the last
 * of them of all others too. See docs/decisions.md.
 */
const strengths = { ofNumbers: [30, 1, 1e-3], ofLabels: [1, 0.03, 1e-3] };

function strengthOf({ loss }: Task, k: number): number {
  const some = isClosed(loss) ? strengths.ofNumbers : strengths.ofLabels;
  return some[Math.min(k, some.length - 1)];
}

function outcome(members: readonly Found[], heldOut: number | null, validation = heldOut): Outcome {
  return { members, heldOut, validation };
}

function* fromStart(task: Task, problem: Problem, journal: Journal, k: number): Schedule<Found> {
  const seed = task.seed + k;
  const { network } = problem.front;
  const own = { ...task, network, seed, ...(task.evidence && { strength: strengthOf(task, k) }) };
  return isGiven(own) ? yield* runOnce(problem, own, 'training', journal) : yield* search(own, problem, journal);
}
