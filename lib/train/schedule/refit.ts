/** @file Refits: the way to what a run has found once more, on training and validation data together. */
import { sharedArray } from '../../data/buffers.js';
import type { Matrix } from '../../data/matrix.js';
import type { Samples } from '../../data/samples.js';
import { checkInMemory } from '../../data/stored.js';
import type { Task } from '../../options/options.js';
import type { Journal } from '../phase/journal.js';
import { makeProblem, type Problem } from '../problem/problem.js';
import { isAbove, metricOf } from './choice.js';
import type { Examined, Examiner } from './examiner.js';
import { continued, type Found, type Leg, type Run, runOnce } from './run.js';
import { type Schedule, unlessLost } from './schedule.js';

/** A refit that is worse by more than this share on samples that it was fitted to has gone astray. */
const largestLoss = 0.1;

/** Those that came off: all data fit no worse than before, where the validation samples were new. None once the training has ended. */
export function* refits(
  task: Task,
  members: readonly Found[],
  examiner: Examiner,
  journal: Journal,
): Schedule<Examined[]> {
  const problem = yield* unlessLost(journal, () => makeProblem({ ...task, ...joined(task) }, journal.cancelFlag));
  if (problem === null) return [];
  const refits: Examined[] = [];
  for (const member of members) {
    const found = yield* again(task, problem, member, journal);
    if (journal.stop !== null) return [];
    if (found === null) continue;
    const refit = yield* examiner.examine(found);
    if (!isAbove(refit.metric, metricOf(member), largestLoss)) refits.push(refit);
  }
  return refits;
}

/** Leg after leg; the temperature stays. Null where it is lost. */
function* again(task: Task, problem: Problem, member: Found, journal: Journal): Schedule<Found | null> {
  const rules = { ...task.rules, gradient: 0, objective: 0, step: 0 };
  let found: Found | null = null;
  for (const { iterations, ...alphas } of taken(member.legs)) {
    const leg: Run = {
      ...task,
      ...alphas,
      network: problem.front.network,
      seed: member.run.seed,
      rules: { ...rules, iterations },
    };
    const next: Run = found === null ? leg : continued(leg, found);
    found = yield* unlessLost(journal, () => runOnce(problem, next, 'refit', journal));
    if (found === null) return null;
  }
  return found && { ...found, best: { ...found.best, temperature: member.best.temperature }, legs: member.legs };
}

/** Legs of no step led nowhere; the last stays where all are such. */
function taken(legs: readonly Leg[]): Leg[] {
  const some = legs.filter(({ iterations }) => iterations > 0);
  return some.length > 0 ? some : [{ ...legs[legs.length - 1], iterations: 1 }];
}

/** The training and the validation samples as training samples alone. */
export function joined({ training, validation, sampleWeights, validationWeights }: Task) {
  if (validation === null) return {};
  checkInMemory(training, 'refit: true');
  checkInMemory(validation, 'refit: true');
  const rows = (a: Matrix, b: Matrix): Matrix => {
    const data = sharedArray(a.data.length + b.data.length);
    data.set(a.data);
    data.set(b.data, a.data.length);
    return { data, shape: [a.shape[0] + b.shape[0], a.shape[1]] };
  };
  const isWeighted = sampleWeights !== null || validationWeights !== null;
  const weightsOf = (samples: Samples, weights: Float64Array | null) => column(weights ?? ones(samples));
  const weights = isWeighted && rows(weightsOf(training, sampleWeights), weightsOf(validation, validationWeights));
  return {
    training: { inputs: rows(training.inputs, validation.inputs), targets: rows(training.targets, validation.targets) },
    sampleWeights: weights ? weights.data : null,
    validation: null,
    validationWeights: null,
  };
}

const column = (data: Float64Array): Matrix => ({ data, shape: [data.length, 1] });
const ones = ({ inputs }: Samples) => new Float64Array(inputs.shape[0]).fill(1);
