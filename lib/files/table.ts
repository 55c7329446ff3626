/** @file A matrix with what its file says about it. */
import type { Matrix } from '../data/matrix.js';

export interface Table {
  readonly matrix: Matrix;
  /** Names of the columns; null where the file has no header. */
  readonly names: readonly string[] | null;
  /** What people should know of how the file was read, or null. */
  readonly note: string | null;
}
