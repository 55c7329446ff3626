/** @file Seconds by kind of work; work inside other work counts once, for the inner kind. */
import type { Timings } from '../backend.js';

type Kind = keyof Timings;

export class Stopwatch {
  readonly seconds: Record<Kind, number> = { network: 0, projection: 0, krylov: 0, dense: 0 };
  #running: Kind | null = null;
  #since = 0;

  time<T>(kind: Kind, work: () => T): T {
    const outer = this.#running;
    this.#switch(kind);
    try {
      return work();
    } finally {
      this.#switch(outer);
    }
  }

  #switch(to: Kind | null): void {
    const now = performance.now();
    if (this.#running !== null) this.seconds[this.#running] += (now - this.#since) / 1000;
    this.#running = to;
    this.#since = now;
  }
}
