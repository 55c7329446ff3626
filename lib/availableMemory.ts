/** @file How much memory this process may still take. */
import { freemem } from 'node:os';

/**
 * Bytes that the machine can give, and that the limit of the container or batch job leaves, where there is one. Not
 * `process.availableMemory()`, which counts the file cache of a container as used: after large files have been read it
 * would leave next to nothing.
 */
export function availableMemory(): number {
  const limit = process.constrainedMemory(); // 0 for none that is known
  return limit > 0 ? Math.min(freemem(), Math.max(0, limit - process.memoryUsage.rss())) : freemem();
}
