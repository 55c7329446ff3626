/** @file Sequences of calls on one session, each with the outcome that the calls before it let expect. */
import type { Evaluation, Session, StartOfW, StepOptions, StepResult } from '../../../lib/backend/backend.js';
import { jsBackend } from '../../../lib/backend/js/backend.js';
import { loadNative, type NativeSession, type SessionConfig } from '../../../lib/binding.js';
import { norm, plus } from '../../../lib/linalg/vector.js';
import { detach } from '../../support/buffers.js';
import { stepOptions } from './calls.js';
import type { Choice } from './choice.js';
import { definitionOf, wildLoss } from './losses.js';
import { outcomeNow, outcomeOf } from './outcome.js';
import type { Counts } from './run.js';
import { manyTargets, newFlag, type Subject, subjects } from './subjects.js';
import { wildConfig } from './wild.js';

const native = loadNative();

export async function runSession(choice: Choice, counts: Counts): Promise<void> {
  const subject = choice.chance(0.6) ? choice.pick(subjects) : null;
  const features = subject?.network.features ?? choice.integer(1, 4);
  const config = subject?.config(choice) ?? wildConfig(choice, features);
  const isProper = choice.chance(0.8);
  const driver = new Driver(choice, counts, isProper ? config : withWildLoss(choice, config), {
    features,
    subject,
    isProper: subject !== null && isProper,
  });
  const beginning = choice.chance(0.8) ? [evaluate, accept] : [];
  for (const operation of beginning) await driver.step(operation);
  for (let n = choice.integer(1, 20); n > 0; n--) await driver.step(choice.pick(operations));
}

/** Only losses other than least squares change. */
function withWildLoss(choice: Choice, config: SessionConfig): SessionConfig {
  const { loss, samples, targetColumns } = config;
  if (loss.curvature === 'identity' || targetColumns === manyTargets) return config;
  return { ...config, ...wildLoss(choice, samples, targetColumns) };
}

interface Origin {
  readonly features: number;
  /** Null for random programs. */
  readonly subject: Subject | null;
  /** A network with a loss that is convex. */
  readonly isProper: boolean;
}

interface Operation {
  readonly name: string;
  readonly needs: 'nothing' | 'open' | 'trial' | 'current';
  /** Whether an argument is to be refused. */
  readonly isWrong?: boolean;
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
  /** Whether everything is as it should be: derivatives, a convex loss, numbers that nobody spoils. */
  isProper: boolean;
  /** Whether it has been at weights so large that H_W may overflow there, though the loss is finite or constant. */
  wasFar = false;
  /** Of W. */
  readonly columns: number;
  /** The same on the other backend, where the results are determined well enough to be compared. */
  #twin: Session | null = null;
  disposed = false;
  current = false;
  /** Null where an evaluation was stopped, perhaps before it began. */
  trial: boolean | null = false;
  /** Set where something has gone wrong inside of a callback. */
  #complaint: string | null = null;

  constructor(choice: Choice, counts: Counts, config: SessionConfig, { features, subject, isProper }: Origin) {
    this.choice = choice;
    this.#counts = counts;
    this.config = config;
    this.#session = new native.Session(config);
    this.isProper = isProper;
    this.columns = features + Number(config.bias);
    const loss = definitionOf(config.loss);
    if (subject === null || loss === null || !isProper || !isDetermined(config) || choice.chance(0.5)) return;
    const { programs } = subject.network;
    this.#twin = jsBackend.createSession({ ...config, loss, programs, cancelFlag: newFlag() });
  }

  get twin(): Session | null {
    return this.#twin;
  }

  /** Numbers on shared memory are read in place, and anybody may change them. */
  #poison(): void {
    const { config, choice } = this;
    if (!(config.sampleWeights?.buffer instanceof SharedArrayBuffer)) return;
    config.sampleWeights[choice.integer(0, config.samples - 1)] = choice.pick([
      Number.NaN,
      -1,
      1e308,
      -1e308,
      Infinity,
    ]);
    this.isProper = false;
    this.#twin = null;
  }

  async step(make: (driver: Driver) => Operation): Promise<void> {
    const { choice } = this;
    if (choice.chance(0.02)) this.#poison();
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

  /** LAPACK may fail where the derivatives are none, the loss is not convex, or its Hessian overflows. */
  #judge({ name }: Operation, outcome: string, expected: readonly string[]): void {
    if (this.#complaint !== null) throw new Error(this.#complaint);
    if (expected.includes(outcome)) return;
    const solves = this.isConvex ? /evaluate|step|product|dense/i : /evaluate|step/;
    const mayFail =
      (!this.isProper || (this.isConvex && this.wasFar)) && solves.test(name) && expected.includes('resolved');
    if (outcome === 'ERR_LAPACK' && mayFail) return;
    throw new Error(`${name}: ${outcome} instead of ${expected.join(' or ')}`);
  }

  /** How a call must end that cannot begin; null where it can. */
  #refusal({ needs, isWrong }: Operation): string[] | null {
    if (needs === 'nothing') return null;
    if (this.disposed) return ['ERR_DISPOSED'];
    if (isWrong) return ['ERR_ARGUMENT'];
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

  count(what: string): void {
    this.#counts.add(what);
  }

  /** Whether the projection is an iteration. */
  get isConvex(): boolean {
    return this.config.loss.curvature !== 'identity';
  }
}

/** Whether W and all that follows from it is so well determined that both backends must find the same. */
function isDetermined({ alphaW, innerTolerance, targetColumns }: SessionConfig): boolean {
  return alphaW >= 1e-3 && innerTolerance <= 1e-12 && targetColumns !== manyTargets;
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
  (driver) => ({
    name: 'W',
    needs: 'current',
    start: (session) => session.W(),
    done: (W) => {
      if (driver.twin !== null) driver.compare('W', W as Float64Array, driver.twin.W());
    },
  }),
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
  const isWrong = choice.chance(0.05);
  const start = isWrong ? wrongStart(driver) : startOfW(driver);
  return {
    name: 'evaluate',
    needs: 'open',
    isWrong,
    isJob: !isWrong,
    start: (session, async, flag) =>
      async ? session.evaluate(theta, flag, start) : session.evaluateSync(theta, flag, start),
    done: (answer) => {
      const { finite, objective, inner } = answer as Evaluation;
      driver.trial = finite;
      if (!tame) driver.wasFar = true;
      if ((inner !== null) !== (finite && driver.isConvex)) throw new Error(`inner: ${JSON.stringify(inner)}`);
      if (inner !== null) driver.count(`inner: ${inner.status}`);
      const isEnded = inner === null || inner.status === 'converged' || inner.status === 'rounding';
      if (tame && driver.isProper && config.alphaW >= 1e-3 && !isEnded) throw new Error(JSON.stringify(inner));
      if (finite && !Number.isFinite(objective)) throw new Error(`a finite point with objective ${objective}`);
      if (twin === null || twin !== driver.twin) return;
      const expected = twin.evaluate(theta, start).sync();
      if (finite !== expected.finite) throw new Error(`finite is ${finite}, with js ${expected.finite}`);
      driver.compare('the objective', Float64Array.of(objective), Float64Array.of(expected.objective));
    },
    failed: () => {
      if (driver.trial) driver.trial = null;
    },
  };
}

function startOfW({ choice, config, columns }: Driver): StartOfW | undefined {
  const length = config.targetColumns * columns;
  return choice.pick<() => StartOfW | undefined>([
    () => undefined,
    () => 'afterStep',
    () => 'afterStep',
    () => choice.reals(length),
    () => choice.wildReals(length),
    () => new Float64Array(length).fill(choice.pick([0, 1e-310, 1e10, 1e200, Number.NaN])),
  ])();
}

function wrongStart({ choice, config, columns }: Driver): StartOfW {
  const length = config.targetColumns * columns;
  const detached = new Float64Array(length);
  detach(detached);
  return choice.pick<unknown>([
    new Float64Array(length + 1),
    new Float64Array(length - 1),
    new Float32Array(length),
    Array.from({ length }, () => 0),
    detached,
    'afterstep',
    '',
    0,
    true,
    {},
  ]) as StartOfW;
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
      if (!lacking && driver.isProper) checkStep(options, result as StepResult);
    },
  };
}

/** Finite, of its length (unless the gradient is subnormal), and in the ball to within what the dense solver allows. */
function checkStep({ radius }: StepOptions, { step, stepNorm, predictedReduction }: StepResult): void {
  const isOfLength = predictedReduction < 1e-300 || Math.abs(Math.hypot(...step) - stepNorm) <= 1e-9 * stepNorm;
  if (!step.every(Number.isFinite) || !isOfLength) throw new Error('no step');
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
