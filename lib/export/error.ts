/** @file The error of exports. */
import { GnvproError } from '../errors.js';

export function exportError(why: string): GnvproError {
  return new GnvproError('ERR_EXPORT', `This model cannot be exported: ${why}.`);
}
