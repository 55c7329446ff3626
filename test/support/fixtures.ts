import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readNpy } from './npy.js';

export interface ReferenceArray {
  shape: number[];
  data: Float64Array;
}

export interface Reference {
  arrays: Record<string, ReferenceArray>;
  meta: Record<string, unknown>;
}

const folder = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** float64 from base64 of its little-endian bytes: exact. */
export function decode(base64: string): Float64Array {
  return new Float64Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
}

/** Reads test/fixtures/oracles/<name>.json, or test/fixtures/<name>.json. */
export function fixture(name: string): Reference {
  const inOracles = join(folder, 'oracles', `${name}.json`);
  const path = existsSync(inOracles) ? inOracles : join(folder, `${name}.json`);
  const { meta, arrays } = JSON.parse(readFileSync(path, 'utf8')) as {
    meta: Record<string, unknown>;
    arrays: Record<string, { shape: number[]; data: string }>;
  };
  const decoded: Record<string, ReferenceArray> = {};
  for (const [key, { shape, data }] of Object.entries(arrays)) {
    decoded[key] = { shape, data: decode(data) };
    if (shape.reduce((product, extent) => product * extent, 1) !== decoded[key].data.length) {
      throw new Error(`Array ${key} of fixture ${name} has the wrong length`);
    }
  }
  return { arrays: decoded, meta };
}

/** A whole case of the reference values from the folder GNVPRO_ORACLE_DIR; undefined (skip the test) where it is not set. */
export function oracle(name: string): Reference | undefined {
  const root = process.env.GNVPRO_ORACLE_DIR;
  if (!root) return undefined;
  const path = join(root, name);
  const arrays: Record<string, ReferenceArray> = {};
  for (const file of readdirSync(path)) {
    if (!file.endsWith('.npy')) continue;
    const { shape, data } = readNpy(join(path, file));
    arrays[file.slice(0, -4)] = { shape, data: data instanceof Float64Array ? data : Float64Array.from(data, Number) };
  }
  return { arrays, meta: JSON.parse(readFileSync(join(path, 'meta.json'), 'utf8')) as Record<string, unknown> };
}

/** The array `name` of a reference, or an error that says what is missing. */
export function arrayOf(reference: Reference, name: string): Float64Array {
  const array = reference.arrays[name];
  if (!array) throw new Error(`No array ${name} in this reference: ${Object.keys(reference.arrays).join(', ')}`);
  return array.data;
}
