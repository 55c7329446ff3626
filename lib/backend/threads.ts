/** @file How many threads a job gets when the caller does not say. Results do not depend on it. */
import { info } from '../binding.js';
import type { BackendName } from './select.js';

/** Threads pay from a few thousand samples on; below, waking them costs more than they bring. */
export function defaultThreads(backend: BackendName, samples: number): number {
  return backend === 'js' || samples < 4096 ? 1 : info().hardwareThreads;
}
