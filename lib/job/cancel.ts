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

/** A cancel flag that a signal raises until `end()`. Throws the signal's reason when it is aborted already. */
export function cancelledBy(signal: AbortSignal | null | undefined) {
  throwIfAborted(signal);
  const flag = noCancel();
  const cancel = () => Atomics.store(flag, 0, 1);
  signal?.addEventListener('abort', cancel, { once: true });
  return {
    flag,
    /** What a caller sees of a cancelled job: the reason of the signal. */
    told: (error: unknown) =>
      signal?.aborted && (error as GnvproError | null)?.code === 'ERR_ABORTED' ? reasonOf(signal) : error,
    /** A method, since a context of node:vm has no Symbol.dispose in Node 20. */
    end: () => signal?.removeEventListener('abort', cancel),
  };
}

/**
 * Drives the steps off the main thread; an abort cancels the running job and rejects with the signal's reason. Steps that
 * come to a result all the same are worth it where they keep it.
 */
export async function driveUntilAborted<R>(
  signal: AbortSignal | null | undefined,
  start: (cancelFlag: Int32Array) => Steps<R>,
  { keepsResult = false } = {},
): Promise<R> {
  const cancellation = cancelledBy(signal);
  try {
    const result = await drive(start(cancellation.flag));
    if (!keepsResult) throwIfAborted(signal);
    return result;
  } catch (error) {
    throw cancellation.told(error);
  } finally {
    cancellation.end();
  }
}

/** Between the jobs of one computation. */
export function throwIfCancelled(cancelFlag: Int32Array): void {
  if (Atomics.load(cancelFlag, 0) !== 0) throw new GnvproError('ERR_ABORTED', 'The computation was cancelled.');
}
