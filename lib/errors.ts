/** @file The one error class: a full sentence for people, a stable code for programs (docs/errors.md lists them). */

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
