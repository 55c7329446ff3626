/** @file How data files fail: one code, and messages that name the file. */
import { GnvproError, isSystemError } from '../errors.js';

export function fileError(message: string, cause?: unknown): GnvproError {
  return new GnvproError('ERR_DATA_FILE', message, cause === undefined ? undefined : { cause });
}

/** Runs `read`; errors of the file system get our code and the name of the file. */
export async function reading<R>(file: string, read: () => Promise<R>): Promise<R> {
  try {
    return await read();
  } catch (error) {
    if (isSystemError(error)) throw fileError(`${file} cannot be read: ${error.message}.`, error);
    throw error;
  }
}

/** The error for a number that is none, in row and column counted from 0. */
export function nonFinite(value: number, row: number, col: number, file: string): GnvproError {
  return new GnvproError(
    'ERR_NONFINITE',
    `Expected finite numbers in ${file} but received ${value} in row ${row}, column ${col}.`,
  );
}
