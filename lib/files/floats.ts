/** @file Arrays of numbers as little-endian bytes, on machines of either byte order. */
import type { NumberArray } from './numberArray.js';

export const machineIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Writes `values` at `offset`. `native`: the machine's bytes are copied as they are. */
export function writeFloats(
  bytes: Uint8Array,
  offset: number,
  values: Float64Array,
  native = machineIsLittleEndian,
): void {
  if (native) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < values.length; i++) view.setFloat64(offset + 8 * i, values[i], true);
}

/** `count` numbers at `offset`, copied, so that they need no alignment. The caller has checked the bounds. */
export function readFloats(
  bytes: Uint8Array,
  offset: number,
  count: number,
  native = machineIsLittleEndian,
): Float64Array {
  const values = new Float64Array(count);
  if (native) {
    new Uint8Array(values.buffer).set(bytes.subarray(offset, offset + 8 * count));
    return values;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < count; i++) values[i] = view.getFloat64(offset + 8 * i, true);
  return values;
}

/** The bytes of numbers of any type: a view of them where the machine has them so, else a copy. */
export function littleEndianBytes(values: NumberArray, native = machineIsLittleEndian): Uint8Array {
  const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT: size } = values;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  if (native || size === 1) return bytes;
  const copy = Buffer.from(bytes);
  return size === 2 ? copy.swap16() : size === 4 ? copy.swap32() : copy.swap64();
}
