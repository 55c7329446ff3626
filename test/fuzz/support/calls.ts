/** @file Every function and method of the addon with arguments that it accepts. */
import type { Objective, StepOptions } from '../../../lib/backend/backend.js';
import { isClosed } from '../../../lib/backend/loss.js';
import { Pairs } from '../../../lib/backend/pairs.js';
import { loadNative, type NativePoint, type ObjectiveConfig } from '../../../lib/binding.js';
import { tikhonov } from '../../../lib/regularizer/tikhonov.js';
import type { Choice } from './choice.js';
import { randomWeights } from './losses.js';
import { newFlag, type Subject, subjects } from './subjects.js';

const native = loadNative();

export interface Call {
  /** As `member` lists it. */
  readonly member: string;
  readonly body: (...args: unknown[]) => unknown;
  /** A class, to be called with `new`. */
  readonly constructs: boolean;
  readonly receiver: object | undefined;
  readonly arguments: readonly unknown[];
  /** The objective behind the receiver, if it has one. */
  readonly objective: Objective | null;
}

/** What there is to call: `svd`, `Objective`, `Objective.at`, … Jobs and points are made by calls only. */
export function members(): string[] {
  const exported = Object.keys(native).filter((name) => name !== 'faults');
  return exported.flatMap((name) => {
    const { prototype } = native[name as keyof typeof native];
    const methods = prototype === undefined ? [] : Object.getOwnPropertyNames(prototype);
    const own = name === 'Job' || name === 'Point' ? [] : [name];
    return [...own, ...methods.filter((method) => method !== 'constructor').map((method) => `${name}.${method}`)];
  });
}

export function call(choice: Choice, member: string): Call {
  const [name, method] = member.split('.');
  const make = makers[member];
  if (make === undefined) throw new Error(`There are no arguments for ${member}.`);
  if (method === undefined) {
    const body = native[name as keyof typeof native] as never;
    const constructs = /^[A-Z]/.test(name);
    return { member, body, constructs, receiver: native, arguments: make(choice), objective: null };
  }
  const { receiver, args, objective = null } = receivers[name](choice, make, method);
  const property = Object.getOwnPropertyDescriptor(native[name as 'Objective'].prototype, method);
  return { member, body: property?.value ?? property?.get, constructs: false, receiver, arguments: args, objective };
}

type Maker = (choice: Choice, subject?: Subject, point?: NativePoint) => unknown[];

interface Received {
  readonly receiver: object;
  readonly args: unknown[];
  readonly objective?: Objective;
}

const receivers: Record<string, (choice: Choice, make: Maker, method: string) => Received> = {
  Program: (choice, make) => {
    const subject = choice.pick(subjects);
    return { receiver: subject.forward, args: make(choice, subject) };
  },
  Objective: (choice, make) => {
    const { subject, objective, point } = visit(choice);
    const args = make(choice, subject, point);
    if (choice.chance(0.1)) objective.dispose();
    return { receiver: objective, args, objective };
  },
  Point: (choice, make, method) => {
    const { subject, objective, point } = visit(choice, ['laplace', 'posterior'].includes(method));
    const args = make(choice, subject, point);
    if (choice.chance(0.1)) choice.pick([point, objective]) === point ? point.drop() : objective.dispose();
    return { receiver: point, args, objective };
  },
  Job: (choice) => {
    const { subject, objective, point } = visit(choice);
    const jobs = [
      () => objective.at(subject.theta(choice), point),
      () => point.gradient(),
      () => point.step(stepOptions(choice), null),
      () => objective.release(),
    ];
    return { receiver: choice.pick(jobs)(), args: [], objective };
  },
  BandedLU: (choice, make) => ({
    receiver: new native.BandedLU(3, 1, 1, band(choice, 3, 1, 1)),
    args: make(choice),
  }),
};

/** An objective with gradients by sample, and a point of it. */
function visit(choice: Choice, ofSquares = false) {
  const subject = choice.pick(subjects);
  let config = configOf(choice, subject);
  while (config.perSample === null || (ofSquares && !isClosed(config.loss))) config = configOf(choice, subject);
  const objective = new native.Objective(config);
  const point = objective.at(subject.theta(choice)).sync() as NativePoint;
  return { subject, objective, point };
}

/** In either precision. */
function configOf(choice: Choice, subject: Subject): ObjectiveConfig {
  const config = subject.config(choice);
  return choice.chance(0.2) ? { ...config, inputs: Float32Array.from(config.inputs as Float64Array) } : config;
}

const makers: Record<string, Maker> = {
  info: () => [],
  stopAll: () => [],
  setThreads: (choice) => [choice.integer(1, 4)],
  threadUse: () => [],
  externalMemory: () => [],
  instructionSet: () => [],
  elementwise: (choice) => [choice.integer(0, 5), choice.uniform(0.1, 1), choice.reals(choice.integer(0, 40))],
  svd,
  centredQr,
  principalComponents,
  predict,
  Program: (choice) => {
    const { code, constants } = choice.pick(Object.values(choice.pick(subjects).words));
    return [{ code: code.slice(), constants: constants.slice() }];
  },
  'Program.run': run,
  'Program.runSingle': runSingle,
  BandedLU: (choice) => {
    const n = choice.integer(1, 6);
    const [kl, ku] = [choice.integer(0, n - 1), choice.integer(0, n - 1)];
    return [n, kl, ku, band(choice, n, kl, ku)];
  },
  'BandedLU.solve': solve,
  'BandedLU.dispose': () => [],
  Objective: (choice) => [configOf(choice, choice.pick(subjects))],
  'Objective.at': evaluate,
  'Objective.regularize': (choice, subject) => [choice.pick([1e-3, 1]), tikhonov(subject?.weights ?? 0, 1e-2)],
  'Objective.timings': () => [],
  'Objective.passes': () => [],
  'Objective.memoryBytes': () => [],
  'Objective.dispose': () => [],
  'Objective.release': () => [],
  'Point.gradient': () => [],
  'Point.step': (choice, subject = subjects[0]) => [
    stepOptions(choice),
    choice.chance(0.5) ? { ...pairs(choice, subject.weights) } : null,
  ],
  'Point.hessianProduct': theta,
  'Point.jacobianProduct': theta,
  'Point.jacobianTransposeProduct': (choice, _, point) => [choice.reals(stackLength(point))],
  'Point.denseHessian': () => [],
  'Point.innerFactor': () => [],
  'Point.changeOfW': theta,
  'Point.innerLaplace': () => [],
  'Point.keepRows': () => [],
  'Point.innerRoot': () => [],
  'Point.laplace': () => [],
  'Point.posterior': (choice, subject, point) => [
    Float64Array.from({ length: outputsOf(subject, point) }, () => choice.uniform(0.1, 10)),
  ],
  'Point.W': () => [],
  'Point.residual': () => [],
  'Point.features': () => [],
  'Point.drop': () => [],
  'Job.sync': () => [],
  'Job.async': () => [],
};

function svd(choice: Choice): unknown[] {
  const [rows, cols] = [choice.integer(1, 6), choice.integer(1, 6)];
  return [rows, cols, choice.reals(rows * cols)];
}

function centredQr(choice: Choice): unknown[] {
  const [samples, inputs, targets] = [choice.pick([1, 7, 70]), choice.integer(1, 4), choice.integer(1, 3)];
  const [X, T] = [choice.reals(samples * inputs), choice.reals(samples * targets)];
  return [samples, inputs, X, targets, T, randomWeights(choice, samples), flag(choice)];
}

function principalComponents(choice: Choice): unknown[] {
  const [samples, inputs] = [choice.pick([1, 7, 70]), choice.integer(1, 6)];
  const components = choice.integer(1, inputs);
  return [samples, inputs, choice.reals(samples * inputs), components, randomWeights(choice, samples), flag(choice)];
}

function predict(choice: Choice): unknown[] {
  const subject = choice.pick(subjects);
  const { forward, network, inputs } = subject;
  const [samples, targets, bias] = [choice.pick([0, 1, 7, 70]), choice.integer(1, 3), choice.chance(0.5)];
  const W = choice.reals(targets * (network.features + (bias ? 1 : 0)));
  const [theta, Y] = [subject.theta(choice), choice.reals(samples * inputs)];
  return [forward, theta, W, targets, bias, Y, samples, choice.integer(1, 2), flag(choice)];
}

function run(choice: Choice, subject = subjects[0]): unknown[] {
  const samples = choice.pick([0, 1, 7, 70]);
  return [samples, [choice.reals(samples * subject.inputs)], [subject.theta(choice)], choice.integer(1, 2)];
}

function runSingle(choice: Choice, subject = subjects[0]): unknown[] {
  const [samples, arrays, ...rest] = run(choice, subject);
  return [samples, (arrays as Float64Array[]).map((array) => Float32Array.from(array)), ...rest];
}

/** The diagonals dominate, so that every matrix of this kind is regular. */
export function band(choice: Choice, n: number, kl: number, ku: number): Float64Array {
  const ld = 2 * kl + ku + 1;
  return Float64Array.from({ length: ld * n }, (_, i) => (i % ld === kl + ku ? 20 : choice.uniform(-1, 1)));
}

function solve(choice: Choice): unknown[] {
  return [choice.reals(3 * choice.pick([0, 1, 2, 70])), flag(choice)];
}

function theta(choice: Choice, subject = subjects[0]): unknown[] {
  return [subject.theta(choice)];
}

function evaluate(choice: Choice, subject?: Subject, point?: NativePoint): unknown[] {
  const isLive = point?.evaluation.finite;
  const starts = [undefined, null, ...(isLive ? [point, { afterStepFrom: point }, point.W()] : [])];
  return [...theta(choice, subject), choice.pick(starts)];
}

/** Steps of any kind, some of them over the end of the ring. */
export function pairs(choice: Choice, weights: number): Pairs {
  const rows = choice.integer(1, 4);
  const steps = {
    data: choice.reals(rows * 2 * weights),
    first: choice.integer(0, rows - 1),
    count: choice.integer(0, rows),
  };
  return Object.assign(new Pairs(rows), steps);
}

function flag(choice: Choice): Int32Array | undefined {
  return choice.chance(0.6) ? newFlag() : undefined;
}

export function stepOptions(choice: Choice): StepOptions {
  return {
    solver: choice.chance(0.5) ? 'krylov' : 'dense',
    maxVectors: choice.pick([1, 3, 30, 2 ** 20]),
    tolerance: choice.pick([0, 1e-8, 1e-2, 1]),
    radius: choice.pick([null, 0, 1e-3, 1, 1e6]),
    multiplier: choice.pick([0, 1e-3, 1, 1e300]),
    rankTolerance: choice.pick([0, 1e-10, 0.1]),
  };
}

/** (N + m) t, of a point that may not be finite. */
function outputsOf(subject: Subject | undefined, point: NativePoint | undefined): number {
  if (subject === undefined || !point?.evaluation.finite) return 2;
  return (point.residual().length * subject.network.features) / point.features().length;
}

function stackLength(point: NativePoint | undefined): number {
  return point?.evaluation.finite ? point.residual().length + point.W().length : 5;
}
