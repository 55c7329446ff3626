/** @file Sequences of calls on one session, each with the outcome that the calls before it let expect. */
import type { Evaluation, Session, StepOptions, StepResult } from '../../../lib/backend/backend.js';
import { jsBackend } from '../../../lib/backend/js/backend.js';
import { loadNative, type NativeSession, type SessionConfig } from '../../../lib/binding.js';
import { norm, plus } from '../../../lib/linalg/vector.js';
import { stepOptions } from './calls.js';
import type { Choice } from './choice.js';
import { outcomeNow, outcomeOf } from './outcome.js';
import type { Counts } from './run.js';
import { newFlag, type Subject, subjects } from './subjects.js';
import { wildConfig } from './wild.js';

const native = loadNative();

export async function runSession(choice: Choice, counts: Counts): Promise<void> {
  const subject = choice.chance(0.6) ? choice.pick(subjects) : null;
  const driver = new Driver(choice, counts, subject?.config(choice) ?? wildConfig(choice), subject);
  const beginning = choice.chance(0.8) ? [evaluate, accept] : [];
  for (const operation of beginning) await driver.step(operation);
  for (let n = choice.integer(1, 20); n > 0; n--) await driver.step(choice.pick(operations));
}

interface Operation {
  readonly name: string;
  readonly needs: 'nothing' | 'open' | 'trial' | 'current';
  start(session: NativeSession, async: boolean, flag?: Int32Array): unknown;
  /** Whether `start` heeds its last two arguments. */
  readonly isJob?: boolean;
  /** What it does to the driver's idea of the session. */
  done?(answer: unknown): void;
  /** Where it began and failed. */
  failed?(): void;
}

class Driver {
  readonly choice: Choice;
  readonly config: SessionConfig;
  readonly #counts: Counts;
  readonly #session: NativeSession;
  /** Otherwise its programs are random. */
  readonly isNetwork: boolean;
  /** The same on the other backend, where the results are determined well enough to be compared. */
  readonly twin: Session | null;
  disposed = false;
  current = false;
  /** Null where an evaluation was stopped, perhaps before it began. */
  trial: boolean | null = false;
  /** Set where something has gone wrong inside of a callback. */
  #complaint: string | null = null;

  constructor(choice: Choice, counts: Counts, config: SessionConfig, subject: Subject | null) {
    this.choice = choice;
    this.#counts = counts;
    this.config = config;
    this.#session = new native.Session(config);
    this.isNetwork = subject !== null;
    const comparable = subject !== null && config.alphaW >= 1e-3 && choice.chance(0.5);
    this.twin = comparable
      ? jsBackend.createSession({
          ...config,
          loss: { kind: 'leastSquares' },
          programs: subject.network.programs,
          cancelFlag: newFlag(),
        })
      : null;
  }

  async step(make: (driver: Driver) => Operation): Promise<void> {
    const { choice } = this;
    const operation = make(this);
    const flag = operation.isJob && choice.chance(0.3) ? newFlag() : undefined;
    const raised = flag !== undefined && choice.chance(0.3);
    if (raised) flag.fill(1);
    const refusal = this.#refusal(operation);
    const async = operation.isJob === true && choice.chance(0.4);
    let stopped = false;
    let answer: unknown;
    const outcome = await outcomeOf(
      async () => {
        answer = await operation.start(this.#session, async, flag);
      },
      () => {
        if (async && refusal === null) stopped = this.#interfere(flag);
      },
    );
    const expected = refusal ?? (raised ? ['ERR_ABORTED'] : ['resolved', ...(stopped ? ['ERR_ABORTED'] : [])]);
    this.#judge(operation, outcome, expected);
    this.#counts.add(outcome === 'resolved' ? 'succeeded' : outcome);
    if (outcome === 'resolved') operation.done?.(answer);
    else if (refusal === null && !raised) operation.failed?.();
  }

  /** LAPACK may fail where the derivatives are none. */
  #judge({ name }: Operation, outcome: string, expected: readonly string[]): void {
    if (this.#complaint !== null) throw new Error(this.#complaint);
    if (expected.includes(outcome)) return;
    const mayFail = !this.isNetwork && /evaluate|step/.test(name) && expected.includes('resolved');
    if (outcome === 'ERR_LAPACK' && mayFail) return;
    throw new Error(`${name}: ${outcome} instead of ${expected.join(' or ')}`);
  }

  /** How a call must end that cannot begin; null where it can. */
  #refusal({ needs }: Operation): string[] | null {
    if (needs === 'nothing') return null;
    if (this.disposed) return ['ERR_DISPOSED'];
    if (needs === 'current') return this.current ? null : ['ERR_STATE'];
    if (needs === 'trial' && this.trial !== true)
      return this.trial === null ? ['ERR_STATE', 'resolved'] : ['ERR_STATE'];
    return null;
  }

  /** While a job runs: nothing else may begin. Whether the job may have been stopped. */
  #interfere(flag: Int32Array | undefined): boolean {
    const { choice } = this;
    let stopped = false;
    for (let n = choice.integer(0, 3); n > 0; n--) {
      const way = choice.integer(0, 9);
      if (way === 0) {
        native.stopAll();
        stopped = true;
      } else if (way === 1 && flag !== undefined) {
        flag.fill(1);
        stopped = true;
      } else if (way === 2) {
        this.#session.dispose();
        this.disposed = true;
      } else this.expectBusy(choice.pick(operations)(this), choice.chance(0.5));
    }
    return stopped;
  }

  expectBusy(operation: Operation, async: boolean): void {
    if (operation.needs === 'nothing') return;
    const outcome = outcomeNow(() => operation.start(this.#session, async));
    const expected = this.disposed ? 'ERR_DISPOSED' : 'ERR_BUSY';
    if (outcome !== expected) this.#complaint = `${operation.name}, meanwhile: ${outcome} instead of ${expected}`;
  }

  /** Of vectors of both backends. */
  compare(what: string, actual: Float64Array, expected: Float64Array): void {
    const difference = norm(plus(actual, expected, -1));
    if (!(difference <= 1e-7 * (1 + norm(expected))))
      throw new Error(`${what} differs from that of js by ${difference}`);
    this.#counts.add('compared with js');
  }
}

const operations: readonly ((driver: Driver) => Operation)[] = [
  evaluate,
  evaluate,
  accept,
  accept,
  gradient,
  step,
  step,
  hessianProduct,
  ({ config, choice }) => {
    const v = choice.reals(config.weights);
    return { name: 'jacobianProduct', needs: 'current', start: (session) => session.jacobianProductSync(v) };
  },
  ({ choice }) => ({
    name: 'jacobianTransposeProduct',
    needs: 'current',
    start: (session) => {
      const stack = choice.reals(session.residual().length + session.W().length);
      return session.jacobianTransposeProductSync(stack);
    },
  }),
  ({ config }) => ({
    name: 'denseHessian',
    needs: 'current',
    start: (session) => {
      if (config.perSample !== null) return session.denseHessianSync();
      session.W(); // refused first where there is no point, and then for want of the program
      return expectState(() => session.denseHessianSync());
    },
  }),
  () => ({ name: 'weights', needs: 'current', start: (session) => session.weights() }),
  () => ({ name: 'W', needs: 'current', start: (session) => session.W() }),
  () => ({ name: 'residual', needs: 'current', start: (session) => session.residual() }),
  () => ({ name: 'features', needs: 'current', start: (session) => session.features() }),
  (driver) => ({
    name: 'trialW',
    needs: 'trial',
    start: (session) => session.trialW(),
    done: () => {
      driver.trial = true;
    },
  }),
  () => ({ name: 'timings', needs: 'open', start: (session) => session.timings() }),
  () => ({ name: 'memoryBytes', needs: 'open', start: (session) => session.memoryBytes }),
  (driver) => (driver.choice.chance(0.1) ? dispose(driver) : evaluate(driver)),
];

function evaluate(driver: Driver): Operation {
  const { choice, config, twin } = driver;
  const tame = twin !== null || choice.chance(0.8);
  const theta = tame
    ? Float64Array.from({ length: config.weights }, () => choice.uniform(-1, 1))
    : choice.wildReals(config.weights);
  return {
    name: 'evaluate',
    needs: 'open',
    isJob: true,
    start: (session, async, flag) => (async ? session.evaluate(theta, flag) : session.evaluateSync(theta, flag)),
    done: (answer) => {
      const { finite, objective } = answer as Evaluation;
      driver.trial = finite;
      if (twin === null) return;
      const expected = twin.evaluate(theta).sync();
      if (finite !== expected.finite) throw new Error(`finite is ${finite}, with js ${expected.finite}`);
      driver.compare('the objective', Float64Array.of(objective), Float64Array.of(expected.objective));
    },
    failed: () => {
      if (driver.trial) driver.trial = null;
    },
  };
}

function accept(driver: Driver): Operation {
  return {
    name: 'accept',
    needs: 'trial',
    start: (session) => session.accept(),
    done: () => {
      driver.trial = false;
      driver.current = true;
      driver.twin?.accept();
    },
  };
}

function gradient(driver: Driver): Operation {
  return {
    name: 'gradient',
    needs: 'current',
    isJob: true,
    start: (session, async, flag) => (async ? session.gradient(flag) : session.gradientSync(flag)),
    done: (g) => {
      if (driver.twin !== null) driver.compare('the gradient', g as Float64Array, driver.twin.gradient().sync());
    },
  };
}

function step(driver: Driver): Operation {
  const options = stepOptions(driver.choice);
  const lacking = options.solver === 'dense' && driver.config.perSample === null;
  const onProgress = driver.choice.chance(0.3) ? () => driver.expectBusy(accept(driver), false) : undefined;
  return {
    name: 'step',
    needs: 'current',
    isJob: !lacking,
    start: (session, async, flag) => {
      if (lacking) session.W();
      const start = () => (async ? session.step(options, flag, onProgress) : session.stepSync(options, flag));
      return lacking ? expectState(start) : start();
    },
    done: (result) => {
      if (!lacking && driver.isNetwork) checkStep(options, result as StepResult);
    },
  };
}

/** Finite, and in the ball to within what the dense solver allows itself. */
function checkStep({ radius }: StepOptions, { step, stepNorm }: StepResult): void {
  if (!step.every(Number.isFinite) || Math.abs(norm(step) - stepNorm) > 1e-9 * stepNorm) throw new Error('no step');
  if (radius !== null && !(stepNorm <= 1.2 * radius)) throw new Error(`a step of length ${stepNorm}, not ${radius}`);
}

function hessianProduct(driver: Driver): Operation {
  const { choice, config, twin } = driver;
  const v = choice.reals(config.weights);
  return {
    name: 'hessianProduct',
    needs: 'current',
    isJob: true,
    start: (session, async, flag) => (async ? session.hessianProduct(v, flag) : session.hessianProductSync(v, flag)),
    done: (Hv) => {
      if (twin === null || norm(v) > 1e3) return;
      driver.compare('the product', Hv as Float64Array, twin.hessianProduct(v).sync());
    },
  };
}

function dispose(driver: Driver): Operation {
  return {
    name: 'dispose',
    needs: 'nothing',
    start: (session) => session.dispose(),
    done: () => {
      driver.disposed = true;
    },
  };
}

/** What a session with a point but without gradients by sample says. */
function expectState(start: () => unknown): void {
  const outcome = outcomeNow(start);
  if (outcome !== 'ERR_STATE') throw new Error(`${outcome} instead of ERR_STATE`);
}
