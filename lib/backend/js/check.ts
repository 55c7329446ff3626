/** @file Arguments that cannot be right. */
import { types } from 'node:util';
import { GnvproError } from '../../errors.js';

export function argumentError(expected: string): GnvproError {
  return new GnvproError('ERR_ARGUMENT', `Expected ${expected}.`);
}

/** Of each of t outputs. */
export function checkNoise(noise: Float64Array, t: number): Float64Array {
  checkLength(noise, t, 'noise');
  if (noise.every((s) => s > 0 && Number.isFinite(s))) return noise;
  throw argumentError('positive numbers for noise');
}

export function checkLength(array: Float64Array, length: number, name: string): void {
  if (types.isFloat64Array(array) && array.length === length) return;
  throw new GnvproError(
    'ERR_ARGUMENT',
    `Expected a Float64Array of length ${length} for ${name} but received ${array?.length} entries.`,
  );
}
