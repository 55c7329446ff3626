/**
 * @file One level: nested parts of the data first, then its methods one after the other, each from where the one before
 * has ended. θ and W are carried over; the trust-region radius between the parts of the data.
 */
import { solverFor } from '../../optimizers/operations.js';
import { isStochastic, type SingleDescription, type StageDescription, stagesOf } from '../../optimizers/optimizer.js';
import type { Task } from '../../options/options.js';
import type { StopRules } from '../../options/stop.js';
import { Random } from '../../random.js';
import { type Stop, stopStatuses } from '../../report/report.js';
import { type Best, betterOf, type Journal, type Weights } from '../phase/journal.js';
import { laplaceNumbers, largest, type MemoryPlan, planMemory } from '../phase/memory.js';
import type { Phase, PhaseResult, State } from '../phase/phase.js';
import { targetColumns } from '../problem/problem.js';
import { run, type Schedule } from './schedule.js';

/** What the phases of a level have in common. */
export type Level = Pick<Phase, 'problem' | 'seed' | 'level' | 'network' | 'regularization' | 'strength'>;

/** What a level takes from the task. */
type LevelTask = Pick<Task, 'optimizer' | 'rules' | 'nested' | 'seed'>;

/** A method made ready for a level. */
type Work = Pick<Phase, 'method' | 'solver' | 'memory'>;

export interface LevelResult {
  readonly stop: Stop;
  /** Where to go on from: the best point by validation, else the last; null where the level has none. */
  readonly end: Weights | null;
  /** The solver of the last method that has one. */
  readonly solver: Phase['solver'];
  /** Of the method that needs most. */
  readonly memory: MemoryPlan;
}

export function* runLevel(level: Level, task: LevelTask, start: State, journal: Journal): Schedule<LevelResult> {
  // All of them first: what is impossible is said before any work.
  const stages = stagesOf(task.optimizer).map(({ optimizer, stop }) => ({ work: workOf(level, optimizer), stop }));
  const works = stages.map(({ work }) => work);
  const parts = level.level === 1 ? yield* nested({ ...level, ...works[0] }, task, start, journal) : [];
  const results = [...parts];
  const used = { workUnits: 0, iterations: 0 };
  for (const [k, { work, stop }] of stages.entries()) {
    const rules = rulesOf(task.rules, stop, used);
    const last = results.at(-1);
    const isOver = k > 0 && !(rules.workUnits > 0 && rules.iterations > 0);
    if (isOver || (last !== undefined && endsRun(last))) break;
    const from = k === 0 ? stateAfter(parts, start) : stateOf(endOf(level, [last as PhaseResult]) as Weights);
    const result = yield* run({ ...level, ...work, rows: null, rules }, from);
    journal.keep(result.best);
    results.push(result);
    used.workUnits += result.workUnits;
    used.iterations += result.iterations;
  }
  return {
    stop: results[results.length - 1].stop,
    end: endOf(level, results),
    solver: works.reduce<Phase['solver']>((last, { solver }) => solver ?? last, null),
    memory: largest(works.map(({ memory }) => memory)),
  };
}

/** A few steps on small parts of the data, each within the next. */
function* nested(work: Level & Work, task: LevelTask, start: State, journal: Journal): Schedule<PhaseResult[]> {
  const { samples } = work.problem.data;
  const order = new Random(task.seed).permutation(samples);
  const results: PhaseResult[] = [];
  for (const part of task.nested) {
    const rules = { ...task.rules, iterations: part.iterations, patience: Number.POSITIVE_INFINITY };
    const rows = order.subarray(0, part.samples);
    const result = yield* run({ ...work, rows, rules }, stateAfter(results, start));
    results.push(result);
    // Objectives on parts of the data do not compare; validation does.
    if (work.problem.validation !== null || endsRun(result)) journal.keep(result.best);
    if (endsRun(result)) break;
  }
  return results;
}

/** Where the next part goes on. A method that could go no further leaves a radius that is no measure of the next steps. */
function stateAfter(parts: readonly PhaseResult[], start: State): State {
  const part = parts.at(-1);
  if (part === undefined) return start;
  return stateOf(part.last as Weights, part.stop.status === 'iterationLimit' ? part.radius : null);
}

function stateOf({ theta, W }: Weights, radius: number | null = null): State {
  return { theta, W, memory: radius === null ? null : { radius } };
}

function endOf({ problem }: Level, results: readonly PhaseResult[]): Weights | null {
  if (problem.validation !== null) return results.map(({ best }) => best).reduce<Best | null>(betterOf, null);
  return results.reduce<Weights | null>((end, { last }) => last ?? end, null);
}

function endsRun({ stop }: PhaseResult): boolean {
  return stopStatuses[stop.status].endsRun;
}

/** What is left to the stage of what the level may use. */
function rulesOf(
  rules: StopRules,
  stop: StageDescription['stop'],
  used: { workUnits: number; iterations: number },
): StopRules {
  return {
    ...rules,
    patience: stop.patience ?? rules.patience,
    workUnits: Math.min(stop.workUnits ?? Number.POSITIVE_INFINITY, rules.workUnits - used.workUnits),
    iterations: Math.min(stop.iterations ?? Number.POSITIVE_INFINITY, rules.iterations - used.iterations),
  };
}

function workOf({ problem, network, strength }: Level, method: SingleDescription): Work {
  const { loss, bias, data } = problem;
  const isPart = isStochastic(method, data.samples);
  const samples = isPart ? method.batches.size : data.samples;
  const solver = solverFor(method, network, loss, { samples, targets: targetColumns(problem), bias });
  const beside = strength === undefined ? 0 : laplaceNumbers(network, loss);
  const ofMethod = planMemory(problem, network, { samples, method, solver, beside });
  // One after the other: a batch, and a point on all samples.
  const memory = isPart ? largest([ofMethod, planMemory(problem, network)]) : ofMethod;
  return { method, solver, memory };
}
