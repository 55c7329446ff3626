/** @file The one error class: a full sentence for people, a stable code for programs (docs/errors.md lists them). */
import { types } from 'node:util';

export class GnvproError extends Error {
  override readonly name = 'GnvproError';

  constructor(
    /** Stable, e.g. ERR_SHAPE. */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Whether a call of the system failed (ENOENT, …). Node's errors may be of another realm than this module. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return types.isNativeError(error) && 'syscall' in error;
}
