/** @file The threads of the process, and how many a job gets when the caller does not say. Results do not depend on it. */
import { loadNative, type ThreadUse } from '../binding.js';
import { checkInteger } from '../validate/check.js';
import type { BackendName } from './select.js';

/** Threads pay from a few thousand samples on; below, waking them costs more than they bring. */
export function defaultThreads(backend: BackendName, samples: number): number {
  return backend === 'js' || samples < 4096 ? 1 : threadUse().threads;
}

/**
 * The most threads of the process that compute at the same time, whatever runs: all trainings and models of the native
 * backend share them (docs/serving.md). Default: the number of cores. It holds for work that starts afterwards; the
 * option `threads` of a call can only ask for fewer.
 *
 * @throws GnvproError ERR_OPTION unless it is an integer from 1 to 256
 */
export function setThreads(threads: number): void {
  checkInteger(threads, 'threads', { min: 1, max: 256 });
  loadNative().setThreads(threads);
}

/** What computes now, and what waits: for the health of a service. */
export function threadUse(): ThreadUse {
  return loadNative().threadUse();
}
