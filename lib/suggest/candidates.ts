/** @file The inputs among which samples are suggested: given, or drawn in a box. */
import type { Matrix } from '../data/matrix.js';
import { Random } from '../random.js';
import { checkNumber, invalid } from '../validate/check.js';

/** The least and the greatest value of each input. */
export type Box =
  | readonly (readonly [low: number, high: number])[]
  | { readonly lower: ArrayLike<number>; readonly upper: ArrayLike<number> };

/** `[low, high]` of each input. Throws ERR_OPTION. */
export function readBox(box: unknown, inputs: number): [number, number][] {
  const sides = sidesOf(box);
  if (sides.length !== inputs) throw invalid(`${inputs} intervals, one an input of the model,`, 'box', box);
  return sides.map((side, j) => {
    const [low, high] = Array.isArray(side) && side.length === 2 ? side : [null, null];
    checkNumber(low, `the lower end of input ${j} in the box`);
    checkNumber(high, `the upper end of input ${j} in the box`, { min: low });
    return [low, high];
  });
}

function sidesOf(box: unknown): unknown[] {
  if (Array.isArray(box)) return [...box];
  const { lower, upper } = Object(box) as Record<string, unknown>;
  const isList = (value: unknown): value is ArrayLike<unknown> => Array.isArray(value) || ArrayBuffer.isView(value);
  if (!isList(lower) || !isList(upper) || lower.length !== upper.length) {
    throw invalid('intervals [low, high], or as many numbers lower as upper,', 'box', box);
  }
  return Array.from(lower, (low, j) => [low, upper[j]]);
}

/**
 * Points that fill a box evenly, however many they are, count × inputs: n times the powers of 1/φ modulo 1, φ the root
 * of φ^(d + 1) = φ + 1 (Roberts, The unreasonable effectiveness of quasirandom sequences, 2018), from a random start.
 */
export function pointsIn(box: readonly (readonly [number, number])[], count: number, seed: number): Matrix {
  const d = box.length;
  const random = new Random(seed);
  const start = box.map(() => random.uniform());
  const phi = rootOf(d);
  const steps = box.map((_, j) => phi ** -(j + 1));
  const data = Float64Array.from({ length: count * d }, (_, at) => {
    const [n, j] = [Math.floor(at / d), at % d];
    const [low, high] = box[j];
    return low + (high - low) * ((start[j] + n * steps[j]) % 1);
  });
  return { data, shape: [count, d] };
}

/** The root of φ^(d + 1) = φ + 1 above 1; each step halves the error at least. */
function rootOf(d: number): number {
  let phi = 2;
  for (let i = 0; i < 60; i++) phi = (1 + phi) ** (1 / (d + 1));
  return phi;
}
