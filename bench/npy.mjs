/** The little of .npy that the benches read: little-endian, C order, as float64. */
import { readFileSync } from 'node:fs';

const types = {
  '<f8': Float64Array,
  '<f4': Float32Array,
  '<i4': Int32Array,
  '<i8': BigInt64Array,
  '|u1': Uint8Array,
  '<u2': Uint16Array,
};

export function readNpy(file) {
  const bytes = readFileSync(file);
  const length = bytes[6] === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8);
  const start = (bytes[6] === 1 ? 10 : 12) + length;
  const header = bytes.toString('latin1', start - length, start);
  const shape = /'shape': \(([^)]*)\)/
    .exec(header)[1]
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const Type = types[/'descr': '([^']+)'/.exec(header)[1]];
  const raw = new Type(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length));
  return { data: Float64Array.from(raw, Number), shape };
}
