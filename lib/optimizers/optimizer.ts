/** @file What an optimizer is: start and step. The loop around it (train/phase/descent.ts) counts, stops, and keeps the best. */
import type { Evaluation, Objective, ObjectiveKind, Point, StartOfW } from '../backend/backend.js';
import type { EvidenceRecord } from '../evidence/record.js';
import { perform, type Steps } from '../job/job.js';
import type { InitialW } from './initialW.js';
import type { RateSchedule } from './learningRate.js';

/** Where an optimizer stands: a point that it accepted, with the gradient there or an estimate of it. */
export interface Stand {
  readonly point: Point;
  readonly gradient: Float64Array;
  /** Of methods that find the regularisation, in units of the objective. */
  readonly evidence?: EvidenceRecord;
  /** How many samples the objective is of, where it is that of a batch: such a point is neither judged nor kept. */
  readonly samples?: number;
}

/** How far W may be from optimal, ‖∇_W‖ relative to its value at W = 0, for the reduced objective to mean anything. */
const usable = 1e-2;

/** Whether a point may be accepted: finite, and with a projection that did not fail. */
export function isUsable({ finite, inner }: Evaluation): boolean {
  return finite && (inner === null || inner.gradientNorm <= usable);
}

/** Evaluates the objective at x and, where it is finite, the gradient. */
export function* evaluateWithGradient(objective: Objective, x: Float64Array, start?: StartOfW): Steps<Stand> {
  const point = yield* perform(objective.at(x, start));
  if (!point.evaluation.finite) return { point, gradient: new Float64Array(x.length) };
  return { point, gradient: yield* perform(point.gradient()) };
}

/** One iteration of an optimizer, for the record. */
export interface Outcome extends Stand {
  /** False after a rejected step: the point is unchanged. */
  readonly accepted: boolean;
  readonly stepNorm: number;
  /** Whether the length began as a guess, which no model of the objective stands behind: it then proves nothing. */
  readonly isGuess?: boolean;
  /** Trust-region radius after the iteration. */
  readonly radius?: number | null;
  /** Actual over predicted reduction, of methods with a model. */
  readonly ratio?: number | null;
  /** Vectors of the Krylov space, new or used again. */
  readonly vectors?: number;
  /** Of methods that go from batch to batch: which it was on. */
  readonly place?: BatchPlace;
  /** Why no further step can be found, or null. */
  readonly stalled: string | null;
  /** Of methods with a limit of their own: a sentence that says that it is met. */
  readonly limit?: string | null;
  /** Of methods that end by themselves: a sentence that says why nothing more is to be found. */
  readonly settled?: string | null;
}

/** Where a method is on its way from batch to batch. */
export interface BatchPlace {
  /** From 1, on each level. */
  readonly epoch: number;
  /** From 1, within the epoch. */
  readonly batch: number;
}

/** What a method knows beside θ and W, in plain arrays, numbers and texts; each has names of its own. */
export type Memory = Readonly<Record<string, unknown>>;

/** An optimizer on one objective. A run of several levels makes one a level. */
export interface Method {
  /**
   * Whether its objective is not the same from iteration to iteration, since it draws samples or finds the regularisation:
   * it may rise, and prove nothing.
   */
  readonly changesObjective?: boolean;
  /** Whether it says when nothing more is to be found; without validation data its last point is the best. */
  readonly endsItself?: boolean;
  /** Of methods with an objective for each batch: whether the next step opens one. */
  readonly opensObjective?: boolean;
  /** Passes of the network over the training samples so far, in which work is told: those that its objectives metered. */
  readonly passes: number;
  /** Evaluates the start, W beginning where it says. */
  start(x: Float64Array, W?: Float64Array): Steps<Stand>;
  /** One proposal, accepted or rejected. */
  step(): Steps<Outcome>;
  /** Last of all, of methods that stand on a batch: the point on all samples, cancelled or not; null where that is known. */
  finish?(): Steps<Stand | null>;
  /** What it knows between two steps: to be copied before it goes on. */
  memory(): Memory;
  /** In place of the start: stands at x again, where it had this memory, which becomes its own, and W. */
  resume(x: Float64Array, memory: Memory, W?: Float64Array): Steps<void>;
}

/** A plain, JSON-able description of an optimizer with every option given. */
export type OptimizerDescription = SingleDescription | SequenceDescription;

/** Of one method. */
export type SingleDescription =
  | GnvproDescription
  | GaussNewtonDescription
  | LbfgsDescription
  | SgdDescription
  | AdamDescription
  | SlimTrainDescription;

export interface TrustRegionDescription {
  readonly preconditioner: 'pairs' | 'none';
  readonly memory: number;
  readonly krylov: { readonly maxVectors: number; readonly tolerance: number };
  readonly dense?: { readonly rankTolerance: number };
  readonly trustRegion: TrustRegionConstants;
  /** Null for all samples at a time. */
  readonly batches: BatchesDescription | null;
}

/** Of the stochastic variant. */
export interface BatchesDescription {
  /** Samples of a batch. */
  readonly size: number;
  /** Trust-region iterations on each. */
  readonly iterations: number;
  /** Passes over the batches, on each level. */
  readonly epochs: number;
}

export interface GnvproDescription extends TrustRegionDescription {
  readonly type: 'gnvpro';
  readonly jacobian: 'golub-pereyra' | 'kaufman';
  readonly linearSolver: 'krylov' | 'dense' | 'auto';
  readonly dense: { readonly rankTolerance: number };
}

export interface GaussNewtonDescription extends TrustRegionDescription {
  readonly type: 'gaussNewton';
  readonly initialW: InitialW;
}

export interface TrustRegionConstants {
  /** Δ₀; null for the length of the first unconstrained step. */
  readonly initialRadius: number | null;
  /** Steps with ρ below this are rejected. */
  readonly reject: number;
  readonly shrinkBelow: number;
  readonly growAbove: number;
  readonly shrink: number;
  readonly grow: number;
}

export interface LbfgsDescription {
  readonly type: 'lbfgs';
  readonly objective: ObjectiveKind;
  readonly memory: number;
  /** Strong Wolfe: sufficient decrease c₁ and curvature c₂. */
  readonly c1: number;
  readonly c2: number;
  readonly maxEvaluations: number;
  /** Of the joint objective. */
  readonly initialW: InitialW;
}

/** Of a method that goes from batch to batch. */
export type StochasticDescription = (GnvproDescription | GaussNewtonDescription) & {
  readonly batches: BatchesDescription;
};

/** Whether a method goes from batch to batch of so many samples. */
export function isStochastic(method: SingleDescription, samples: number): method is StochasticDescription {
  return 'batches' in method && method.batches !== null && method.batches.size < samples;
}

/** What the methods on mini-batches have in common. */
export interface MiniBatchDescription {
  readonly learningRate: number;
  readonly schedule: RateSchedule;
  readonly batchSize: number;
  readonly initialW: InitialW;
}

export interface SgdDescription extends MiniBatchDescription {
  readonly type: 'sgd';
  readonly momentum: number;
  readonly nesterov: boolean;
}

export interface AdamConstants {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

export interface AdamDescription extends MiniBatchDescription, AdamConstants {
  readonly type: 'adam';
}

export interface SlimTrainDescription extends MiniBatchDescription, AdamConstants {
  readonly type: 'slimTrain';
  /** Batches before the present one that the update of W remembers. */
  readonly memoryDepth: number;
  /** How each update is regularised: by sampled generalised cross validation, or always alike. */
  readonly regularization: 'sampledGcv' | 'constant';
  /** Of the first updates; null for α_W. */
  readonly lambda: number | null;
  /** Of the sum of all. */
  readonly bounds: readonly [number, number];
}

/** One method after the other on each level, the next from the best point of the one before. */
export interface SequenceDescription {
  readonly type: 'sequence';
  readonly stages: readonly StageDescription[];
}

export interface StageDescription {
  readonly optimizer: SingleDescription;
  /** Where the stage ends, besides where the training does. */
  readonly stop: { readonly iterations?: number; readonly workUnits?: number; readonly patience?: number };
}

export function stagesOf(optimizer: OptimizerDescription): readonly StageDescription[] {
  return optimizer.type === 'sequence' ? optimizer.stages : [{ optimizer, stop: {} }];
}

export function objectiveOf(method: SingleDescription): ObjectiveKind {
  if (method.type === 'gnvpro') return 'reduced';
  return method.type === 'lbfgs' ? method.objective : 'joint';
}
