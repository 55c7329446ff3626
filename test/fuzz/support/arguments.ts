/** @file One call with arguments that are right, or of which some are not. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loadNative } from '../../../lib/binding.js';
import { detach } from '../../support/buffers.js';
import { type Call, call, members } from './calls.js';
import type { Choice } from './choice.js';
import { anything, type Effect, hostile, isHostile } from './hostile.js';
import { outcomeOf } from './outcome.js';
import type { Counts } from './run.js';
import { subjects } from './subjects.js';

const native = loadNative();
/** Those that read objects have the most to go wrong. */
const weighted = members().flatMap((member) =>
  Array<string>(/^Objective$|step|at$|Program|predict/.test(member) ? 5 : 1).fill(member),
);
setFlagsFromString('--expose-gc');
const collectGarbage: Effect = runInNewContext('gc');

export async function runArguments(choice: Choice, counts: Counts): Promise<void> {
  const valid = call(choice, choice.pick(weighted));
  const pending: Promise<unknown>[] = [];
  const effects = effectsOf(choice, valid, pending);
  const args = [...valid.arguments];
  const changes = choice.pick([0, 1, 1, 1, 2, 3]);
  for (let n = changes; n > 0; n--) spoil(choice, args, effects);
  const start = () => {
    const answer = changes === 0 ? invoke(valid, args) : misuse(choice, valid, args);
    if (!(answer instanceof native.Job) || choice.chance(0.1)) return answer;
    // What happens between a call and its job may take the arguments away.
    if (changes > 0 && choice.chance(0.1)) choice.pick(effects)();
    const job = answer;
    return choice.chance(0.5) ? job.sync() : job.async();
  };
  const meanwhile = () => {
    if (choice.chance(0.5)) choice.pick(effects)();
  };
  const outcome = await outcomeOf(start, meanwhile);
  if (changes === 0 && ['ERR_ARGUMENT', 'ERR_PROGRAM', 'ERR_LAPACK'].includes(outcome)) {
    throw new Error(`${valid.member} refuses what it should accept: ${outcome}`);
  }
  counts.add(outcome);
  if (choice.chance(0.01)) collectGarbage();
  await Promise.all(pending);
  if (valid.objective !== null) await expectIdle(valid.member, () => valid.objective?.memoryBytes);
}

async function expectIdle(member: string, use: () => unknown): Promise<void> {
  const outcome = await outcomeOf(use);
  if (outcome === 'ERR_BUSY') throw new Error(`${member} leaves its objective busy`);
}

/** What can happen to the arguments and their owners, while they are read and while a job runs. */
function effectsOf(
  choice: Choice,
  { arguments: args, objective, receiver }: Call,
  pending: Promise<unknown>[],
): Effect[] {
  const values = args.flatMap((value) => (isPlain(value) ? [value, ...Object.values(value)] : [value]));
  const effects = values.flatMap((value): Effect[] => {
    if (value instanceof Float64Array || value instanceof Float32Array)
      return [() => value.byteLength > 0 && value.buffer instanceof ArrayBuffer && detach(value)];
    if (value instanceof Int32Array && value.buffer instanceof SharedArrayBuffer) return [() => value.fill(1)];
    return [];
  });
  if (objective !== null) {
    const evaluate = () => pending.push(outcomeOf(() => objective.at(subjects[0].theta(choice)).async()));
    effects.push(() => objective.dispose(), evaluate);
  }
  if (receiver instanceof native.Point) effects.push(() => receiver.drop());
  return [...effects, () => native.stopAll(), ...(choice.chance(0.02) ? [collectGarbage] : [])];
}

// Changes.

function isPlain(value: unknown): value is object {
  return Array.isArray(value) || (typeof value === 'object' && value?.constructor === Object);
}

/** Somewhere in the arguments, also inside of objects, another value; or one too many, or too few. */
function spoil(choice: Choice, args: unknown[], effects: readonly Effect[]): void {
  const at = choice.integer(0, args.length);
  const way = choice.uniform(0, 1);
  if (at === args.length) args.push(hostile(choice, undefined, effects));
  else if (way < 0.05) args.length = at;
  else if (way < 0.1) args[at] = choice.pick(args);
  else args[at] = spoilt(choice, args[at], effects);
}

function spoilt(choice: Choice, value: unknown, effects: readonly Effect[]): unknown {
  if (isHostile(value) || !isPlain(value) || choice.chance(0.3)) return hostile(choice, value, effects);
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
  const keys = Object.keys(copy);
  if (keys.length === 0) return hostile(choice, value, effects);
  const key = choice.pick(keys);
  copy[key] = spoilt(choice, copy[key], effects);
  return copy;
}

// Ways to call.

function invoke({ body, constructs, receiver }: Call, args: unknown[]): unknown {
  return constructs ? Reflect.construct(body, args) : Reflect.apply(body, receiver, args);
}

/** Mostly as it should be called. */
function misuse(choice: Choice, valid: Call, args: unknown[]): unknown {
  const { body, constructs, receiver } = valid;
  if (choice.chance(0.92)) return invoke(valid, args);
  const targets = [Object, class {}, native.BandedLU, native.Objective, native.Program, native.Job, native.Point];
  if (constructs && choice.chance(0.5)) return Reflect.construct(body, args, choice.pick(targets));
  return Reflect.apply(body, otherReceiver(choice, receiver), args);
}

function otherReceiver(choice: Choice, receiver: object | undefined): unknown {
  return choice.pick<() => unknown>([
    () => anything(choice),
    () => Object.create(receiver ?? null),
    () => new Proxy(receiver ?? {}, {}),
    () => native[choice.pick(['Objective', 'Point', 'Job', 'Program', 'BandedLU'] as const)].prototype,
    () => new native.BandedLU(1, 0, 0, Float64Array.of(1)),
    () => subjects[0].forward,
    () => new native.Objective(subjects[0].config(choice)),
  ])();
}
