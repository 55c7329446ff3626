/**
 * @file First-order methods on mini-batches of the joint objective. An iteration is an epoch: one pass over the samples
 * in a new random order, in batches of one size; what is left over waits for the next epoch.
 *
 * The objective after an epoch is evaluated on all samples, for the record and for the choice of the best point; it counts
 * no work units, as validation does not. The gradient of the record is the mean over the batches.
 */
import type { Session } from '../backend/backend.js';
import { perform, type Steps } from '../job/job.js';
import { addScaled, norm, plus } from '../linalg/vector.js';
import type { Random, RandomState } from '../random.js';
import { checkInteger, checkNumber } from '../validate/check.js';
import type { Batches, SessionData } from './batches.js';
import { type InitialW, readInitialW } from './initialW.js';
import {
  evaluateWithGradient,
  type Memory,
  type Method,
  type MiniBatchDescription,
  type Outcome,
  type Point,
} from './optimizer.js';
import { factorAt, readSchedule, type ScheduleOption } from './schedule.js';
import type { UpdateRule } from './updateRules.js';

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

export interface MiniBatchWork {
  /** On all samples. */
  readonly session: Session;
  readonly batches: Batches;
  readonly rule: UpdateRule;
  /** Of the order of the samples. */
  readonly random: Random;
}

export type MiniBatchMemory = {
  readonly epoch: number;
  readonly gradient: Float64Array;
  readonly rule: Memory;
  readonly random: RandomState;
};

export class MiniBatch<Work extends MiniBatchWork = MiniBatchWork> implements Method {
  readonly isStochastic = true;
  #point!: Point;
  #epoch = 0;

  constructor(
    readonly description: MiniBatchDescription,
    protected readonly work: Work,
  ) {}

  *start(x: Float64Array): Steps<Point> {
    this.#point = yield* evaluateWithGradient(this.work.session, x);
    return this.#point;
  }

  *step(): Steps<Outcome> {
    const { description } = this;
    const { session, batches, random } = this.work;
    const before = this.#point.x;
    const x = before.slice();
    const mean = new Float64Array(x.length);
    const rate = description.learningRate * factorAt(description.schedule, this.#epoch++);
    let done = 0;
    for (const batch of batches.epoch(random)) {
      const gradient = yield* this.batchStep(x, rate, batch);
      done++;
      if (gradient === null)
        return this.#outcome(before, done, 'the weights grow without bound: take a smaller learning rate');
      addScaled(mean, 1 / batches.count, gradient);
    }
    const evaluation = yield* perform(session.evaluate(x));
    if (!evaluation.finite)
      return this.#outcome(before, done, 'the objective is not finite: take a smaller learning rate');
    session.accept();
    this.#point = { x, evaluation, gradient: mean };
    return this.#outcome(before, done, null);
  }

  memory(): MiniBatchMemory {
    const { rule, random } = this.work;
    const { gradient } = this.#point;
    return { epoch: this.#epoch, gradient: gradient.slice(), rule: rule.memory(), random: random.state() };
  }

  *resume(x: Float64Array, memory: Memory): Steps<void> {
    const { epoch, gradient, rule, random } = memory as MiniBatchMemory;
    this.#point = { ...(yield* this.start(x)), gradient };
    this.#epoch = epoch;
    this.work.rule.restore(rule);
    this.work.random.restore(random);
  }

  /** Moves x by the batch in the window; the gradient that did, or null where it is not finite. */
  protected *batchStep(x: Float64Array, rate: number, _batch: SessionData): Steps<Float64Array | null> {
    const { batches, rule } = this.work;
    const { session } = batches;
    const evaluation = yield* perform(session.evaluate(rule.lookAhead(x)));
    if (!evaluation.finite) return null;
    session.accept();
    const gradient = yield* perform(session.gradient());
    rule.update(x, gradient, rate);
    return gradient;
  }

  /** Passes of a batch over the network, each counted. */
  protected get passes(): number {
    return 2;
  }

  #outcome(before: Float64Array, done: number, stalled: string | null): Outcome {
    const { batches } = this.work;
    const point = this.#point;
    return {
      point,
      accepted: stalled === null,
      stepNorm: stalled === null ? norm(plus(point.x, before, -1)) : 0,
      radius: null,
      ratio: null,
      vectors: 0,
      workUnits: (this.passes * done * batches.size) / batches.data.samples,
      stalled,
    };
  }
}
