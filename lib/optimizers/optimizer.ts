/** @file What an optimizer is: start and step. The loop around it (train/loop.ts) counts, stops, and keeps the best. */
import type { Evaluation, Session } from '../backend/backend.js';
import type { Steps } from '../backend/job.js';

/** Where an optimizer stands: always a point that it accepted. */
export interface Point {
  readonly theta: Float64Array;
  readonly evaluation: Evaluation;
  readonly gradient: Float64Array;
}

/** How far W may be from optimal, ‖∇_W‖ relative to its value at W = 0, for the reduced objective to mean anything. */
const usable = 1e-2;

/** Whether a point may be accepted: finite, and with a projection that did not fail. */
export function isUsable({ finite, inner }: Evaluation): boolean {
  return finite && (inner === null || inner.gradientNorm <= usable);
}

/** One iteration of an optimizer, for the record. */
export interface Outcome {
  readonly point: Point;
  /** False after a rejected step: the point is unchanged. */
  readonly accepted: boolean;
  readonly stepNorm: number;
  /** Trust-region radius after the iteration; null for a line search. */
  readonly radius: number | null;
  /** Actual over predicted reduction; null for a line search. */
  readonly ratio: number | null;
  /** Vectors of the Krylov space, new or used again. */
  readonly vectors: number;
  /** Work units of this iteration: one pass of the network over the training samples each. */
  readonly workUnits: number;
  /** Why no further step can be found, or null. */
  readonly stalled: string | null;
}

/** An optimizer on one session. A run of several levels makes one a level. */
export interface Method {
  /** Evaluates the start, W beginning where it says. Work units: 2. */
  start(theta: Float64Array, W?: Float64Array): Steps<Point>;
  /** One proposal, accepted or rejected. */
  step(): Steps<Outcome>;
}

/** A plain, JSON-able description of an optimizer with every option given. */
export type OptimizerDescription = GnvproDescription | LbfgsDescription;

export interface GnvproDescription {
  readonly type: 'gnvpro';
  readonly jacobian: 'golub-pereyra' | 'kaufman';
  readonly linearSolver: 'krylov' | 'dense' | 'auto';
  readonly preconditioner: 'pairs' | 'none';
  readonly memory: number;
  readonly krylov: { readonly maxVectors: number; readonly tolerance: number };
  readonly dense: { readonly rankTolerance: number };
  readonly trustRegion: TrustRegionConstants;
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
  readonly memory: number;
  /** Strong Wolfe: sufficient decrease c₁ and curvature c₂. */
  readonly c1: number;
  readonly c2: number;
  readonly maxEvaluations: number;
}

export type MakeMethod = (session: Session) => Method;
