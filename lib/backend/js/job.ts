/** @file Jobs of the `js` backend: they run on the calling thread, one turn of the event loop each. */
import { setImmediate } from 'node:timers/promises';
import type { Job } from '../../job/job.js';

/** Timers, signals and other promises get their turn before an asynchronous job, so that a training can be aborted. */
export function job<T>(sync: () => T): Job<T> {
  return {
    sync,
    async: async () => {
      await setImmediate();
      return sync();
    },
  };
}
