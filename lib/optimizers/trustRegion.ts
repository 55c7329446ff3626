/**
 * @file Trust-region Gauss–Newton on an objective: the reduced one for gnvpro() (section 3 of the paper), the
 * joint one for gaussNewton().
 */
import type { Objective, Point, StepOptions, StepResult } from '../backend/backend.js';
import { Pairs, type PairsState } from '../backend/pairs.js';
import { perform, type Steps } from '../job/job.js';
import { plus } from '../linalg/vector.js';
import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../validate/check.js';
import { type BatchesOptions, readBatches } from './batchesOptions.js';
import {
  evaluateWithGradient,
  isUsable,
  type Memory,
  type Method,
  type Outcome,
  type Stand,
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
  /** A few iterations on each of a sequence of large batches, in place of all samples. */
  batches?: BatchesOptions | null;
}

export const trustRegionOptions = ['preconditioner', 'memory', 'krylov', 'trustRegion', 'batches'] as const;

/** `maxVectors` is the default of the preconditioned space. */
export function readTrustRegion(options: TrustRegionOptions, maxVectors = 6): TrustRegionDescription {
  const { preconditioner = 'pairs', memory = 20 } = options;
  checkOneOf(preconditioner, 'preconditioner', ['pairs', 'none']);
  checkInteger(memory, 'memory', { min: 1, max: 1000 });
  const krylov = krylovOptions(options.krylov ?? {}, preconditioner === 'pairs' ? maxVectors : 20);
  const trustRegion = readConstants(options.trustRegion ?? {});
  return { preconditioner, memory, krylov, trustRegion, batches: readBatches(options.batches) };
}

/** Six vectors suffice with the preconditioner on the reduced objective; the plain space needs the paper's 20. */
function krylovOptions(options: { maxVectors?: number; tolerance?: number }, defaultVectors: number) {
  checkOptions(options, ['maxVectors', 'tolerance'], 'krylov');
  const { maxVectors = defaultVectors, tolerance = 1e-2 } = options;
  checkInteger(maxVectors, 'krylov.maxVectors', { min: 1, max: 1000 });
  checkNumber(tolerance, 'krylov.tolerance', { min: 0, max: 1 });
  return { maxVectors, tolerance };
}

function readConstants(options: Partial<TrustRegionConstants>): TrustRegionConstants {
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

export type TrustRegionMemory = {
  readonly radius: number | null;
  readonly multiplier: number;
  readonly pairs: PairsState | null;
  /** Whether a step from the point was rejected: the work for its model is done and counted. */
  readonly isKnown: boolean;
  readonly passes: number;
};

/** Where a step is to be r times as long as the last one, λ is sought from r^−power times its own on: measured. */
const power = 1.5;
const mostMultiplier = 1e300;

export class TrustRegion implements Method {
  #stand!: Stand;
  #radius: number | null;
  /** Where that of the next dense step is sought from. */
  #multiplier = 0;
  readonly #pairs: Pairs | null;
  #accepted = 0;
  #passesBefore = 0;
  #isKnown = false;
  /** Whether the work for the next step was counted before the training was taken up again. */
  #isRepeated = false;

  constructor(
    readonly objective: Objective,
    readonly description: TrustRegionDescription,
    readonly solver: 'krylov' | 'dense',
  ) {
    const { trustRegion, preconditioner, memory } = description;
    this.#radius = trustRegion.initialRadius;
    this.#pairs = solver === 'krylov' && preconditioner === 'pairs' ? new Pairs(memory) : null;
  }

  /** As the paper counts, which linearises again at a point that is accepted, one more for each. */
  get passes(): number {
    return this.#passesBefore + this.objective.passes + this.#accepted;
  }

  get stand(): Stand {
    return this.#stand;
  }

  *start(x: Float64Array, W?: Float64Array): Steps<Stand> {
    this.#stand = yield* evaluateWithGradient(this.objective, x, W);
    return this.#stand;
  }

  *step(): Steps<Outcome> {
    const { point, gradient } = this.#stand;
    const { passes } = this.objective;
    const proposal = yield* perform(point.step(this.#stepOptions(), this.#pairs));
    if (this.#isRepeated) this.#passesBefore -= this.objective.passes - passes;
    [this.#isKnown, this.#isRepeated] = [true, false];
    this.#multiplier = proposal.multiplier;
    if (!(proposal.predictedReduction > 0)) {
      return this.#outcome(proposal, {
        stalled: Number.isNaN(proposal.predictedReduction) ? overflow : 'the model predicts no further reduction',
      });
    }
    const trial = yield* perform(this.objective.at(plus(point.x, proposal.step), { afterStepFrom: point }));
    const reduction = point.evaluation.objective - trial.evaluation.objective;
    const ratio = isUsable(trial.evaluation) ? reduction / proposal.predictedReduction : Number.NEGATIVE_INFINITY;
    this.#radius = this.#nextRadius(ratio, proposal);
    this.#multiplier = nextMultiplier(proposal, this.#radius);
    if (!(ratio >= this.description.trustRegion.reject)) {
      trial.drop();
      const stalled = isRounding(proposal.predictedReduction, point.evaluation.objective)
        ? 'the predicted reduction is below the rounding error of the objective'
        : null;
      return this.#outcome(proposal, { ratio, stalled });
    }
    yield* this.#moveTo(trial);
    this.#pairs?.add(plus(trial.x, point.x, -1), plus(this.#stand.gradient, gradient, -1));
    return this.#outcome(proposal, { ratio, accepted: true });
  }

  *#moveTo(point: Point): Steps<void> {
    const gradient = yield* perform(point.gradient());
    this.#stand.point.drop();
    this.#stand = { point, gradient };
    this.#accepted++;
    this.#isKnown = false;
  }

  memory(): TrustRegionMemory {
    const [radius, multiplier, pairs] = [this.#radius, this.#multiplier, this.#pairs?.state() ?? null];
    return { radius, multiplier, pairs, isKnown: this.#isKnown, passes: this.passes };
  }

  *resume(x: Float64Array, memory: Memory, W?: Float64Array): Steps<void> {
    yield* this.start(x, W);
    this.restore(memory as TrustRegionMemory);
    this.#isRepeated = this.#isKnown;
  }

  /** Knows what another knew. */
  restore({ radius, multiplier, pairs, isKnown, passes }: TrustRegionMemory): void {
    [this.#radius, this.#multiplier, this.#isKnown] = [radius, multiplier, isKnown];
    if (pairs !== null) this.#pairs?.restore(pairs);
    this.#passesBefore = passes - this.objective.passes;
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
    const { krylov, dense = { rankTolerance: 0 } } = this.description;
    return { solver: this.solver, ...krylov, radius: this.#radius, multiplier: this.#multiplier, ...dense };
  }

  #outcome(
    { stepNorm, vectors }: { stepNorm: number; vectors: number },
    rest: { ratio?: number; accepted?: boolean; stalled?: string | null },
  ): Outcome {
    const { ratio = null, accepted = false, stalled = null } = rest;
    return { ...this.#stand, accepted, stepNorm, radius: this.#radius, ratio, vectors, stalled };
  }
}

/** Never so much that the next step could not be told it. */
function nextMultiplier({ multiplier, stepNorm }: Pick<StepResult, 'multiplier' | 'stepNorm'>, radius: number): number {
  return Math.min(multiplier * (stepNorm / radius) ** power, mostMultiplier) || 0;
}

export function isRounding(predicted: number, objective: number): boolean {
  return predicted <= 8 * Number.EPSILON * Math.abs(objective);
}
