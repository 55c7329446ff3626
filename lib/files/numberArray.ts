/** @file Which arrays of numbers files are read into and written from. */

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
