/** @file How the attributes of instructions are written: as words for the native side, as JSON and numbers in files. */
import type { Constants } from './constants.js';
import { functionOf, type UnaryKind, unaryKinds } from './functions.js';
import { type Declared, type Shape, size } from './shape.js';
import { bad, integer, type Json, largest, list, show } from './stored.js';

/** An instruction in a file. */
export interface Entry {
  readonly json: Json;
  /** What messages call it. */
  readonly place: string;
  readonly declared: Declared;
  /** The shape that it brings along, if it does. */
  readonly shape: Shape | undefined;
  /** The constants that it points to, not copied. */
  numbers(count: number): Float64Array;
}

/** `A`: all attributes of the instruction. */
export interface Codec<T, A = object> {
  words(value: T, constants: Constants): ArrayLike<number>;
  /** What the entry of a file holds for it. */
  json(value: T, name: string, constants: Constants): object;
  /** Given the attributes before it. Throws ERR_PROGRAM. */
  read(entry: Entry, name: string, before: A): T;
}

const plain = { json: (value: unknown, name: string) => ({ [name]: value }) };

export const flag: Codec<boolean> = {
  ...plain,
  words: (value) => [Number(value)],
  read: ({ json, place }, name) => {
    const value = json[name];
    if (typeof value !== 'boolean') throw bad(`a flag of ${place} is ${show(value)}`);
    return value;
  },
};

/** An integer from 0 to the greatest that fits. */
export function index<A>(greatest: (entry: Entry, before: A) => number): Codec<number, A> {
  return {
    ...plain,
    words: (value) => [value],
    read: (entry, name, before) => integer(entry.json[name], `${name} of ${entry.place}`, 0, greatest(entry, before)),
  };
}

export const real: Codec<number> = {
  words: (value, constants) => [constants.add(Float64Array.of(value))],
  json: (value, _, constants) => ({ at: constants.add(Float64Array.of(value)) }),
  read: (entry) => entry.numbers(1)[0],
};

/** As many as the instruction's shape has entries. */
export const reals: Codec<Float64Array> = {
  words: (values, constants) => [constants.add(values)],
  json: (values, _, constants) => ({ at: constants.add(values) }),
  read: (entry) => entry.numbers(size(entry.shape as Shape)).slice(),
};

export const indices: Codec<Int32Array> = {
  words: (table) => table,
  json: (table, name) => ({ [name]: Array.from(table) }),
  read: ({ json, place }, name) => {
    const what = `an index of ${place}`;
    return Int32Array.from(list(json[name], `${name} of ${place}`).map((entry) => integer(entry, what, -1, largest)));
  },
};

export const functionName: Codec<UnaryKind> = {
  ...plain,
  words: (kind) => [unaryKinds.indexOf(kind)],
  read: ({ json, place }, name) => {
    const kind = unaryKinds.find((known) => known === json[name]);
    if (kind === undefined) throw bad(`${name} of ${place} is ${show(json[name])}`);
    return kind;
  },
};

/** Of the function `kind`. */
export const functionParameter: Codec<number | null, { kind: UnaryKind }> = {
  words: (value, constants) => (value === null ? [-1] : real.words(value, constants)),
  json: (value, name, constants) => (value === null ? {} : real.json(value, name, constants)),
  read: (entry, name, { kind }) => {
    if (!functionOf(kind).parameter) return null;
    const value = real.read(entry, name, {});
    if (!(value > 0)) throw bad(`the parameter of ${entry.place} is ${value}`);
    return value;
  },
};
