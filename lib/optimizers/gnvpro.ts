/**
 * @file The Gauss–Newton variable projection method: trust-region Gauss–Newton on the reduced objective
 * (section 3 of the paper).
 */
import { jacobians, type Session, type StepOptions } from '../backend/backend.js';
import { perform, type Steps } from '../backend/job.js';
import { plus } from '../linalg/vector.js';
import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../validate/check.js';
import {
  type GnvproDescription,
  isUsable,
  type Method,
  type Outcome,
  type Point,
  type TrustRegionConstants,
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

/** `auto` assembles the Gauss–Newton matrix up to this many weights. */
export const denseLimit = 2000;

export interface GnvproOptions {
  /** Full derivative of the projection, or Kaufman's, which is cheaper by its second term (default `golub-pereyra`). */
  jacobian?: GnvproDescription['jacobian'];
  /** Matrix-free Krylov space, or the assembled matrix. `auto` (default): dense up to 2,000 weights. */
  linearSolver?: GnvproDescription['linearSolver'];
  /** Krylov only: the L-BFGS inverse of the last accepted steps, or none. */
  preconditioner?: GnvproDescription['preconditioner'];
  /** Accepted steps that the preconditioner remembers (default 20). */
  memory?: number;
  krylov?: { maxVectors?: number; tolerance?: number };
  /** Dense only: leaves directions of the outputs out of the matrix, see `StepOptions.rankTolerance` (default 0). */
  dense?: { rankTolerance?: number };
  trustRegion?: Partial<TrustRegionConstants>;
}

const optionNames = ['jacobian', 'linearSolver', 'preconditioner', 'memory', 'krylov', 'dense', 'trustRegion'];

export function gnvpro(options: GnvproOptions = {}): GnvproDescription {
  checkOptions(options, optionNames, 'gnvpro');
  const { jacobian = 'golub-pereyra', linearSolver = 'auto', preconditioner = 'pairs', memory = 20 } = options;
  checkOneOf(jacobian, 'jacobian', jacobians);
  checkOneOf(linearSolver, 'linearSolver', ['krylov', 'dense', 'auto']);
  checkOneOf(preconditioner, 'preconditioner', ['pairs', 'none']);
  checkInteger(memory, 'memory', { min: 1, max: 1000 });
  const krylov = krylovOptions(options.krylov ?? {}, preconditioner);
  const dense = denseOptions(options.dense ?? {});
  const trustRegion = trustRegionOptions(options.trustRegion ?? {});
  return { type: 'gnvpro', jacobian, linearSolver, preconditioner, memory, krylov, dense, trustRegion };
}

/** Six vectors suffice with the preconditioner; the plain space needs the paper's 20. */
function krylovOptions(options: { maxVectors?: number; tolerance?: number }, preconditioner: 'pairs' | 'none') {
  checkOptions(options, ['maxVectors', 'tolerance'], 'krylov');
  const { maxVectors = preconditioner === 'pairs' ? 6 : 20, tolerance = 1e-2 } = options;
  checkInteger(maxVectors, 'krylov.maxVectors', { min: 1, max: 1000 });
  checkNumber(tolerance, 'krylov.tolerance', { min: 0, max: 1 });
  return { maxVectors, tolerance };
}

function denseOptions(options: { rankTolerance?: number }) {
  checkOptions(options, ['rankTolerance'], 'dense');
  const { rankTolerance = 0 } = options;
  checkNumber(rankTolerance, 'dense.rankTolerance', { min: 0, max: 0.5 });
  return { rankTolerance };
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

/** Which solver `auto` means for a network of this many weights that can, or cannot, be assembled. */
export function chooseSolver(
  description: GnvproDescription,
  weights: number,
  canAssemble: boolean,
): 'krylov' | 'dense' {
  if (description.linearSolver !== 'auto') return description.linearSolver;
  return canAssemble && weights <= denseLimit ? 'dense' : 'krylov';
}

export class GaussNewton implements Method {
  #point!: Point;
  #radius: number | null;

  constructor(
    readonly session: Session,
    readonly description: GnvproDescription,
    readonly solver: 'krylov' | 'dense',
  ) {
    this.#radius = description.trustRegion.initialRadius;
  }

  *start(theta: Float64Array, W?: Float64Array): Steps<Point> {
    const evaluation = yield* perform(this.session.evaluate(theta, W));
    if (evaluation.finite) this.session.accept();
    const gradient = evaluation.finite ? yield* perform(this.session.gradient()) : new Float64Array(theta.length);
    this.#point = { theta, evaluation, gradient };
    return this.#point;
  }

  *step(): Steps<Outcome> {
    const proposal = yield* perform(this.session.step(this.#stepOptions()));
    const { theta, evaluation } = this.#point;
    if (!(proposal.predictedReduction > 0)) {
      return this.#outcome(proposal, {
        workUnits: proposal.passes,
        stalled: 'the model predicts no further reduction',
      });
    }
    const trial = yield* perform(this.session.evaluate(plus(theta, proposal.step), 'afterStep'));
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
    this.#point = { theta: plus(theta, proposal.step), evaluation: trial, gradient };
    return this.#outcome(proposal, { workUnits: proposal.passes + 3, ratio, accepted: true });
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
    const { krylov, dense, preconditioner } = this.description;
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
