/** @file Numbers that a description carries: floats as text, a quarter of their length as JSON. */
import { GnvproError } from '../errors.js';

/** Base64 of the nearest floats, the lowest byte first, one array behind the other. */
export function toBase64(arrays: readonly Float64Array[]): string {
  const count = arrays.reduce((sum, { length }) => sum + length, 0);
  const bytes = Buffer.alloc(4 * count);
  let offset = 0;
  for (const array of arrays) for (const value of array) offset = bytes.writeFloatLE(value, offset);
  return bytes.toString('base64');
}

/** Arrays of these lengths. Throws ERR_LAYER for other texts. */
export function fromBase64(text: string, lengths: readonly number[], name: string): Float64Array[] {
  const bytes = Buffer.from(text, 'base64');
  const count = lengths.reduce((sum, length) => sum + length, 0);
  if (bytes.length !== 4 * count) throw refused(name, `${count} floats`, `${bytes.length / 4}`);
  const values = Float64Array.from({ length: count }, (_, i) => bytes.readFloatLE(4 * i));
  if (!values.every(Number.isFinite)) throw refused(name, 'finite numbers', 'others');
  let offset = 0;
  return lengths.map((length) => {
    offset += length;
    return values.subarray(offset - length, offset);
  });
}

function refused(name: string, expected: string, received: string): GnvproError {
  return new GnvproError('ERR_LAYER', `Expected ${expected} as base64 for ${name} but received ${received}.`);
}
