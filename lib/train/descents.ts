/** @file The descents of one level: a method on some of the samples, from a start; it opens and gives back the sessions. */
import type { Backend, Session } from '../backend/backend.js';
import type { LossDefinition } from '../backend/loss.js';
import { inBackground, perform, type Steps } from '../job/job.js';
import { join } from '../linalg/vector.js';
import type { Network } from '../network/network.js';
import type { SessionData } from '../optimizers/batches.js';
import { type InitialW, randomW } from '../optimizers/initialW.js';
import { makeMethod, methodNeeds, type Needs } from '../optimizers/method.js';
import type { SingleDescription } from '../optimizers/optimizer.js';
import type { StopRules } from '../options/stop.js';
import type { QuadraticRegularizer } from '../regularizer/quadratic.js';
import type { Accounts } from './accounts.js';
import { type Journal, type LevelResult, runLevel } from './loop.js';
import { checkMemory } from './memory.js';
import type { Judge } from './validation.js';

/** What all descents of a level have in common. */
export interface LevelSetting {
  readonly backend: Backend;
  readonly network: Network;
  readonly level: number;
  readonly loss: LossDefinition;
  readonly bias: boolean;
  readonly alphaW: number;
  /** Of the targets that the sessions have, in those of the caller. */
  readonly unit: number;
  readonly regularizer: QuadraticRegularizer;
  readonly innerTolerance: number;
  readonly targetColumns: number;
  readonly threads: number;
  readonly seed: number;
  readonly cancelFlag: Int32Array;
  readonly journal: Journal;
  readonly accounts: Accounts;
  readonly validate: Judge | null;
}

/** Where a descent starts. */
export interface Start {
  readonly theta: Float64Array;
  /** Carried over from another descent. */
  readonly W?: Float64Array;
  readonly radius?: number | null;
}

export interface Descent {
  readonly optimizer: SingleDescription;
  readonly solver: 'krylov' | 'dense' | null;
  readonly estimatedBytes: number;
  readonly data: SessionData;
  readonly rules: StopRules;
  /** What a pass over the data counts, in work units. */
  readonly share: number;
}

export class Descents {
  constructor(readonly setting: LevelSetting) {}

  /** Throws what the start throws; once there is a point, a failure is a reason to stop. */
  *run({ optimizer, solver, estimatedBytes, data, rules, share }: Descent, start: Start): Steps<LevelResult> {
    const { setting } = this;
    const { network, journal, level, validate, backend, alphaW, seed, unit } = setting;
    const needs = methodNeeds(optimizer, solver);
    const sessions: Session[] = [];
    const open = (part: SessionData) => {
      checkMemory(estimatedBytes);
      sessions.push(this.#open(needs, part));
      return sessions[sessions.length - 1];
    };
    try {
      const isJoint = needs.objective === 'joint';
      const before = journal.workUnits;
      const given = start.W?.map((w) => w / unit);
      const W = isJoint ? (given ?? (yield* this.#initialW(initialWOf(optimizer), data, start.theta, share))) : given;
      const x = isJoint ? join(start.theta, W as Float64Array) : start.theta;
      const { weights } = network;
      const workplace = { backend, session: open(data), data, open, solver, weights, unknowns: x.length, alphaW, seed };
      const method = makeMethod(withRadius(optimizer, start.radius), workplace);
      const { session } = workplace;
      return yield* runLevel({
        ...{ session, method, x, level, share, journal, validate, unit },
        rules: { ...rules, workUnits: rules.workUnits - (journal.workUnits - before) },
        name: optimizer.type,
        W: isJoint ? undefined : W,
      });
    } finally {
      yield* this.#close(sessions);
    }
  }

  #open(needs: Needs, part: SessionData): Session {
    const { network, backend, targetColumns, bias, loss, innerTolerance, alphaW, regularizer } = this.setting;
    const { threads, cancelFlag } = this.setting;
    const { programs, weights } = network;
    return backend.createSession({
      ...{ programs, weights, targetColumns, bias, loss, innerTolerance, alphaW, regularizer, threads, cancelFlag },
      ...part,
      ...needs,
    });
  }

  /** The projection at θ, or random numbers. */
  *#initialW(option: InitialW, data: SessionData, theta: Float64Array, share: number): Steps<Float64Array> {
    const { network, bias, targetColumns, seed, journal } = this.setting;
    if (option === 'random') return randomW(targetColumns, network.features + Number(bias), seed);
    const session = this.#open({ objective: 'reduced', jacobian: 'kaufman', pairs: 0 }, data);
    try {
      const { finite } = yield* perform(session.evaluate(theta));
      journal.workUnits += share;
      return finite ? session.trialW() : new Float64Array(targetColumns * (network.features + Number(bias)));
    } finally {
      yield* this.#close([session]);
    }
  }

  *#close(sessions: readonly Session[]): Steps<void> {
    this.setting.accounts.add(sessions);
    for (const session of sessions) {
      const release = session.release();
      // What comes next needs the memory; a training that is cancelled does not wait for it to go.
      yield* perform(Atomics.load(this.setting.cancelFlag, 0) === 0 ? release : inBackground(release));
    }
  }
}

function initialWOf(optimizer: SingleDescription): InitialW {
  return 'initialW' in optimizer ? optimizer.initialW : 'projected';
}

function withRadius(optimizer: SingleDescription, radius: number | null | undefined): SingleDescription {
  if (!('trustRegion' in optimizer) || radius == null) return optimizer;
  return { ...optimizer, trustRegion: { ...optimizer.trustRegion, initialRadius: radius } };
}
