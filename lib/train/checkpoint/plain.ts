/** @file Plain values as JSON beside arrays of float64, to the bit: what JSON has no word for has one here. */
import { createHash } from 'node:crypto';
import { types } from 'node:util';
import { littleEndianBytes, type NumberArray } from '../../files/numbers.js';

/** A key that no plain value has: of an array, by its number, or of a number, by its name. */
const mark = '$';
type Marked = { readonly [mark]: number | string };

/** JSON without NaN, infinities and −0, which are texts here; Float64Arrays go to `arrays`, each once. */
export function toJson(value: unknown, arrays: Map<Float64Array, number>): unknown {
  if (typeof value === 'number')
    return isInJson(value) ? value : { [mark]: Object.is(value, -0) ? '-0' : String(value) };
  if (value === null || typeof value !== 'object') return value;
  if (types.isFloat64Array(value)) {
    if (!arrays.has(value)) arrays.set(value, arrays.size);
    return { [mark]: arrays.get(value) };
  }
  if (Array.isArray(value)) return value.map((item) => toJson(item, arrays));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item, arrays)]));
}

/** The value again. Throws what `damaged` makes of what `toJson` does not write. */
export function fromJson(json: unknown, arrays: readonly Float64Array[], damaged: (found: string) => Error): unknown {
  const read = (value: unknown): unknown => {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map(read);
    if (Object.hasOwn(value, mark)) return unmarked((value as Marked)[mark]);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, read(item)]));
  };
  const unmarked = (word: number | string): unknown => {
    const found = typeof word === 'string' ? notInJson.get(word) : Number.isInteger(word) ? arrays[word] : undefined;
    if (found === undefined) throw damaged(`it refers to ${JSON.stringify(word)}, which it does not hold`);
    return found;
  };
  return read(json);
}

const notInJson = new Map(
  [NaN, Infinity, -Infinity].map((number) => [String(number), number]).concat([['-0', -0]]) as [string, number][],
);

function isInJson(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

/** A digest of a plain value with typed arrays, whatever the order of its keys. */
export function digestOf(value: unknown): string {
  const hash = createHash('sha256');
  const add = (part: unknown): void => {
    if (types.isTypedArray(part)) {
      hash.update(`${part.constructor.name} ${part.length}\n`).update(littleEndianBytes(part as NumberArray));
    } else if (Array.isArray(part)) {
      hash.update(`list ${part.length}\n`);
      for (const item of part) add(item);
    } else if (part !== null && typeof part === 'object') {
      const keys = Object.keys(part).sort();
      hash.update(`object ${JSON.stringify(keys)}\n`);
      for (const key of keys) add((part as Record<string, unknown>)[key]);
    } else hash.update(`${typeof part} ${Object.is(part, -0) ? '-0' : String(part)}\n`);
  };
  add(value);
  return hash.digest('hex').slice(0, 32);
}
