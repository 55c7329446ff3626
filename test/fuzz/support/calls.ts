/** @file Every function and method of the addon with arguments that it accepts. */
import type { StepOptions } from '../../../lib/backend/backend.js';
import { loadNative, type NativeSession } from '../../../lib/binding.js';
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
  /** The session behind the receiver, if it is one. */
  readonly session: NativeSession | null;
}

/** What there is to call: `svd`, `Session`, `Session.evaluate`, … */
export function members(): string[] {
  const exported = Object.keys(native).filter((name) => name !== 'faults');
  return exported.flatMap((name) => {
    const { prototype } = native[name as keyof typeof native];
    const methods = prototype === undefined ? [] : Object.getOwnPropertyNames(prototype);
    return [name, ...methods.filter((method) => method !== 'constructor').map((method) => `${name}.${method}`)];
  });
}

export function call(choice: Choice, member: string): Call {
  const [name, method] = member.split('.');
  const make = makers[member];
  if (make === undefined) throw new Error(`There are no arguments for ${member}.`);
  if (method === undefined) {
    const body = native[name as keyof typeof native] as never;
    const constructs = /^[A-Z]/.test(name);
    return { member, body, constructs, receiver: native, arguments: make(choice), session: null };
  }
  const [receiver, args] = receivers[name](choice, make);
  const property = Object.getOwnPropertyDescriptor(native[name as 'Session'].prototype, method);
  const session = name === 'Session' ? (receiver as NativeSession) : null;
  return { member, body: property?.value ?? property?.get, constructs: false, receiver, arguments: args, session };
}

type Maker = (choice: Choice, subject?: Subject, session?: NativeSession) => unknown[];

const receivers: Record<string, (choice: Choice, make: Maker) => [object, unknown[]]> = {
  Program: (choice, make) => {
    const subject = choice.pick(subjects);
    return [subject.forward, make(choice, subject)];
  },
  Session: (choice, make) => {
    const subject = choice.pick(subjects);
    const session = new native.Session(subject.config(choice));
    // In any state: new, at a trial point, at a current point, disposed of.
    const state = choice.pick([0, 1, 2, 2, 2, 2, 2, 3]);
    if (state > 0) session.evaluateSync(subject.theta(choice));
    if (state > 1) session.accept();
    const args = make(choice, subject, session);
    if (state === 3) session.dispose();
    return [session, args];
  },
  BandedLU: (choice, make) => [new native.BandedLU(3, 1, 1, band(choice, 3, 1, 1)), make(choice)],
};

const makers: Record<string, Maker> = {
  info: () => [],
  stopAll: () => [],
  instructionSet: () => [],
  elementwise: (choice) => [choice.integer(0, 5), choice.uniform(0.1, 1), choice.reals(choice.integer(0, 40))],
  svd,
  svdSync: svd,
  centredQr,
  centredQrSync: centredQr,
  principalComponents,
  principalComponentsSync: principalComponents,
  predict,
  predictSync: predict,
  Program: (choice) => {
    const { code, constants } = choice.pick(Object.values(choice.pick(subjects).words));
    return [{ code: code.slice(), constants: constants.slice() }];
  },
  'Program.run': run,
  'Program.runSync': run,
  BandedLU: (choice) => {
    const n = choice.integer(1, 6);
    const [kl, ku] = [choice.integer(0, n - 1), choice.integer(0, n - 1)];
    return [n, kl, ku, band(choice, n, kl, ku)];
  },
  'BandedLU.solve': solve,
  'BandedLU.solveSync': solve,
  'BandedLU.dispose': () => [],
  Session: (choice) => [choice.pick(subjects).config(choice)],
  'Session.evaluate': evaluate,
  'Session.evaluateSync': evaluate,
  'Session.gradient': (choice) => [flag(choice)],
  'Session.gradientSync': (choice) => [flag(choice)],
  'Session.step': (choice) => [stepOptions(choice), flag(choice), choice.chance(0.5) ? () => undefined : undefined],
  'Session.stepSync': (choice) => [stepOptions(choice), flag(choice)],
  'Session.hessianProduct': theta,
  'Session.hessianProductSync': theta,
  'Session.jacobianProductSync': (choice, subject) => [subject?.theta(choice)],
  'Session.jacobianTransposeProductSync': (choice, _, session) => [choice.reals(stackLength(session))],
  'Session.denseHessianSync': () => [],
  'Session.innerFactorSync': () => [],
  'Session.accept': () => [],
  'Session.regularize': (choice, subject) => [choice.pick([1e-3, 1]), tikhonov(subject?.weights ?? 0, 1e-2)],
  'Session.weights': () => [],
  'Session.W': () => [],
  'Session.trialW': () => [],
  'Session.residual': () => [],
  'Session.features': () => [],
  'Session.timings': () => [],
  'Session.memoryBytes': () => [],
  'Session.dispose': () => [],
  'Session.release': () => [],
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

/** The diagonals dominate, so that every matrix of this kind is regular. */
export function band(choice: Choice, n: number, kl: number, ku: number): Float64Array {
  const ld = 2 * kl + ku + 1;
  return Float64Array.from({ length: ld * n }, (_, i) => (i % ld === kl + ku ? 20 : choice.uniform(-1, 1)));
}

function solve(choice: Choice): unknown[] {
  return [choice.reals(3 * choice.pick([0, 1, 2, 70])), flag(choice)];
}

function theta(choice: Choice, subject = subjects[0]): unknown[] {
  return [subject.theta(choice), flag(choice)];
}

/** With W as it is now for a start, if it is known. */
function evaluate(choice: Choice, subject?: Subject, session?: NativeSession): unknown[] {
  const start = choice.pick([undefined, null, 'afterStep', stackLength(session) > noStack ? session?.W() : undefined]);
  return [...theta(choice, subject), start];
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
    usePairs: choice.chance(0.5),
    rankTolerance: choice.pick([0, 1e-10, 0.1]),
  };
}

const noStack = 5;

/** (N + m) t, of a session that may not be at a point yet. */
function stackLength(session: NativeSession | undefined): number {
  try {
    return session === undefined ? 0 : session.residual().length + session.W().length;
  } catch {
    return noStack;
  }
}
