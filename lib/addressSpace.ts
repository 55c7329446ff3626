/** @file Addresses that a limit leaves this process (`ulimit -v`, set by batch systems). */
import { readFileSync } from 'node:fs';

/** Bytes, or Infinity where there is no limit, or no way to know it (only Linux tells). */
export function addressesLeft(): number {
  try {
    const [, limit] = /^Max address space +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    const [, taken] = /^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return limit === undefined || taken === undefined ? Infinity : Number(limit) - 1024 * Number(taken);
  } catch {
    return Infinity;
  }
}
