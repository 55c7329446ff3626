/** @file What the objectives of a training have cost: seconds by part, and memory. */
import type { Meter, Timings } from '../backend/backend.js';

export class Accounts {
  readonly timings: { -readonly [part in keyof Timings]: number } = { network: 0, projection: 0, krylov: 0, dense: 0 };
  /** The most at a time. */
  memoryBytes = 0;

  /** Of objectives that were open together. */
  add(meters: readonly Meter[]): void {
    const bytes = meters.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
    this.memoryBytes = Math.max(this.memoryBytes, bytes);
    for (const meter of meters) {
      const timings = meter.timings();
      for (const part of Object.keys(this.timings) as (keyof Timings)[]) this.timings[part] += timings[part];
    }
  }
}
