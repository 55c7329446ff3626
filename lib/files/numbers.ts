/** @file Numbers as bytes of files, on machines of either byte order. */

/** Arrays of numbers that a file may hold. */
export type NumberArray =
  | Float64Array
  | Float32Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

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

export interface Storage {
  readonly bytes: number;
  /** The number at a byte; NaN for a whole number that float64 does not hold. */
  read(view: DataView, at: number, little: boolean): number;
}

/** How numbers are stored, by the names of NumPy. */
export const storages = {
  i1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  u1: { bytes: 1, read: (view, at) => view.getUint8(at) },
  i2: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  u2: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  i4: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  u4: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  i8: { bytes: 8, read: (view, at, little) => exactly(view.getBigInt64(at, little)) },
  u8: { bytes: 8, read: (view, at, little) => exactly(view.getBigUint64(at, little)) },
  f4: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f8: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
} as const satisfies Record<string, Storage>;

function exactly(value: bigint): number {
  const number = Number(value);
  return BigInt(number) === value ? number : Number.NaN;
}
