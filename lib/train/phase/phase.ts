/** @file A phase of a training: a method on some of the samples, from a state, until a rule or a failure ends it. */
import { sharedLike } from '../../data/buffers.js';
import { copyRows } from '../../data/matrix.js';
import { isStored, type Numbers } from '../../data/stored.js';
import type { Network } from '../../network/network.js';
import type { ObjectiveData } from '../../optimizers/batches.js';
import type { Memory, SingleDescription } from '../../optimizers/optimizer.js';
import type { StopRules } from '../../options/stop.js';
import type { QuadraticRegularizer } from '../../regularizer/quadratic.js';
import type { Stop } from '../../report/report.js';
import type { Problem } from '../problem/problem.js';
import type { Best, Weights } from './journal.js';
import type { MemoryPlan } from './memory.js';
import type { Counts } from './stop.js';

/** What a schedule asks for: numbers for everything that its task left open. */
export interface Phase {
  readonly problem: Problem;
  readonly seed: number;
  readonly level: number;
  readonly network: Network;
  /** In the units of the problem. */
  readonly regularization: { readonly theta: QuadraticRegularizer; readonly W: number };
  /** Of the first prior where the regularisation is to be found, relative to the curvature of the data. */
  readonly strength?: number | undefined;
  /** The numbers of its samples; null for all. */
  readonly rows: Int32Array | null;
  readonly method: SingleDescription;
  readonly solver: 'krylov' | 'dense' | null;
  readonly memory: MemoryPlan;
  readonly rules: StopRules;
}

/** Where a training stands between two iterations, in plain arrays. */
export interface State {
  readonly theta: Float64Array;
  /** W in units of the scaled targets; null where the method finds its first. */
  readonly W: Float64Array | null;
  readonly memory: Memory | null;
}

/** Where a phase stands between two iterations. */
export interface Standing extends State {
  readonly W: Float64Array;
  readonly memory: Memory;
  readonly best: Best | null;
  readonly counts: Counts;
}

export interface PhaseResult {
  readonly stop: Stop;
  /** The last accepted point; null when there is none. */
  readonly last: Weights | null;
  /** The best by validation, else by objective; null likewise. */
  readonly best: Best | null;
  /** The trust region's after the last iteration; null for methods without one. */
  readonly radius: number | null;
  readonly iterations: number;
  readonly workUnits: number;
}

export function samplesOf({ problem, rows }: Phase): number {
  return rows === null ? problem.data.samples : rows.length;
}

/** What a pass over the samples of a phase counts, in work units. */
export function shareOf(phase: Phase): number {
  return samplesOf(phase) / phase.problem.data.samples;
}

/** The samples of a phase, on memory of their own where they are not all. */
export function dataOf({ problem: { data }, rows }: Phase): ObjectiveData {
  if (rows === null) return data;
  const chosen = rows.slice().sort(); // so that files are read from front to back
  const take = <A extends Float64Array | Float32Array>(numbers: A): A => {
    const taken = sharedLike(numbers, (numbers.length / data.samples) * chosen.length) as A;
    copyRows(numbers, chosen, taken);
    return taken;
  };
  const takeAny = <A extends Numbers | Float32Array>(numbers: A) =>
    (isStored(numbers) ? numbers.take(chosen) : take(numbers)) as A;
  return {
    inputs: takeAny(data.inputs),
    targets: takeAny(data.targets),
    samples: rows.length,
    sampleWeights: data.sampleWeights && take(data.sampleWeights),
  };
}
