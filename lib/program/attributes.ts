/** @file How the attributes of instructions are written: as words for the native side, as JSON and numbers in files, for people. */
import { functionOf, type UnaryKind, unaryKinds } from './functions.js';
import { type Declared, type Shape, size } from './shape.js';
import { bad, integer, type Json, largest, list, show } from './stored.js';

/** The real numbers of all instructions, one behind the other: they are kept beside the words or the JSON. */
export class Constants {
  readonly #parts: ArrayLike<number>[] = [];
  #length = 0;

  /** Returns where they begin. */
  add(values: ArrayLike<number>): number {
    this.#parts.push(values);
    this.#length += values.length;
    return this.#length - values.length;
  }

  all(): Float64Array {
    const values = new Float64Array(this.#length);
    let begin = 0;
    for (const part of this.#parts) {
      values.set(part, begin);
      begin += part.length;
    }
    return values;
  }
}

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
  /** Appends its words. */
  write(value: T, code: number[], constants: Constants): void;
  /** Sets what the entry of a file holds for it. */
  store(json: Record<string, unknown>, name: string, value: T, constants: Constants): void;
  /** Given the attributes before it. Throws ERR_PROGRAM. */
  read(entry: Entry, name: string, before: A): T;
}

const plain: Pick<Codec<unknown>, 'store'> = {
  store: (json, name, value) => {
    json[name] = value;
  },
};

export const flag: Codec<boolean> = {
  ...plain,
  write: (value, code) => code.push(Number(value)),
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
    write: (value, code) => code.push(value),
    read: (entry, name, before) => integer(entry.json[name], `${name} of ${entry.place}`, 0, greatest(entry, before)),
  };
}

export const real: Codec<number> = {
  write: (value, code, constants) => code.push(constants.add([value])),
  store: (json, _, value, constants) => {
    json.at = constants.add([value]);
  },
  read: (entry) => entry.numbers(1)[0],
};

/** As many as the instruction's shape has entries. */
export const reals: Codec<Float64Array> = {
  write: (values, code, constants) => code.push(constants.add(values)),
  store: (json, _, values, constants) => {
    json.at = constants.add(values);
  },
  read: (entry) => entry.numbers(size(entry.shape as Shape)).slice(),
};

export const indices: Codec<Int32Array> = {
  write: (table, code) => {
    for (let i = 0; i < table.length; i++) code.push(table[i]);
  },
  store: (json, name, table) => {
    json[name] = Array.from(table);
  },
  read: ({ json, place }, name) => {
    const what = `an index of ${place}`;
    return Int32Array.from(list(json[name], `${name} of ${place}`).map((entry) => integer(entry, what, -1, largest)));
  },
};

export const functionName: Codec<UnaryKind> = {
  ...plain,
  write: (kind, code) => code.push(unaryKinds.indexOf(kind)),
  read: ({ json, place }, name) => {
    const kind = unaryKinds.find((known) => known === json[name]);
    if (kind === undefined) throw bad(`${name} of ${place} is ${show(json[name])}`);
    return kind;
  },
};

/** Of the function `kind`. */
export const functionParameter: Codec<number | null, { kind: UnaryKind }> = {
  write: (value, code, constants) => code.push(value === null ? -1 : constants.add([value])),
  store: (json, name, value, constants) => {
    if (value !== null) real.store(json, name, value, constants);
  },
  read: (entry, name, { kind }) => {
    if (!functionOf(kind).parameter) return null;
    const value = real.read(entry, name, {});
    if (!(value > 0)) throw bad(`the parameter of ${entry.place} is ${value}`);
    return value;
  },
};

/** A table as a person reads it. */
export function abridged(values: ArrayLike<number>): string {
  const shown = Array.from({ length: Math.min(6, values.length) }, (_, i) => values[i]);
  return `[${shown.join(' ')}${values.length > shown.length ? ` … ${values.length} in all` : ''}]`;
}
