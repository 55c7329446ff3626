/** @file What comes after other runs: one that fails is no reason to lose them. */
import type { GnvproError } from '../../errors.js';
import type { Journal } from '../journal.js';
import type { Schedule } from './schedule.js';

/** Null where it found nothing, or where the training has ended before. */
export function* unlessLost<T>(journal: Journal, follow: () => Schedule<T>): Schedule<T | null> {
  if (journal.stop !== null) return null;
  try {
    return yield* follow();
  } catch (error) {
    const isLost = (error as GnvproError | null)?.code === 'ERR_NONFINITE';
    const reason = journal.stopOf(error);
    if (!isLost && (reason === null || journal.runs.length === 0)) throw error;
    if (reason !== null) journal.stop = reason;
    return null;
  }
}
