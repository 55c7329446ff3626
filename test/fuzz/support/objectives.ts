/** @file Sequences of calls on one objective and its points, each with the outcome that the calls before it let expect. */
import type { Objective, StartOfW, StepOptions, StepResult } from '../../../lib/backend/backend.js';
import { jsBackend } from '../../../lib/backend/js/backend.js';
import { loadNative, type NativePoint, type ObjectiveConfig } from '../../../lib/binding.js';
import type { Job } from '../../../lib/job/job.js';
import { norm, plus } from '../../../lib/linalg/vector.js';
import { detach } from '../../support/buffers.js';
import { pairs, stepOptions } from './calls.js';
import type { Choice } from './choice.js';
import { definitionOf, wildLoss } from './losses.js';
import { outcomeNow, outcomeOf } from './outcome.js';
import type { Counts } from './run.js';
import { manyTargets, newFlag, type Subject, subjects } from './subjects.js';
import { wildConfig } from './wild.js';

const native = loadNative();

export async function runObjective(choice: Choice, counts: Counts): Promise<void> {
  const subject = choice.chance(0.6) ? choice.pick(subjects) : null;
  const features = subject?.network.features ?? choice.integer(1, 4);
  const config = subject?.config(choice) ?? wildConfig(choice, features);
  const isProper = choice.chance(0.8);
  const driver = new Driver(choice, counts, isProper ? config : withWildLoss(choice, config), {
    features,
    subject,
    isProper: subject !== null && isProper,
  });
  const beginning = choice.chance(0.8) ? [evaluate] : [];
  for (const operation of beginning) await driver.step(operation);
  for (let n = choice.integer(1, 20); n > 0; n--) await driver.step(choice.pick(operations));
}

/** Only losses other than least squares change. */
function withWildLoss(choice: Choice, config: ObjectiveConfig): ObjectiveConfig {
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

/** A point of the objective, and the same one of the other backend where it is compared. */
interface Visited {
  readonly point: NativePoint;
  readonly twin: NativePoint | null;
  dropped: boolean;
}

interface Operation {
  readonly name: string;
  readonly needs: 'nothing' | 'open' | Visited;
  /** Whether an argument is to be refused. */
  readonly isWrong?: boolean;
  /** A job, or an answer at once. */
  start(objective: Objective): unknown;
  readonly isJob?: boolean;
  /** What it does to the driver's idea of the objective. */
  done?(answer: unknown): void;
}

class Driver {
  readonly choice: Choice;
  readonly config: ObjectiveConfig;
  readonly #counts: Counts;
  readonly #objective: Objective;
  readonly #flag = newFlag();
  /** Whether everything is as it should be: derivatives, a convex loss, numbers that nobody spoils. */
  isProper: boolean;
  /** Whether it has been at weights so large that H_W may overflow there, though the loss is finite or constant. */
  wasFar = false;
  /** Of W. */
  readonly columns: number;
  /** The same on the other backend, where the results are determined well enough to be compared. */
  #twin: Objective | null = null;
  disposed = false;
  readonly visited: Visited[] = [];
  /** Set where something has gone wrong inside of a callback. */
  #complaint: string | null = null;

  constructor(choice: Choice, counts: Counts, config: ObjectiveConfig, { features, subject, isProper }: Origin) {
    this.choice = choice;
    this.#counts = counts;
    this.config = config;
    this.#objective = new native.Objective({ ...config, cancelFlag: this.#flag });
    this.isProper = isProper;
    this.columns = features + Number(config.bias);
    const loss = definitionOf(config.loss);
    if (subject === null || loss === null || !isProper || !isDetermined(config) || choice.chance(0.5)) return;
    const { programs } = subject.network;
    this.#twin = jsBackend.createObjective({
      ...config,
      inputs: config.inputs as Float64Array,
      targets: config.targets as Float64Array,
      loss,
      programs,
      cancelFlag: newFlag(),
    });
  }

  get twin(): Objective | null {
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
    const raised = operation.isJob === true && choice.chance(0.1);
    if (raised) this.#flag.fill(1);
    const refusal = this.#refusal(operation);
    const async = operation.isJob === true && choice.chance(0.4);
    let stopped = false;
    let answer: unknown;
    const outcome = await outcomeOf(
      async () => {
        const started = operation.start(this.#objective);
        const job = started as Job<unknown>;
        answer = operation.isJob ? await (async ? job.async() : job.sync()) : started;
      },
      () => {
        if (async && refusal === null) stopped = this.#interfere();
      },
    );
    this.#flag.fill(0);
    const expected = refusal ?? (raised ? ['ERR_ABORTED'] : ['resolved', ...(stopped ? ['ERR_ABORTED'] : [])]);
    this.#judge(operation, outcome, expected);
    this.#counts.add(outcome === 'resolved' ? 'succeeded' : outcome);
    if (outcome === 'resolved') operation.done?.(answer);
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
    if (needs === 'open') return null;
    if (!needs.point.evaluation.finite) return ['ERR_NONFINITE'];
    return needs.dropped ? ['ERR_DISPOSED'] : null;
  }

  /** While a job runs: nothing else may begin. Whether the job may have been stopped. */
  #interfere(): boolean {
    const { choice } = this;
    let stopped = false;
    for (let n = choice.integer(0, 3); n > 0; n--) {
      const way = choice.integer(0, 9);
      if (way === 0) {
        native.stopAll();
        stopped = true;
      } else if (way === 1) {
        this.#flag.fill(1);
        stopped = true;
      } else if (way === 2) {
        this.#objective.dispose();
        this.disposed = true;
      } else this.expectBusy(choice.pick(operations)(this));
    }
    return stopped;
  }

  expectBusy(operation: Operation): void {
    if (operation.needs === 'nothing') return;
    const outcome = outcomeNow(() => operation.start(this.#objective));
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
function isDetermined({ alphaW, innerTolerance, targetColumns }: ObjectiveConfig): boolean {
  return alphaW >= 1e-3 && innerTolerance <= 1e-12 && targetColumns !== manyTargets;
}

const operations: readonly ((driver: Driver) => Operation)[] = [
  evaluate,
  evaluate,
  evaluate,
  gradient,
  step,
  step,
  hessianProduct,
  atPoint(
    'jacobianProduct',
    ({ point }, { choice, config }) => point.jacobianProduct(choice.reals(config.weights)),
    true,
  ),
  atPoint(
    'jacobianTransposeProduct',
    ({ point }, { choice, config, columns }) =>
      point.jacobianTransposeProduct(choice.reals((config.samples + columns) * config.targetColumns)),
    true,
  ),
  (driver) => {
    const visited = someVisited(driver);
    if (visited === null) return evaluate(driver);
    const lacking = driver.config.perSample === null;
    return {
      name: 'denseHessian',
      needs: visited,
      isJob: !lacking,
      start: () =>
        lacking ? expectRefusal(visited, () => visited.point.denseHessian()) : visited.point.denseHessian(),
    };
  },
  (driver) => {
    const visited = someVisited(driver);
    if (visited === null) return evaluate(driver);
    const done = (W: unknown) => {
      if (driver.twin !== null && visited.twin !== null) driver.compare('W', W as Float64Array, visited.twin.W());
    };
    return { name: 'W', needs: visited, start: () => visited.point.W(), done };
  },
  keepRows,
  (driver) => (driver.config.derivatives === 'recomputed' ? keepRows : residual)(driver),
  (driver) => (driver.config.derivatives === 'recomputed' ? keepRows : features)(driver),
  () => ({ name: 'timings', needs: 'open', start: (objective) => objective.timings() }),
  () => ({ name: 'memoryBytes', needs: 'open', start: (objective) => objective.memoryBytes }),
  () => ({ name: 'passes', needs: 'open', start: (objective) => objective.passes }),
  drop,
  (driver) => (driver.choice.chance(0.1) ? dispose(driver) : evaluate(driver)),
];

function keepRows(driver: Driver): Operation {
  return atPoint('keepRows', ({ point }) => point.keepRows(), true)(driver);
}

function residual(driver: Driver): Operation {
  return atPoint('residual', ({ point }) => point.residual())(driver);
}

function features(driver: Driver): Operation {
  return atPoint('features', ({ point }) => point.features())(driver);
}

function someVisited({ choice, visited }: Driver): Visited | null {
  return visited.length === 0 ? null : choice.pick(visited);
}

/** What is asked of some point; another evaluation where there is none. */
function atPoint(name: string, ask: (visited: Visited, driver: Driver) => unknown, isJob = false) {
  return (driver: Driver): Operation => {
    const visited = someVisited(driver);
    return visited === null ? evaluate(driver) : { name, needs: visited, isJob, start: () => ask(visited, driver) };
  };
}

/** Compares the answer of a point with that of its twin. */
function compared(
  driver: Driver,
  name: string,
  visited: Visited,
  ask: (point: NativePoint) => Job<Float64Array>,
  isComparable = true,
): Operation {
  return {
    name,
    needs: visited,
    isJob: true,
    start: () => ask(visited.point),
    done: (answer) => {
      const { twin } = visited;
      if (driver.twin === null || twin === null || !isComparable) return;
      driver.compare(`the ${name}`, answer as Float64Array, ask(twin).sync());
    },
  };
}

function evaluate(driver: Driver): Operation {
  const { choice, config, twin } = driver;
  const tame = twin !== null || choice.chance(0.8);
  const theta = tame
    ? Float64Array.from({ length: config.weights }, () => choice.uniform(-1, 1))
    : choice.wildReals(config.weights);
  const isWrong = choice.chance(0.05);
  const { start, ofTwin } = isWrong ? { start: wrongStart(driver), ofTwin: undefined } : startOfW(driver);
  return {
    name: 'evaluate',
    needs: 'open',
    isWrong,
    isJob: true,
    start: (objective) => objective.at(theta, start),
    done: (answer) => {
      const point = answer as NativePoint;
      const { finite, objective, inner } = point.evaluation;
      if (!tame) driver.wasFar = true;
      if ((inner !== null) !== (finite && driver.isConvex)) throw new Error(`inner: ${JSON.stringify(inner)}`);
      if (inner !== null) driver.count(`inner: ${inner.status}`);
      const isEnded = inner === null || inner.status === 'converged' || inner.status === 'rounding';
      if (tame && driver.isProper && config.alphaW >= 1e-3 && !isEnded) throw new Error(JSON.stringify(inner));
      if (finite && !Number.isFinite(objective)) throw new Error(`a finite point with objective ${objective}`);
      const isCompared = twin !== null && twin === driver.twin;
      const other = isCompared ? (twin.at(theta, ofTwin).sync() as NativePoint) : null;
      driver.visited.push({ point, twin: other, dropped: false });
      if (other === null) return;
      const expected = other.evaluation;
      if (finite !== expected.finite) throw new Error(`finite is ${finite}, with js ${expected.finite}`);
      driver.compare('the objective', Float64Array.of(objective), Float64Array.of(expected.objective));
    },
  };
}

/** Of W, and the same for the other backend: nothing, numbers, or a point that lives. */
function startOfW({ choice, config, columns, visited }: Driver): { start?: StartOfW; ofTwin?: StartOfW } {
  const length = config.targetColumns * columns;
  const live = visited.filter(({ point, dropped }) => point.evaluation.finite && !dropped);
  if (live.length > 0 && choice.chance(0.5)) {
    const { point, twin } = choice.pick(live);
    return choice.chance(0.5)
      ? { start: point, ofTwin: twin ?? undefined }
      : { start: { afterStepFrom: point }, ofTwin: twin === null ? undefined : { afterStepFrom: twin } };
  }
  const start = choice.pick<() => Float64Array | undefined>([
    () => undefined,
    () => choice.reals(length),
    () => choice.wildReals(length),
    () => new Float64Array(length).fill(choice.pick([0, 1e-310, 1e10, 1e200, Number.NaN])),
  ])();
  return { start, ofTwin: start };
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

function gradient(driver: Driver): Operation {
  const visited = someVisited(driver);
  return visited === null ? evaluate(driver) : compared(driver, 'gradient', visited, (point) => point.gradient());
}

function step(driver: Driver): Operation {
  const { choice, config } = driver;
  const visited = someVisited(driver);
  if (visited === null) return evaluate(driver);
  const options = stepOptions(choice);
  const memory = choice.chance(0.5) ? pairs(choice, config.weights) : null;
  const lacking = options.solver === 'dense' && config.perSample === null;
  return {
    name: 'step',
    needs: visited,
    isJob: !lacking,
    start: () => {
      const call = () => visited.point.step(options, memory);
      return lacking ? expectRefusal(visited, call) : call();
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
  const visited = someVisited(driver);
  if (visited === null) return evaluate(driver);
  const v = driver.choice.reals(driver.config.weights);
  return compared(driver, 'product', visited, (point) => point.hessianProduct(v), norm(v) <= 1e3);
}

function drop(driver: Driver): Operation {
  const visited = someVisited(driver);
  if (visited === null) return evaluate(driver);
  return {
    name: 'drop',
    needs: 'nothing',
    start: () => visited.point.drop(),
    done: () => {
      visited.dropped = true;
    },
  };
}

function dispose(driver: Driver): Operation {
  return {
    name: 'dispose',
    needs: 'nothing',
    start: (objective) => objective.dispose(),
    done: () => {
      driver.disposed = true;
    },
  };
}

/** What a live point of a network without gradients by sample says. */
function expectRefusal({ point }: Visited, start: () => unknown): void {
  point.W(); // refused first where there is no point, and then for want of the program
  const outcome = outcomeNow(start);
  if (outcome !== 'ERR_ARGUMENT') throw new Error(`${outcome} instead of ERR_ARGUMENT`);
}
