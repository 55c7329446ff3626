/**
 * @file One level: nested parts of the data first, then its methods one after the other, each from where the one before
 * has ended. θ and W are carried over; the trust-region radius between the parts of the data.
 */

import { isClosed } from '../backend/loss.js';
import { sharedArray } from '../data/buffers.js';
import { takeRows } from '../data/matrix.js';
import type { Steps } from '../job/job.js';
import type { SessionData } from '../optimizers/batches.js';
import { methodNeeds, solverFor } from '../optimizers/method.js';
import type { SingleDescription, StageDescription } from '../optimizers/optimizer.js';
import { stagesOf } from '../optimizers/sequence.js';
import type { Task } from '../options/options.js';
import type { StopRules } from '../options/stop.js';
import { Random } from '../random.js';
import type { Stop } from '../report/report.js';
import type { Descent, Descents, Start } from './descents.js';
import type { Kept, LevelResult, Weights } from './loop.js';
import { estimateMemory } from './memory.js';

type Work = Pick<Descent, 'optimizer' | 'solver' | 'estimatedBytes'>;

export class Stages {
  /** Of the last method that has one. */
  solver: 'krylov' | 'dense' | null = null;
  estimatedBytes = 0;
  #stop!: Stop;
  #last: Weights | null = null;
  #best: Kept | null = null;

  constructor(
    readonly task: Task,
    readonly data: SessionData,
    /** Where W begins, if not by the method. */
    readonly W: Float64Array | undefined,
  ) {}

  *run(descents: Descents, theta: Float64Array): Steps<void> {
    const { journal } = descents.setting;
    const used = { workUnits: 0, iterations: 0 };
    let start: Start = { theta, W: this.W };
    // All of them first: what is impossible is said before any work.
    const stages = stagesOf(this.task.optimizer).map(({ optimizer, stop }) => {
      return { work: this.#prepare(descents, optimizer), stop };
    });
    for (const [k, { work, stop }] of stages.entries()) {
      if (k === 0 && descents.setting.level === 1) {
        const nested = yield* this.#nested(descents, work, start);
        if (nested === null) return;
        start = nested;
      }
      const rules = this.#rules(stop, used);
      if (k > 0 && !(rules.workUnits > 0 && rules.iterations > 0)) return;
      const before = { workUnits: journal.workUnits, records: journal.records.length };
      const result = yield* descents.run({ ...work, data: this.data, rules, share: 1 }, start);
      used.workUnits += journal.workUnits - before.workUnits;
      used.iterations += journal.records.length - before.records - 1; // the first record is the start
      this.#add(result);
      if (endsTraining(result)) return;
      start = (this.task.validation === null ? result.last : result.best) as Weights;
    }
  }

  /** A job failed before a method had a point. */
  fail(reason: Stop): void {
    this.#stop = reason;
  }

  result(): LevelResult {
    return { stop: this.#stop, last: this.#last, best: this.#best };
  }

  #prepare({ setting }: Descents, optimizer: SingleDescription): Work {
    const { network, loss, targetColumns } = setting;
    const solver = solverFor(optimizer, network, loss, this.task);
    const estimatedBytes = estimateMemory(network, this.data.samples, targetColumns, {
      dense: solver === 'dense',
      fullJacobian: optimizer.type === 'gnvpro' && optimizer.jacobian === 'golub-pereyra',
      convex: !isClosed(loss),
      joint: methodNeeds(optimizer, solver).objective === 'joint',
    });
    this.solver = solver ?? this.solver;
    this.estimatedBytes = Math.max(this.estimatedBytes, estimatedBytes);
    return { optimizer, solver, estimatedBytes };
  }

  /** What is left to the stage of what the level may use. */
  #rules(stop: StageDescription['stop'], used: { workUnits: number; iterations: number }): StopRules {
    const { rules } = this.task;
    return {
      ...rules,
      patience: stop.patience ?? rules.patience,
      workUnits: Math.min(stop.workUnits ?? Number.POSITIVE_INFINITY, rules.workUnits - used.workUnits),
      iterations: Math.min(stop.iterations ?? Number.POSITIVE_INFINITY, rules.iterations - used.iterations),
    };
  }

  /** A few steps on small parts of the data, each within the next. Null where they end the training. */
  *#nested(descents: Descents, work: Work, start: Start): Steps<Start | null> {
    const { nested, rules, seed } = this.task;
    if (nested.length === 0) return start;
    const { records } = descents.setting.journal;
    const order = new Random(seed).permutation(this.data.samples);
    let from = start;
    for (const { samples, iterations } of nested) {
      const data = takePart(this.data, order.subarray(0, samples));
      const partRules = { ...rules, iterations, patience: Number.POSITIVE_INFINITY };
      const share = samples / this.data.samples;
      const result = yield* descents.run({ ...work, data, rules: partRules, share }, from);
      this.#stop = result.stop;
      // Objectives on parts of the data do not compare; validation does.
      if (this.task.validation !== null) this.#keep(result.best);
      if (endsTraining(result)) {
        if (this.#best === null) this.#keep(result.best);
        this.#last = result.last;
        return null;
      }
      // A method that could go no further leaves a radius that is no measure of the next steps.
      const radius = result.stop.status === 'iterationLimit' ? records[records.length - 1].radius : null;
      from = { ...(result.last as Weights), radius };
    }
    return from;
  }

  #add({ stop, last, best }: LevelResult): void {
    this.#stop = stop;
    this.#last = last ?? this.#last;
    this.#keep(best);
  }

  #keep(best: Kept | null): void {
    if (best === null) return;
    if (this.#best === null || best.merit <= this.#best.merit) this.#best = best;
  }
}

export function endsTraining({ stop, best }: Pick<LevelResult, 'stop' | 'best'>): boolean {
  return best === null || ['aborted', 'timeLimit', 'nonFinite', 'failed'].includes(stop.status);
}

function takePart({ inputs, targets, samples, sampleWeights }: SessionData, rows: Int32Array): SessionData {
  const take = (data: Float64Array) =>
    takeRows({ data, shape: [samples, data.length / samples] }, rows, sharedArray).data;
  return {
    inputs: take(inputs),
    targets: take(targets),
    samples: rows.length,
    sampleWeights: sampleWeights && take(sampleWeights),
  };
}
