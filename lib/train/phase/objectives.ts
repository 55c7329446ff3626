/** @file The objectives that a part of a training opens, and their memory. */
import type { Objective, ProblemDefinition } from '../../backend/backend.js';
import { inBackground, perform, type Steps } from '../../job/job.js';
import type { OpenObjective } from '../../optimizers/batches.js';
import { targetColumns } from '../problem/problem.js';
import type { Journal } from './journal.js';
import { checkPlan, type MemoryPlan } from './memory.js';
import type { Phase } from './phase.js';

/** Gives the memory of one that is needed no more back. */
export type CloseObjective = (objective: Objective) => Steps<void>;

/** Gives the memory of the objectives that `work` opens back, whatever happens. Opening throws ERR_MEMORY. */
export function* onObjectives<R>(
  { problem, network, regularization }: Pick<Phase, 'problem' | 'network' | 'regularization'>,
  journal: Journal,
  kind: Pick<ProblemDefinition, 'objective' | 'jacobian'>,
  plan: MemoryPlan,
  work: (open: OpenObjective, close: CloseObjective) => Steps<R>,
): Steps<R> {
  const { backend, bias, loss, innerTolerance, threads, cancelFlag } = problem;
  const { programs, weights } = network;
  const { derivatives } = plan;
  const { theta: regularizer, W: alphaW } = regularization;
  const common = {
    ...kind,
    programs,
    derivatives,
    weights,
    bias,
    loss,
    innerTolerance,
    alphaW,
    regularizer,
    threads,
    cancelFlag,
  };
  const objectives = new Set<Objective>();
  const open: OpenObjective = (data, own) => {
    checkPlan(plan, problem);
    const objective = backend.createObjective({ ...common, ...own, ...data, targetColumns: targetColumns(problem) });
    objectives.add(objective);
    return objective;
  };
  const close: CloseObjective = function* (objective) {
    journal.account(objective);
    objectives.delete(objective);
    yield* release(objective, cancelFlag);
  };
  journal.open(objectives);
  try {
    return yield* work(open, close);
  } finally {
    const left = [...objectives];
    journal.close(objectives);
    for (const objective of left) yield* release(objective, cancelFlag);
  }
}

function* release(objective: Objective, cancelFlag: Int32Array): Steps<void> {
  try {
    const job = objective.release();
    // What comes next needs the memory; a training that is cancelled does not wait for it to go.
    yield* perform(Atomics.load(cancelFlag, 0) === 0 ? job : inBackground(job));
  } catch {
    objective.dispose(); // no memory for the job
  }
}
