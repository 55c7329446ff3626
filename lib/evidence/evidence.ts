/**
 * @file A method that finds α_θ, α_W and the noise while another one descends: every few steps they are estimated anew
 * from what the data determine at the point, and the objective goes on with them.
 */
import type { Laplace, Objective, Point } from '../backend/backend.js';
import { perform, type Steps } from '../job/job.js';
import type { Memory, Method, Outcome, Stand } from '../optimizers/optimizer.js';
import {
  alphasOf,
  type Determined,
  firstGuess,
  type Hyperparameters,
  initialHyperparameters,
  regularizerOf,
  type Sizes,
  scaleOf,
  updated,
} from './hyperparameters.js';
import { laplaceByProbes } from './probes.js';
import type { EvidenceRecord } from './record.js';

/** Accepted steps between two estimates. */
const interval = 2;
/** Share of the objective below which a step counts as none: the next estimate need not wait. */
const smallGain = 1e-5;
/**
 * A training ends when so many estimates in a row have raised the log evidence by less than this many nats an observation
 * (see scaleOf), be it slowly or, in fewer of them, hardly at all.
 * Hyperparameters are no measure: where the layers share a scale, they creep on for ever.
 */
const ends = [
  { window: 10, leastGain: 0.003 },
  { window: 6, leastGain: 0.0003 },
];
const longest = Math.max(...ends.map(({ window }) => window));
/**
 * So many nats an observation below the highest evidence of the run: it has gone astray, and ends there. Less is no reason, as
 * estimates at points that are not minimal yet are high by as much.
 */
const largestFall = 0.05;
/** A run goes no further that is so many nats an observation behind another one, which had as many iterations. */
const hopeless = 0.5;
/** Before so many iterations nothing is said of where a run goes. */
const fairIterations = 12;

/** Where the evidence of the run was highest. */
interface Peak {
  readonly x: Float64Array;
  readonly hyperparameters: Hyperparameters;
  readonly determined: Determined;
}

type EvidenceMemory = {
  readonly inner: Memory;
  readonly hyperparameters: Hyperparameters;
  readonly determined: Determined | null;
  readonly estimatedWith: Hyperparameters | null;
  readonly iterations: number;
  readonly steps: number;
  readonly estimates: readonly number[];
  readonly peak: Peak | null;
  readonly objective: number;
};

/** The log evidence that the best of the runs before had after so many iterations; −∞ where there is none. */
export type Rivals = (iterations: number) => number;

export class Evidence implements Method {
  readonly changesObjective = true;
  readonly endsItself = true;
  #hyperparameters: Hyperparameters;
  /** At the last estimate. */
  #determined: Determined | null = null;
  /** Of the estimate at the point where it stands, whose H the next step takes; null where there is none. */
  #estimatedWith: Hyperparameters | null = null;
  #iterations = 0;
  /** Accepted since the last estimate. */
  #steps = 0;
  /** The last of log evidence, by observation. */
  #estimates: number[] = [];
  #peak: Peak | null = null;
  /** With the hyperparameters, where the next step begins. */
  #before = Number.POSITIVE_INFINITY;

  /**
   * `inner` moves on the objective. `strength`: of the first prior of θ, relative to the curvature of the data.
   * `isDense`: whether the Gauss–Newton matrix is assembled for an estimate, else products with it serve.
   */
  constructor(
    readonly inner: Method,
    readonly objective: Objective,
    readonly sizes: Sizes,
    readonly strength: number,
    readonly isDense: boolean,
    readonly rivals: Rivals,
  ) {
    this.#hyperparameters = firstGuess(sizes);
  }

  get passes(): number {
    return this.inner.passes;
  }

  *start(x: Float64Array): Steps<Stand> {
    this.#regularize(this.#hyperparameters);
    const point = yield* perform(this.objective.at(x));
    const { evaluation } = point;
    if (!evaluation.finite) return { point, gradient: new Float64Array(x.length) };
    const laplace = yield* this.#laplace(point);
    const guess = this.#hyperparameters;
    this.#estimatedWith = guess;
    const next =
      laplace === null ? guess : initialHyperparameters(guess, evaluation, laplace, this.sizes, this.strength);
    return { ...(yield* this.#standAt(point, next)), evidence: this.#record() };
  }

  *step(): Steps<Outcome> {
    const before = this.#before;
    const outcome = yield* this.inner.step();
    this.#iterations++;
    const { accepted, point } = outcome;
    const now = point.evaluation.objective;
    if (accepted) {
      this.#steps++;
      this.#estimatedWith = null;
    }
    const isIdle = outcome.stalled !== null || (accepted && before - now <= smallGain * Math.abs(before));
    this.#before = now;
    if (!isIdle && this.#steps < interval) return { ...outcome, evidence: this.#record() };
    const laplace = yield* this.#laplace(point);
    return yield* this.#estimate(outcome, laplace);
  }

  *#laplace(point: Point): Steps<Laplace | null> {
    if (this.isDense) return yield* perform(point.laplace());
    return yield* laplaceByProbes(point, alphasOf(this.#hyperparameters, this.sizes.groups));
  }

  *#estimate(outcome: Outcome, laplace: Laplace | null): Steps<Outcome> {
    const { point } = outcome;
    if (laplace === null) {
      const stalled = 'the Gauss–Newton matrix is not positive definite in these numbers; scale the data';
      return { ...outcome, stalled, evidence: this.#record() };
    }
    const count = scaleOf(this.sizes);
    this.#estimatedWith = this.#hyperparameters;
    const next = updated(this.#hyperparameters, point.x, point.evaluation, laplace, this.sizes);
    this.#determined = next;
    this.#steps = 0;
    this.#estimates = [...this.#estimates, next.logEvidence / count].slice(-1 - longest);
    const peak = this.#peak;
    const fall = peak === null ? 0 : (peak.determined.logEvidence - next.logEvidence) / count;
    const isAstray = this.#iterations >= fairIterations && fall > largestFall;
    if (peak !== null && isAstray) return yield* this.#returnTo(peak, outcome, fall);
    if (!(fall > 0)) this.#peak = { x: point.x, hyperparameters: next, determined: next };
    const settled = this.#settled(next);
    const stand = yield* this.#standAt(point, next);
    // Without weights θ no step is ever accepted, but W is another one with the new α_W.
    const accepted = outcome.accepted || this.sizes.groups.length === 0;
    return { ...outcome, ...stand, accepted, stalled: null, settled, evidence: this.#record() };
  }

  /** The end of a run that has gone astray. */
  *#returnTo({ x, hyperparameters, determined }: Peak, outcome: Outcome, fall: number): Steps<Outcome> {
    outcome.point.drop();
    this.#determined = determined;
    const stand = yield* this.#standAtX(x, hyperparameters);
    const fallen = `The log evidence fell by ${(fall * scaleOf(this.sizes)).toFixed(1)} nats`;
    const settled = `${fallen}: the model is the point where it was highest. ${determinedOf(determined, this.sizes)}`;
    return { ...outcome, ...stand, accepted: true, stalled: null, settled, evidence: this.#record() };
  }

  /** Why there is no need to go on, or null. */
  #settled(determined: Determined): string | null {
    const estimates = this.#estimates;
    const now = estimates[estimates.length - 1];
    const steady = ends.find((end) => isSteady(estimates, end));
    if (steady !== undefined) {
      const { window, leastGain } = steady;
      const least = (leastGain * scaleOf(this.sizes)).toPrecision(2);
      const sentence = `The log evidence gains no more than ${least} nats in ${window} estimates.`;
      return `${sentence} ${determinedOf(determined, this.sizes)}`;
    }
    const behind = this.rivals(this.#iterations) / scaleOf(this.sizes) - now;
    if (this.#iterations < fairIterations || !(behind > hopeless)) return null;
    const nats = (behind * scaleOf(this.sizes)).toFixed(1);
    return `The log evidence is ${nats} nats behind that of another run after as many iterations.`;
  }

  /** At the same x, with other hyperparameters. */
  *#standAt(point: Point, hyperparameters: Hyperparameters): Steps<Stand> {
    const W = point.W();
    point.drop();
    return yield* this.#standAtX(point.x, hyperparameters, W);
  }

  /** A W that is sought by iteration begins as given. */
  *#standAtX(x: Float64Array, hyperparameters: Hyperparameters, W?: Float64Array): Steps<Stand> {
    this.#regularize(hyperparameters);
    const stand = yield* this.inner.start(x, W);
    this.#before = stand.point.evaluation.objective;
    return stand;
  }

  #regularize(hyperparameters: Hyperparameters): void {
    this.#hyperparameters = hyperparameters;
    this.objective.regularize(hyperparameters.alphaW, regularizerOf(hyperparameters, this.sizes.groups));
  }

  /** In units of the objective. */
  #record(): EvidenceRecord {
    const { alphaTheta, alphaW, precision } = this.#hyperparameters;
    const { gammaTheta = null, gammaW = null, logEvidence = null } = this.#determined ?? {};
    const noise = this.sizes.hasNoise ? 1 / Math.sqrt(precision) : null;
    return { alphaTheta, alphaW, noise, gammaTheta, gammaW, logEvidence };
  }

  memory(): EvidenceMemory {
    return {
      inner: this.inner.memory(),
      hyperparameters: this.#hyperparameters,
      determined: this.#determined,
      estimatedWith: this.#estimatedWith,
      iterations: this.#iterations,
      steps: this.#steps,
      estimates: this.#estimates,
      peak: this.#peak,
      objective: this.#before,
    };
  }

  *resume(x: Float64Array, memory: Memory, W?: Float64Array): Steps<void> {
    const { inner, hyperparameters, determined, estimatedWith, iterations, steps, estimates, peak, objective } =
      memory as EvidenceMemory;
    [this.#determined, this.#iterations, this.#steps, this.#before] = [determined, iterations, steps, objective];
    [this.#estimates, this.#peak] = [[...estimates], peak];
    this.#estimatedWith = estimatedWith;
    if (this.isDense && estimatedWith !== null) yield* this.#estimateAgain(x, estimatedWith);
    this.#regularize(hyperparameters);
    yield* this.inner.resume(x, inner, W);
  }

  /** For the H that the next step takes from it. */
  *#estimateAgain(x: Float64Array, before: Hyperparameters): Steps<void> {
    this.#regularize(before);
    const point = yield* perform(this.objective.at(x));
    yield* perform(point.laplace());
    point.drop();
  }
}

function isSteady(estimates: readonly number[], { window, leastGain }: (typeof ends)[number]): boolean {
  const last = estimates.slice(-1 - window);
  return last.length > window && Math.max(...last) - last[0] < leastGain;
}

function determinedOf({ gammaTheta, gammaW }: Determined, { groups, linearWeights }: Sizes): string {
  const weights = groups.reduce((sum, { begin, end }) => sum + end - begin, 0);
  return `The data determine ${gammaTheta.toFixed(1)} of ${weights} weights of θ and ${gammaW.toFixed(1)} of ${linearWeights} of W.`;
}
