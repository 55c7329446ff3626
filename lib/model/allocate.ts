/** @file Memory for results that grow with the samples of a call. */
import { GnvproError } from '../errors.js';

/** `what`: e.g. `a Jacobian that fits`. Throws ERR_MEMORY, with the arithmetic, where it does not. */
export function allocate(what: string, ...extents: readonly number[]): Float64Array {
  const length = extents.reduce((product, extent) => product * extent, 1);
  try {
    return new Float64Array(length);
  } catch (cause) {
    const gigabytes = ((length * 8) / 2 ** 30).toFixed(1);
    const message = `Expected ${what} in memory but ${extents.join(' × ')} numbers need ${gigabytes} GiB. Use fewer samples in a call.`;
    throw new GnvproError('ERR_MEMORY', message, { cause });
  }
}
