/**
 * @file First-order methods on mini-batches of the joint objective. An iteration is an epoch: one pass over the samples
 * in a new random order, in batches of one size; what is left over waits for the next epoch.
 *
 * The objective after an epoch is evaluated on all samples, for the record and for the choice of the best point; it counts
 * no work units, as validation does not. The gradient of the record is the mean over the batches.
 */
import type { Objective } from '../backend/backend.js';
import { perform, type Steps } from '../job/job.js';
import { addScaled, norm, plus } from '../linalg/vector.js';
import type { Random, RandomState } from '../random.js';
import { checkInteger, checkNumber } from '../validate/check.js';
import type { Batches, LoadedData } from './batches.js';
import { type InitialW, readInitialW } from './initialW.js';
import { factorAt, readSchedule, type ScheduleOption } from './learningRate.js';
import {
  evaluateWithGradient,
  type Memory,
  type Method,
  type MiniBatchDescription,
  type Outcome,
  type Stand,
} from './optimizer.js';

export interface MiniBatchOptions {
  learningRate?: number;
  /** Of the learning rate over the epochs (default constant). */
  schedule?: ScheduleOption;
  /** Samples of a mini-batch (default 32). */
  batchSize?: number;
  initialW?: InitialW;
}

export const miniBatchOptions = ['learningRate', 'schedule', 'batchSize', 'initialW'] as const;

export function readMiniBatch(
  options: MiniBatchOptions,
  defaults: { readonly learningRate: number },
): MiniBatchDescription {
  const { learningRate = defaults.learningRate, batchSize = 32, schedule } = options;
  checkNumber(learningRate, 'learningRate', { above: 0 });
  checkInteger(batchSize, 'batchSize', { min: 1 });
  return { learningRate, schedule: readSchedule(schedule), batchSize, initialW: readInitialW(options) };
}

/** What a first-order method makes of the gradient of a mini-batch. */
export interface UpdateRule {
  /** What it has summed up. */
  memory: Memory;
  /** Where the gradient is to be taken for the unknowns x. */
  lookAhead(x: Float64Array): Float64Array;
  /** Moves x, in place. */
  update(x: Float64Array, gradient: Float64Array, learningRate: number): void;
}

export interface MiniBatchWork {
  /** On all samples. */
  readonly objective: Objective;
  readonly batches: Batches;
  readonly rule: UpdateRule;
  /** Of the order of the samples. */
  readonly random: Random;
}

export type MiniBatchMemory = {
  readonly epoch: number;
  readonly passes: number;
  readonly passesOfBatches: number;
  readonly gradient: Float64Array;
  readonly rule: Memory;
  readonly random: RandomState;
};

export class MiniBatch<Work extends MiniBatchWork = MiniBatchWork> implements Method {
  readonly changesObjective = true;
  #stand!: Stand;
  #epoch = 0;
  #startPasses = 0;

  constructor(
    readonly description: MiniBatchDescription,
    protected readonly work: Work,
  ) {}

  get passes(): number {
    return this.#startPasses + this.work.batches.passes;
  }

  *start(x: Float64Array): Steps<Stand> {
    this.#stand = yield* evaluateWithGradient(this.work.objective, x);
    this.#startPasses = this.work.objective.passes;
    return this.#stand;
  }

  *step(): Steps<Outcome> {
    const { description } = this;
    const { objective, batches, random } = this.work;
    const x = this.#stand.point.x.slice();
    const mean = new Float64Array(x.length);
    const rate = description.learningRate * factorAt(description.schedule, this.#epoch++);
    for (const batch of batches.epoch(random)) {
      const gradient = yield* this.batchStep(x, rate, batch);
      if (gradient === null) return this.#outcome(0, 'the weights grow without bound: take a smaller learning rate');
      addScaled(mean, 1 / batches.count, gradient);
    }
    const point = yield* perform(objective.at(x));
    if (!point.evaluation.finite) return this.#outcome(0, 'the objective is not finite: take a smaller learning rate');
    const before = this.#stand.point;
    before.drop();
    this.#stand = { point, gradient: mean };
    return this.#outcome(norm(plus(x, before.x, -1)), null);
  }

  memory(): MiniBatchMemory {
    const { rule, random, batches } = this.work;
    const { gradient } = this.#stand;
    const [epoch, passes, passesOfBatches] = [this.#epoch, this.#startPasses, batches.passesOfBatches];
    return { epoch, passes, passesOfBatches, gradient, rule: rule.memory, random: random.state() };
  }

  *resume(x: Float64Array, memory: Memory): Steps<void> {
    const { epoch, passes, passesOfBatches, gradient, rule, random } = memory as MiniBatchMemory;
    const { point } = yield* this.start(x);
    this.#stand = { point, gradient };
    [this.#epoch, this.#startPasses, this.work.batches.passesBefore] = [epoch, passes, passesOfBatches];
    this.work.rule.memory = rule;
    this.work.random.restore(random);
  }

  /** Moves x by the batch in the window; the gradient that did, or null where it is not finite. */
  protected *batchStep(x: Float64Array, rate: number, _batch: LoadedData): Steps<Float64Array | null> {
    const { batches, rule } = this.work;
    const { point, gradient } = yield* evaluateWithGradient(batches.objective, rule.lookAhead(x));
    point.drop();
    if (!point.evaluation.finite) return null;
    rule.update(x, gradient, rate);
    return gradient;
  }

  #outcome(stepNorm: number, stalled: string | null): Outcome {
    return { ...this.#stand, accepted: stalled === null, stepNorm, stalled };
  }
}
