/** @file Arrays on every kind of buffer, and what callers and other threads may do to them after a call. */

export interface Disturbed {
  readonly name: string;
  /** The same numbers on a buffer of this kind. */
  place(values: ArrayLike<number>): Float64Array;
  disturb(array: Float64Array): void;
}

const overwrite = (array: Float64Array) => void array.fill(Number.NaN);

export function detach(array: ArrayBufferView): void {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
}

export function onSharedMemory(values: ArrayLike<number>): Float64Array {
  const array = new Float64Array(new SharedArrayBuffer(8 * values.length));
  array.set(values);
  return array;
}

/** A view that follows the length of its buffer, or one of fixed length. */
export function onResizable(values: ArrayLike<number>, tracking: boolean): Float64Array {
  const bytes = 8 * values.length;
  // The options came with ES2024, after the types in use here.
  const Resizable = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => ArrayBuffer;
  const buffer = new Resizable(bytes, { maxByteLength: 2 * bytes });
  const array = tracking ? new Float64Array(buffer) : new Float64Array(buffer, 0, values.length);
  array.set(values);
  return array;
}

export function resize({ buffer }: ArrayBufferView, bytes: number): void {
  (buffer as unknown as { resize(bytes: number): void }).resize(bytes);
}

export const onOrdinary = (values: ArrayLike<number>) => Float64Array.from(values);
const tracking = (values: ArrayLike<number>) => onResizable(values, true);

export const disturbances: readonly Disturbed[] = [
  { name: 'overwritten', place: onOrdinary, disturb: overwrite },
  { name: 'transferred', place: onOrdinary, disturb: detach },
  { name: 'shared, overwritten', place: onSharedMemory, disturb: overwrite },
  { name: 'resizable, shrunk', place: tracking, disturb: (array) => resize(array, 8) },
  { name: 'resizable, grown', place: tracking, disturb: (array) => resize(array, 2 * array.byteLength) },
  {
    name: 'fixed view of a resizable, out of bounds',
    place: (values) => onResizable(values, false),
    disturb: (array) => resize(array, 0),
  },
];
