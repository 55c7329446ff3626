/** @file A whole training: its baselines, its problem, its schedule, and what it tells of them. */

import type { Steps } from '../job/job.js';
import type { ModelParts } from '../model/parts.js';
import type { Task } from '../options/options.js';
import { checkRegularizer } from '../regularizer/check.js';
import type { BaselineReport, Report } from '../report/report.js';
import { average } from './average.js';
import { type Baseline, fitBaselines } from './baselines.js';
import { Keeper } from './checkpoint/keeper.js';
import { Journal } from './phase/journal.js';
import { checkNetwork } from './phase/memory.js';
import { posteriorOf } from './posterior.js';
import { makeProblem, withOwnData } from './problem/problem.js';
import { reportOf, trainingFacts } from './reporting.js';
import { examinerOf } from './schedule/examiner.js';
import { joined } from './schedule/refit.js';
import { partsOf } from './schedule/run.js';
import { type Course, follow } from './schedule/schedule.js';
import { starts } from './schedule/starts.js';

export interface Trained {
  readonly parts: ModelParts;
  readonly report: Report;
  readonly baselines: readonly Baseline[];
}

export function* runTraining(task: Task, cancelFlag: Int32Array, course: Course = {}): Steps<Trained> {
  checkNetwork(task);
  const journal = new Journal(task.onIteration, cancelFlag);
  const { checkpoint } = task;
  // Before the problem scales the data.
  const keeper = checkpoint && new Keeper(task, checkpoint, journal);
  const from = keeper === null ? course.from : yield* keeper.open();
  const baselines = task.baselines ? yield* judgedBaselines(task, cancelFlag) : [];
  if (typeof task.alphaTheta === 'object') checkRegularizer(task.alphaTheta, task.network.weights);
  const needsData = task.starts > 1 || task.refit;
  const problem = yield* makeProblem(needsData ? withOwnData(task) : task, cancelFlag);
  const outcome = yield* kept(keeper, journal, (keep) =>
    follow(starts(task, problem, journal), journal, { ...course, from, ...keep }),
  );
  const members: ModelParts[] = [];
  for (const found of outcome.members) {
    members.push({ ...partsOf(task, found), posterior: yield* posteriorOf(found, journal) });
  }
  const report = reportOf(task, outcome, journal, { baselines, checkpoint: keeper?.report ?? null });
  const parts = members.length === 1 ? members[0] : average(members);
  return { parts: { ...parts, training: trainingFacts(report) }, report, baselines };
}

/** Whatever ends the training, the last place that it can be taken up from is written. */
function* kept<R>(
  keeper: Keeper | null,
  journal: Journal,
  training: (keep: Pick<Course, 'keep'>) => Steps<R>,
): Steps<R> {
  if (keeper === null) return yield* training({});
  let isEnd = false;
  try {
    const result = yield* training({ keep: (place) => keeper.keep(place) });
    isEnd = journal.stop === null;
    return result;
  } finally {
    yield* keeper.end(isEnd);
  }
}

/** Fitted to what the model is fitted to, and judged as it is. */
function* judgedBaselines(task: Task, cancelFlag: Int32Array): Steps<(Baseline & BaselineReport)[]> {
  const baselines = yield* fitBaselines(task.refit ? { ...task, ...joined(task) } : task, cancelFlag);
  const examiner = examinerOf(task);
  const judged: (Baseline & BaselineReport)[] = [];
  for (const baseline of baselines) {
    judged.push({ ...baseline, validation: examiner && (yield* examiner.metricOf(baseline.parts)) });
  }
  return judged;
}
