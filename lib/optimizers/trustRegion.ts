/**
 * @file Trust-region Gauss–Newton on the objective of a session: the reduced one for gnvpro() (section 3 of the paper), the
 * joint one for gaussNewton().
 */
import type { Session, StepOptions } from '../backend/backend.js';
import { perform, type Steps } from '../job/job.js';
import { plus } from '../linalg/vector.js';
import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../validate/check.js';
import {
  evaluateWithGradient,
  isUsable,
  type Memory,
  type Method,
  type Outcome,
  type Point,
  type TrustRegionConstants,
  type TrustRegionDescription,
} from './optimizer.js';

/** The constants of the paper's experiments. */
export const trustRegionDefaults: TrustRegionConstants = {
  initialRadius: null,
  reject: 1e-4,
  shrinkBelow: 0.1,
  growAbove: 0.75,
  shrink: 0.5,
  grow: 1.5,
};

export interface TrustRegionOptions {
  /** Krylov only: the L-BFGS inverse of the last accepted steps, or none. */
  preconditioner?: TrustRegionDescription['preconditioner'];
  /** Accepted steps that the preconditioner remembers (default 20). */
  memory?: number;
  krylov?: { maxVectors?: number; tolerance?: number };
  trustRegion?: Partial<TrustRegionConstants>;
}

/** `maxVectors` is the default of the preconditioned space. */
export function readTrustRegion(options: TrustRegionOptions, maxVectors = 6): TrustRegionDescription {
  const { preconditioner = 'pairs', memory = 20 } = options;
  checkOneOf(preconditioner, 'preconditioner', ['pairs', 'none']);
  checkInteger(memory, 'memory', { min: 1, max: 1000 });
  const krylov = krylovOptions(options.krylov ?? {}, preconditioner === 'pairs' ? maxVectors : 20);
  return { preconditioner, memory, krylov, trustRegion: trustRegionOptions(options.trustRegion ?? {}) };
}

/** Six vectors suffice with the preconditioner on the reduced objective; the plain space needs the paper's 20. */
function krylovOptions(options: { maxVectors?: number; tolerance?: number }, defaultVectors: number) {
  checkOptions(options, ['maxVectors', 'tolerance'], 'krylov');
  const { maxVectors = defaultVectors, tolerance = 1e-2 } = options;
  checkInteger(maxVectors, 'krylov.maxVectors', { min: 1, max: 1000 });
  checkNumber(tolerance, 'krylov.tolerance', { min: 0, max: 1 });
  return { maxVectors, tolerance };
}

function trustRegionOptions(options: Partial<TrustRegionConstants>): TrustRegionConstants {
  checkOptions(options, Object.keys(trustRegionDefaults), 'trustRegion');
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const constants: TrustRegionConstants = { ...trustRegionDefaults, ...Object.fromEntries(given) };
  if (constants.initialRadius !== null) checkNumber(constants.initialRadius, 'trustRegion.initialRadius', { above: 0 });
  checkNumber(constants.reject, 'trustRegion.reject', { min: 0, max: 1 });
  checkNumber(constants.shrinkBelow, 'trustRegion.shrinkBelow', { min: constants.reject, max: 1 });
  checkNumber(constants.growAbove, 'trustRegion.growAbove', { min: constants.shrinkBelow });
  checkNumber(constants.shrink, 'trustRegion.shrink', { min: 0.01, max: 0.99 });
  checkNumber(constants.grow, 'trustRegion.grow', { min: 1 });
  return constants;
}

const overflow = 'the quadratic model overflows; scale the data, or take less regularization';

type TrustRegionMemory = {
  readonly radius: number | null;
};

export class TrustRegion implements Method {
  #point!: Point;
  #radius: number | null;

  constructor(
    readonly session: Session,
    readonly description: TrustRegionDescription,
    readonly solver: 'krylov' | 'dense',
  ) {
    this.#radius = description.trustRegion.initialRadius;
  }

  *start(x: Float64Array, W?: Float64Array): Steps<Point> {
    this.#point = yield* evaluateWithGradient(this.session, x, W);
    return this.#point;
  }

  *step(): Steps<Outcome> {
    const proposal = yield* perform(this.session.step(this.#stepOptions()));
    const { x, evaluation } = this.#point;
    if (!(proposal.predictedReduction > 0)) {
      return this.#outcome(proposal, {
        workUnits: proposal.passes,
        stalled: Number.isNaN(proposal.predictedReduction) ? overflow : 'the model predicts no further reduction',
      });
    }
    const trial = yield* perform(this.session.evaluate(plus(x, proposal.step), 'afterStep'));
    const reduction = evaluation.objective - trial.objective;
    const ratio = isUsable(trial) ? reduction / proposal.predictedReduction : Number.NEGATIVE_INFINITY;
    this.#radius = this.#nextRadius(ratio, proposal);
    if (!(ratio >= this.description.trustRegion.reject)) {
      const stalled = isRounding(proposal.predictedReduction, evaluation.objective)
        ? 'the predicted reduction is below the rounding error of the objective'
        : null;
      return this.#outcome(proposal, { workUnits: proposal.passes + 1, ratio, stalled });
    }
    this.session.accept();
    const gradient = yield* perform(this.session.gradient());
    this.#point = { x: plus(x, proposal.step), evaluation: trial, gradient };
    return this.#outcome(proposal, { workUnits: proposal.passes + 3, ratio, accepted: true });
  }

  memory(): TrustRegionMemory {
    return { radius: this.#radius };
  }

  *resume(x: Float64Array, memory: Memory, W?: Float64Array): Steps<void> {
    const { radius } = memory as TrustRegionMemory;
    yield* this.start(x, W);
    this.#radius = radius;
  }

  /** Accepting comes first; a radius enlarged here serves the next step (the paper's rules in a better order). */
  #nextRadius(
    ratio: number,
    { radius, stepNorm, onBoundary }: { radius: number; stepNorm: number; onBoundary: boolean },
  ) {
    const { reject, shrinkBelow, growAbove, shrink, grow } = this.description.trustRegion;
    if (!(ratio >= reject)) return shrink * Math.min(radius, stepNorm);
    if (ratio < shrinkBelow) return shrink * radius;
    return ratio > growAbove && onBoundary ? grow * radius : radius;
  }

  #stepOptions(): StepOptions {
    const { krylov, preconditioner, dense = { rankTolerance: 0 } } = this.description;
    return { solver: this.solver, ...krylov, radius: this.#radius, usePairs: preconditioner === 'pairs', ...dense };
  }

  #outcome(
    { stepNorm, vectors }: { stepNorm: number; vectors: number },
    rest: { workUnits: number; ratio?: number; accepted?: boolean; stalled?: string | null },
  ): Outcome {
    const { workUnits, ratio = null, accepted = false, stalled = null } = rest;
    return { point: this.#point, accepted, stepNorm, radius: this.#radius, ratio, vectors, workUnits, stalled };
  }
}

export function isRounding(predicted: number, objective: number): boolean {
  return predicted <= 8 * Number.EPSILON * Math.abs(objective);
}
