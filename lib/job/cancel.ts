/** @file AbortSignals at the border of jobs: inside, cancelling is one shared integer that running jobs poll. */
import { GnvproError } from '../errors.js';
import { drive, type Steps } from './job.js';

/** A flag that nobody raises. */
export function noCancel(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

/** What an aborted signal rejects with; some polyfills know no reasons. */
export function reasonOf(signal: AbortSignal): unknown {
  return signal.reason ?? new GnvproError('ERR_ABORTED', 'The signal was aborted.');
}

export function throwIfAborted(signal: AbortSignal | null | undefined): void {
  if (signal?.aborted) throw reasonOf(signal);
}

/** Drives the steps off the main thread; an abort cancels the running job and rejects with the signal's reason. */
export async function driveUntilAborted<R>(
  signal: AbortSignal | undefined,
  start: (cancelFlag: Int32Array) => Steps<R>,
): Promise<R> {
  throwIfAborted(signal);
  const cancelFlag = noCancel();
  const cancel = () => Atomics.store(cancelFlag, 0, 1);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const result = await drive(start(cancelFlag));
    throwIfAborted(signal);
    return result;
  } catch (error) {
    if (signal?.aborted && (error as GnvproError).code === 'ERR_ABORTED') throw reasonOf(signal);
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

/** Between the jobs of one computation. */
export function throwIfCancelled(cancelFlag: Int32Array): void {
  if (Atomics.load(cancelFlag, 0) !== 0) throw new GnvproError('ERR_ABORTED', 'The computation was cancelled.');
}
