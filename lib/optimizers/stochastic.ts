/**
 * @file Trust-region Gauss–Newton by sample average approximation, as in the CIFAR-10 experiment of the paper: a few
 * iterations on each of a sequence of large batches. Δ and the pairs of the preconditioner are carried over, θ goes on, and
 * an iteration for W begins where it was. After each epoch W is projected on all samples: that point is judged.
 */
import type { Objective } from '../backend/backend.js';
import { noCancel } from '../job/cancel.js';
import type { Steps } from '../job/job.js';
import { join } from '../linalg/vector.js';
import type { Random, RandomState } from '../random.js';
import { type ObjectiveData, type OpenObjective, Window } from './batches.js';
import {
  type BatchesDescription,
  evaluateWithGradient,
  type Memory,
  type Method,
  type Outcome,
  objectiveOf,
  type Stand,
  type StochasticDescription,
} from './optimizer.js';
import { TrustRegion, type TrustRegionMemory } from './trustRegion.js';

export interface StochasticWork {
  /** More samples than a batch has. */
  readonly data: ObjectiveData;
  /** P */
  readonly weights: number;
  readonly solver: 'krylov' | 'dense';
  /** Of the order of the samples. */
  readonly random: Random;
  readonly open: OpenObjective;
  close(objective: Objective): Steps<void>;
}

type StochasticMemory = {
  readonly epoch: number;
  /** Which batch of the epoch goes on or comes next, and how many iterations it has had. */
  readonly batch: number;
  readonly iterations: number;
  readonly hasMoved: boolean;
  readonly isJudged: boolean;
  /** Passes over all samples. */
  readonly passes: number;
  /** Where the order of the epoch is drawn from. */
  readonly random: RandomState;
  readonly inner: TrustRegionMemory | null;
};

/** Moves on θ, where W begins as given. */
export class Stochastic implements Method {
  readonly changesObjective = true;
  readonly #batches: BatchesDescription;
  readonly #window: Window;
  #at!: { readonly theta: Float64Array; readonly W: Float64Array | undefined };
  /** On the batch that goes on; null between two. */
  #inner: TrustRegion | null = null;
  /** What the last batch has left to the next. */
  #carried: TrustRegionMemory | null = null;
  /** That of the stand, which nothing more is asked of. */
  #over: Objective | null = null;
  #order: Int32Array[] | null = null;
  #drawnFrom: RandomState;
  #epoch = 0;
  #batch = 0;
  #iterations = 0;
  /** Whether a step of the epoch was accepted. */
  #hasMoved = false;
  /** Whether θ and W are those of a point on all samples. */
  #isJudged = false;
  #passes = 0;

  constructor(
    readonly description: StochasticDescription,
    readonly work: StochasticWork,
  ) {
    this.#batches = description.batches;
    this.#window = new Window(work.data, description.batches.size);
    this.#drawnFrom = work.random.state();
  }

  get passes(): number {
    const passes = this.#inner?.passes ?? this.#carried?.passes ?? 0;
    return this.#passes + (passes * this.#batches.size) / this.work.data.samples;
  }

  /** An objective has a history no longer than its batch. */
  get opensObjective(): boolean {
    return this.#inner === null;
  }

  *start(theta: Float64Array, W?: Float64Array): Steps<Stand> {
    this.#at = { theta, W };
    return yield* this.#onAll();
  }

  *step(): Steps<Outcome> {
    yield* this.#closeOver();
    const inner = this.#inner ?? (yield* this.#nextBatch());
    const place = { epoch: this.#epoch + 1, batch: this.#batch + 1 };
    const { finite } = inner.stand.point.evaluation;
    const outcome = finite ? yield* inner.step() : overflown(inner);
    const { accepted, stalled, point } = outcome;
    if (accepted) this.#moveTo(point);
    this.#iterations++;
    const isOver = stalled !== null || this.#iterations === this.#batches.iterations;
    if (isOver) this.#leave(inner);
    const told = { ...outcome, place };
    if (this.#batch < this.#window.count) return { ...told, samples: this.#batches.size, stalled: null };
    return yield* this.#endEpoch(told);
  }

  /** The point on all samples, which no abort of the training keeps from being found; null where it stands there. */
  *finish(): Steps<Stand | null> {
    if (this.#isJudged) return null;
    if (this.#inner !== null) this.#leave(this.#inner);
    yield* this.#closeOver();
    return yield* this.#onAll(noCancel());
  }

  memory(): StochasticMemory {
    return {
      epoch: this.#epoch,
      batch: this.#batch,
      iterations: this.#iterations,
      hasMoved: this.#hasMoved,
      isJudged: this.#isJudged,
      passes: this.#passes,
      random: this.#order === null ? this.work.random.state() : this.#drawnFrom,
      inner: this.#inner?.memory() ?? this.#carried,
    };
  }

  *resume(theta: Float64Array, memory: Memory, W?: Float64Array): Steps<void> {
    const { epoch, batch, iterations, hasMoved, isJudged, passes, random, inner } = memory as StochasticMemory;
    this.#at = { theta, W };
    [this.#epoch, this.#batch, this.#iterations] = [epoch, batch, iterations];
    [this.#hasMoved, this.#isJudged, this.#passes] = [hasMoved, isJudged, passes];
    this.work.random.restore(random);
    if (iterations === 0) {
      this.#carried = inner;
      if (batch > 0) this.#draw();
      return;
    }
    this.#inner = this.#open(this.#draw()[batch]);
    yield* this.#inner.resume(this.#unknowns(), inner as TrustRegionMemory, this.#startOfW());
  }

  *#nextBatch(): Steps<TrustRegion> {
    const order = this.#order ?? this.#draw();
    const inner = this.#open(order[this.#batch]);
    if (this.#carried !== null) inner.restore(this.#carried);
    this.#inner = inner;
    yield* inner.start(this.#unknowns(), this.#startOfW());
    return inner;
  }

  #draw(): Int32Array[] {
    this.#drawnFrom = this.work.random.state();
    this.#order = this.#window.draw(this.work.random);
    return this.#order;
  }

  #open(rows: Int32Array): TrustRegion {
    const objective = this.work.open(this.#window.load(rows));
    return new TrustRegion(objective, this.description, this.work.solver);
  }

  /** Of the objective on a batch. */
  #unknowns(): Float64Array {
    const { theta, W } = this.#at;
    return this.#isJoint ? join(theta, W as Float64Array) : theta;
  }

  #startOfW(): Float64Array | undefined {
    return this.#isJoint ? undefined : this.#at.W;
  }

  get #isJoint(): boolean {
    return objectiveOf(this.description) === 'joint';
  }

  #moveTo(point: Stand['point']): void {
    this.#at = { theta: point.x.slice(0, this.work.weights), W: point.W() };
    [this.#hasMoved, this.#isJudged] = [true, false];
  }

  /** The batch is over, but its point is where it stands. */
  #leave(inner: TrustRegion): void {
    this.#carried = { ...inner.memory(), isKnown: false };
    [this.#inner, this.#over] = [null, inner.objective];
    [this.#batch, this.#iterations] = [this.#batch + 1, 0];
  }

  *#closeOver(): Steps<void> {
    if (this.#over !== null) yield* this.work.close(this.#over);
    this.#over = null;
  }

  *#endEpoch(outcome: Outcome): Steps<Outcome> {
    yield* this.#closeOver();
    const stand = yield* this.#onAll();
    const { epochs } = this.#batches;
    const stalled = this.#hasMoved ? null : 'no batch of an epoch brought a step';
    this.#epoch++;
    [this.#order, this.#batch, this.#hasMoved] = [null, 0, false];
    return { ...outcome, ...stand, stalled, limit: this.#epoch === epochs ? `${epochs} epochs are done.` : null };
  }

  /** θ and W on all samples, W projected. */
  *#onAll(cancelFlag?: Int32Array): Steps<Stand> {
    const { data, open } = this.work;
    const objective = open(data, { objective: 'reduced', ...(cancelFlag && { cancelFlag }) });
    this.#over = objective;
    const stand = yield* evaluateWithGradient(objective, this.#at.theta, this.#at.W);
    this.#passes += objective.passes;
    this.#isJudged = true;
    const { point } = stand;
    if (!point.evaluation.finite) return { point, gradient: stand.gradient.fill(Number.NaN) };
    this.#at = { theta: point.x, W: point.W() };
    return stand;
  }
}

/** A batch on which the point of another is not finite. */
function overflown(inner: TrustRegion): Outcome {
  const stalled = 'the objective is not finite on a batch; scale the data, or take larger batches';
  return { ...inner.stand, accepted: false, stepNorm: 0, radius: inner.memory().radius, stalled };
}
