/**
 * @file Runs the cases of a suite. GNVPRO_FUZZ_CASES, GNVPRO_FUZZ_SEED and GNVPRO_FUZZ_ONLY (`suite:number`) say which;
 * the suite's file in the folder GNVPRO_FUZZ_TRACE holds the number of the case that runs, so that one which ends the
 * process can be told, and at last what has been counted.
 */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Test } from 'tap';
import { Choice } from './choice.js';

const { GNVPRO_FUZZ_CASES, GNVPRO_FUZZ_SEED, GNVPRO_FUZZ_ONLY, GNVPRO_FUZZ_TRACE } = process.env;
const seed = Number(GNVPRO_FUZZ_SEED ?? 1);
const mostFailures = 10;

/** How often each outcome was seen. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(outcome: string, times = 1): void {
    this.#counts.set(outcome, this.of(outcome) + times);
  }

  of(outcome: string): number {
    return this.#counts.get(outcome) ?? 0;
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([, x], [, y]) => y - x));
  }
}

export interface Suite {
  readonly name: string;
  /** In `npm test`. */
  readonly cases: number;
  /** Cases of this suite for one that is asked for: costly ones are fewer. */
  readonly share?: number;
  /** Throws where something is wrong. */
  run(choice: Choice, counts: Counts): void | Promise<void>;
}

/** The counts are null where a single other case is replayed. */
export async function fuzz(t: Test, suite: Suite): Promise<Counts | null> {
  const numbers = caseNumbers(suite);
  if (numbers === null) return null;
  const counts = new Counts();
  const trace = openTrace(suite.name);
  const failures: string[] = [];
  const start = performance.now();
  for (const number of numbers) {
    trace?.at(number);
    try {
      await suite.run(new Choice(seed, number), counts);
    } catch (error) {
      failures.push(`GNVPRO_FUZZ_SEED=${seed} npm run fuzz -- ${suite.name}:${number}: ${inspect(error)}`);
      if (failures.length === mostFailures) break;
    }
  }
  const seconds = (performance.now() - start) / 1000;
  trace?.end({ cases: numbers.length, seconds, counts });
  t.strictSame(failures, [], `${numbers.length} cases: ${JSON.stringify(counts)}`);
  return counts;
}

/** The statistics of a whole run: a single case says nothing about them. */
export const isReplay = GNVPRO_FUZZ_ONLY !== undefined;

function caseNumbers({ name, cases, share = 1 }: Suite): number[] | null {
  if (GNVPRO_FUZZ_ONLY === undefined) {
    const length = GNVPRO_FUZZ_CASES === undefined ? cases : Math.ceil(Number(GNVPRO_FUZZ_CASES) * share);
    return Array.from({ length }, (_, number) => number);
  }
  const [suite, number] = GNVPRO_FUZZ_ONLY.split(':');
  return suite === name ? [Number(number)] : null;
}

function openTrace(suite: string) {
  if (GNVPRO_FUZZ_TRACE === undefined) return null;
  mkdirSync(GNVPRO_FUZZ_TRACE, { recursive: true });
  const path = join(GNVPRO_FUZZ_TRACE, `${suite}.json`);
  const file = openSync(path, 'w');
  const watchdog = watch();
  return {
    at: (number: number) => {
      watchdog.at(number);
      writeSync(file, String(number).padEnd(12), 0);
    },
    end: (summary: object) => {
      watchdog.end();
      closeSync(file);
      writeFileSync(path, JSON.stringify(summary));
    },
  };
}

/** Ends the process when a case takes longer than a minute: a thread of its own, as the case may be a native call. */
export function watch() {
  const current = new Int32Array(new SharedArrayBuffer(4));
  const code = `
    const { workerData: current } = require('node:worker_threads');
    let last = -1;
    setInterval(() => {
      if (current[0] === last) {
        console.error('A case takes longer than a minute.');
        process.kill(process.pid, 'SIGABRT');
      }
      last = current[0];
    }, 60_000);`;
  const worker = new Worker(code, { eval: true, workerData: current });
  worker.unref();
  return {
    at: (number: number) => Atomics.store(current, 0, number),
    end: () => void worker.terminate(),
  };
}
