/** @file Values that a native function should not be given, most of them made from one that it should be. */
import { runInNewContext } from 'node:vm';
import { detach, resize } from '../../support/buffers.js';
import type { Choice } from './choice.js';

/** What getters, traps and callbacks of ours throw; it comes back as it is. */
export const ours: readonly unknown[] = [
  new Error('thrown by the fuzz'),
  42,
  undefined,
  null,
  'text',
  Symbol('thrown'),
];

/** What a getter does before it answers. */
export type Effect = () => unknown;

type TypedArray = Float64Array | Int32Array;
type Constructor = new (buffer: ArrayBufferLike, offset?: number, length?: number) => TypedArray;

// What the types in use here do not know.
type Growing = new (bytes: number, options: { maxByteLength: number }) => ArrayBuffer;
const [ResizableBuffer, GrowableBuffer] = [ArrayBuffer, SharedArrayBuffer] as unknown as [Growing, Growing];
interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): void;
}
const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: new (sizes: object) => Memory } }).WebAssembly;

/** Of another realm. */
const foreign = runInNewContext('({ Float64Array, Int32Array })') as Record<string, { from(x: TypedArray): unknown }>;

/** Those made here are not looked at again: that could run their getters. */
const made = new WeakSet<object>();

export function isHostile(value: unknown): boolean {
  return value !== null && (typeof value === 'object' || typeof value === 'function') && made.has(value);
}

/** Something else in place of `value`. */
export function hostile(choice: Choice, value: unknown, effects: readonly Effect[]): unknown {
  const other = choice.chance(0.2) || isHostile(value) ? anything(choice) : another(choice, value, effects);
  if (other !== null && (typeof other === 'object' || typeof other === 'function')) made.add(other);
  return other;
}

function another(choice: Choice, value: unknown, effects: readonly Effect[]): unknown {
  if (value instanceof Float64Array || value instanceof Int32Array) return otherArray(choice, value);
  if (typeof value === 'number') return otherNumber(choice, value);
  if (typeof value === 'function') return otherFunction(choice, effects);
  if (value !== null && typeof value === 'object') return otherObject(choice, value, effects);
  return anything(choice);
}

export function anything(choice: Choice): unknown {
  return choice.pick<() => unknown>([
    () => undefined,
    () => null,
    () => choice.chance(0.5),
    () => choice.pick(numbers),
    () =>
      choice.pick([
        '',
        '3',
        'krylov',
        'golub-pereyra',
        'softmax',
        'diagonal',
        'afterStep',
        '\0',
        '\ud800',
        'é'.repeat(30),
        'x'.repeat(1e4),
      ]),
    () => Symbol.iterator,
    () => 10n,
    () => new Float64Array(choice.integer(0, 9)),
    () => new Int32Array(choice.integer(0, 2)),
    () => new Int32Array(new SharedArrayBuffer(4 * choice.integer(0, 2))),
    () => new DataView(new ArrayBuffer(16)),
    () => new ArrayBuffer(8),
    () => new SharedArrayBuffer(8),
    () => [],
    () => new Array(choice.pick([3, 2 ** 32 - 1])),
    () => ({}),
    () => Object.create(null),
    () => Math.max,
    () => class {},
    () => new Date(0),
    () => new Map([[0, 1]]),
    () => Promise.resolve(1),
    () => revoked(),
    () => globalThis,
    () => new Boolean(true),
    () => new Number(1),
    () => /x/,
  ])();
}

const numbers = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0,
  0,
  -1,
  0.5,
  1 + 1e-12,
  256,
  257,
  2 ** 16 + 1,
  2 ** 24,
  2 ** 24 + 1,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 32,
  2 ** 32 + 1,
  2 ** 53,
  -(2 ** 63),
  1e300,
  5e-324,
];

function otherNumber(choice: Choice, value: number): unknown {
  return choice.pick<() => unknown>([
    () => choice.pick(numbers),
    () => choice.pick(numbers),
    () => value + choice.pick([-1, 1, 0.5]),
    () => -value,
    () => String(value),
    () => BigInt(Number.isFinite(value) ? Math.trunc(value) : 0),
    () => ({ valueOf: () => value }),
    () => ({ [Symbol.toPrimitive]: () => value }),
    () => new Number(value),
  ])();
}

/** Of another type, length or memory; some of them are as good as the array itself. */
function otherArray(choice: Choice, array: TypedArray): unknown {
  const Type = array.constructor as Constructor;
  const { length, byteLength, BYTES_PER_ELEMENT: bytes } = array;
  const on = (buffer: ArrayBufferLike, offset = 0, count = length) => {
    const copy = new Type(buffer, offset, count);
    copy.set(array);
    return copy;
  };
  const resizable = (maxByteLength: number) => new ResizableBuffer(byteLength, { maxByteLength });
  return choice.pick<() => unknown>([
    () => array.slice(1),
    () => on(new ArrayBuffer(byteLength + bytes), 0, length + 1),
    () => array.subarray(0, 0),
    () => on(new ArrayBuffer(byteLength + 5 * bytes), 3 * bytes),
    () => on(new SharedArrayBuffer(byteLength + bytes), bytes),
    () => on(new GrowableBuffer(byteLength, { maxByteLength: 2 * byteLength })),
    () => on(new Memory({ initial: 1 + Math.ceil(byteLength / 65536) }).buffer),
    () => after(on(new ArrayBuffer(byteLength)), detach),
    () => grownMemory(Type, length),
    () => on(resizable(2 * byteLength)),
    () => after(on(resizable(byteLength)), (x) => resize(x, Math.max(0, byteLength - bytes))),
    () => after(new Type(resizable(2 * byteLength)), (x) => resize(x, choice.pick([0, 1, 2]) * byteLength)),
    () => Float32Array.from(array),
    () => new Uint8Array(array.buffer, array.byteOffset, byteLength),
    () => new BigInt64Array(length),
    () => (bytes === 8 ? Int32Array.from(array, () => 1) : Float64Array.from(array)),
    () => new DataView(array.buffer, array.byteOffset, byteLength),
    () => array.buffer,
    () => Array.from(array),
    () => new Proxy(array, {}),
    () => Object.create(array),
    () => Object.setPrototypeOf(array.slice(), null),
    () => Object.setPrototypeOf(array.slice(), Float32Array.prototype),
    () => Object.defineProperty(array.slice(), 'length', { value: 2 ** 30 }),
    () => Object.defineProperty(array.slice(), 'buffer', { get: thrower(choice) }),
    () => foreign[Type.name].from(array),
    () => ({ length, byteLength, buffer: array.buffer, byteOffset: 0 }),
    () => array.slice().fill(choice.pick([Number.NaN, Number.POSITIVE_INFINITY, 0, -1, 2 ** 31 - 1, 1e200])),
    () => changedOnce(choice, array),
    () => changedOnce(choice, array),
  ])();
}

function changedOnce(choice: Choice, array: TypedArray): TypedArray {
  const copy = array.slice();
  if (copy.length > 0) copy[choice.integer(0, copy.length - 1)] = choice.pick(numbers);
  return copy;
}

function after(array: TypedArray, change: (array: TypedArray) => void): TypedArray {
  change(array);
  return array;
}

/** Growing a memory detaches the buffer it had. */
function grownMemory(Type: Constructor, length: number): TypedArray {
  const memory = new Memory({ initial: 2, maximum: 3 });
  const array = new Type(memory.buffer, 0, Math.min(length, 1000));
  memory.grow(1);
  return array;
}

function otherFunction(choice: Choice, effects: readonly Effect[]): unknown {
  return choice.pick<() => unknown>([
    () => thrower(choice),
    () => effect(choice, effects),
    () => async () => effect(choice, effects)(),
    () => class {},
    () => new Proxy(() => undefined, {}),
    () => thrower(choice).bind(null),
    () => Math.max,
    () => ({ call: () => undefined }),
  ])();
}

/** Another object, or one whose properties are missing, fail, or do something when they are read. */
function otherObject(choice: Choice, value: object, effects: readonly Effect[]): unknown {
  const keys = Object.keys(value);
  const key = keys.length > 0 ? choice.pick(keys) : 'code';
  const current = (value as Record<string, unknown>)[key];
  const meddling = () => {
    effect(choice, effects)();
    return current;
  };
  return choice.pick<() => unknown>([
    () => without(value, key),
    () => withGetter(value, key, thrower(choice)),
    () => withGetter(value, key, meddling),
    () => withGetter(value, key, meddling),
    () => new Proxy(value, {}),
    () => new Proxy(value, { get: thrower(choice) }),
    () => new Proxy(value, { get: (target, name) => (name === key ? meddling() : Reflect.get(target, name)) }),
    () => Object.create(value),
    () => Object.freeze(copyOf(value)),
    () => Object.setPrototypeOf(copyOf(value), null),
    () => Object.assign(() => undefined, value),
    () => revoked(),
  ])();
}

function thrower(choice: Choice): () => never {
  const thrown = choice.pick(ours);
  return () => {
    throw thrown;
  };
}

function effect(choice: Choice, effects: readonly Effect[]): Effect {
  return effects.length > 0 ? choice.pick(effects) : () => undefined;
}

function copyOf(value: object): object {
  return Array.isArray(value) ? [...value] : { ...value };
}

function without(value: object, key: string): object {
  const copy = copyOf(value);
  delete (copy as Record<string, unknown>)[key];
  return copy;
}

function withGetter(value: object, key: string, get: () => unknown): object {
  return Object.defineProperty(copyOf(value), key, { get, configurable: true });
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
