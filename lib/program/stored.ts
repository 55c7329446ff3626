/** @file Checks of what a stored program says. All throw ERR_PROGRAM. */
import { GnvproError } from '../errors.js';
import { type FixedShape, fixed, type Shape, samples } from './shape.js';

export type Json = Readonly<Record<string, unknown>>;

/** More entries in one value (columns, or a fixed matrix) than any network has: a forged size. */
export const largest = 2 ** 27;

export function shapeOf(json: Json, place: string): Shape {
  if (json.rows === undefined) return samples(integer(json.cols, `cols of ${place}`, 1, largest));
  return matrixShape(json, place);
}

export function matrixShape(json: Json, place: string): FixedShape {
  const rows = integer(json.rows, `rows of ${place}`, 1, largest);
  return fixed(rows, integer(json.cols, `cols of ${place}`, 1, largest));
}

export function integer(value: unknown, what: string, min: number, max: number): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw bad(`${what} is ${show(value)}${min <= max ? `, not an integer between ${min} and ${max}` : ''}`);
}

export function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw bad(`${what} is ${show(value)}`);
  return value;
}

export function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw bad(`${what}: ${show(value)} is no list`);
  return value;
}

export function objects(value: unknown, what: string): Json[] {
  return list(value, what).map((entry) => object(entry, `an entry of ${what}`));
}

export function object(value: unknown, what: string): Json {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw bad(`${what} is ${show(value)}`);
  return value as Json;
}

export function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 60);
}

export function bad(what: string): GnvproError {
  return new GnvproError('ERR_PROGRAM', `The stored program is not valid: ${what}.`);
}
