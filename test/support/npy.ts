import { readFileSync } from 'node:fs';

export interface NpyArray {
  shape: number[];
  data: Float64Array | Float32Array | Int32Array | BigInt64Array | Uint8Array | Uint16Array;
}

const types = {
  f8: Float64Array,
  f4: Float32Array,
  i4: Int32Array,
  i8: BigInt64Array,
  u1: Uint8Array,
  u2: Uint16Array,
} as const;

/** Reads a .npy file (format 1 or 2) of little-endian numbers in C order. */
export function readNpy(path: string): NpyArray {
  const bytes = readFileSync(path);
  if (bytes.toString('latin1', 0, 6) !== '\x93NUMPY') throw new Error(`${path} is not a .npy file`);
  const start = bytes[6] === 1 ? 10 : 12;
  const headerEnd = start + (bytes[6] === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  const header = bytes.toString('latin1', start, headerEnd);
  const [, type, shapeText] = header.match(/'descr': '[<|](\w\d)'.*'fortran_order': False.*'shape': \(([^)]*)\)/) ?? [];
  if (type === undefined || shapeText === undefined || !(type in types)) {
    throw new Error(`${path} has an unsupported header: ${header.trim()}`);
  }
  const shape = (shapeText.match(/\d+/g) ?? []).map(Number);
  const count = shape.reduce((product, extent) => product * extent, 1);
  const Type = types[type as keyof typeof types];
  if (bytes.length - headerEnd !== count * Type.BYTES_PER_ELEMENT) throw new Error(`${path} has the wrong length`);
  // A copy that starts at offset 0, because a typed array needs an aligned start.
  return { shape, data: new Type(Uint8Array.from(bytes.subarray(headerEnd)).buffer) };
}
