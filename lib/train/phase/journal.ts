/** @file What a training keeps over its phases: records, clock, what was used, the runs, and the best point of the present one. */
import type { Meter, Timings } from '../../backend/backend.js';
import type { IterationRecord, RunSummary, Stop } from '../../report/report.js';
import { failureStop } from './stop.js';

/** θ (P) and W (t × m, in units of the scaled targets). */
export interface Weights {
  readonly theta: Float64Array;
  readonly W: Float64Array;
}

/** A point worth keeping. */
export interface Best extends Weights {
  /** Inverse temperature of its logits, which W does not have in it; 1 where none is fitted. */
  readonly temperature: number;
  /** What it is judged by: the smaller, the better. The record's objective may have lost its digits to its unit. */
  readonly merit: number;
  readonly record: IterationRecord;
}

/** The better of two points; of equals the first, which took less work and may be of a smaller network. */
export function betterOf<T extends { readonly merit: number }>(first: T | null, next: T | null): T | null {
  return first === null || (next !== null && next.merit < first.merit) ? next : first;
}

/** How far a journal has come. */
export interface Mark {
  readonly records: number;
  readonly workUnits: number;
  readonly seconds: number;
}

/** What a journal cannot learn from the schedule when a training is taken up again; plain. */
export interface JournalState extends Pick<Journal, 'records' | 'workUnits' | 'timings' | 'memoryBytes'> {
  readonly seconds: number;
}

/** Seconds by part, and the most bytes at a time. */
type Used = Pick<JournalState, 'timings' | 'memoryBytes'>;

function sumOf(timings: Timings, meters: Iterable<Meter>): Timings {
  const sum: { -readonly [part in keyof Timings]: number } = { ...timings };
  for (const meter of meters) {
    const more = meter.timings();
    for (const part of Object.keys(sum) as (keyof Timings)[]) sum[part] += more[part];
  }
  return sum;
}

export class Journal {
  readonly records: IterationRecord[] = [];
  readonly runs: RunSummary[] = [];
  workUnits = 0;
  /** Seconds by part, and the most bytes at a time, of all objectives until now. */
  timings: Timings = { network: 0, projection: 0, krylov: 0, dense: 0 };
  memoryBytes = 0;
  /** The best point of the run that goes on. */
  best: Best | null = null;
  /** What ends the training before its schedule does. */
  stop: Stop | null = null;
  readonly #open = new Set<ReadonlySet<Meter>>();
  #start = performance.now();
  #thrown: unknown;

  constructor(
    readonly onIteration: ((record: IterationRecord) => unknown) | null,
    readonly cancelFlag: Int32Array,
  ) {}

  /** The number of the run that goes on. */
  get run(): number {
    return this.runs.length + 1;
  }

  seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  mark(): Mark {
    return { records: this.records.length, workUnits: this.workUnits, seconds: this.seconds() };
  }

  /** What it is now, to be had at any later time: records are only added. */
  state(): () => JournalState {
    const { records, workUnits } = this;
    const [count, seconds] = [records.length, this.seconds()];
    const meters = this.#meters();
    const used: Used = { timings: sumOf(this.timings, meters), memoryBytes: this.#mostBytes(meters) };
    return () => ({ records: records.slice(0, count), workUnits, ...used, seconds });
  }

  /** Comes to a mark of a training that is taken up again. */
  goTo({ records, workUnits, seconds }: Mark, saved: JournalState): void {
    for (const record of saved.records.slice(this.records.length, records)) this.records.push(Object.freeze(record));
    this.workUnits = workUnits;
    this.#start = performance.now() - 1000 * seconds;
  }

  /** Comes to where the training was left. */
  restore(saved: JournalState): void {
    this.goTo({ ...saved, records: saved.records.length }, saved);
    this.timings = { ...saved.timings };
    this.memoryBytes = saved.memoryBytes;
  }

  /** Appends and reports a record, frozen, since the loop reads it again; the callback may return false to stop. */
  add(record: IterationRecord): boolean {
    this.records.push(Object.freeze(record));
    try {
      return this.onIteration?.(record) !== false;
    } catch (error) {
      this.#thrown = error;
      throw error;
    }
  }

  keep(point: Best | null): void {
    this.best = betterOf(this.best, point);
  }

  /** Objectives that come and go, until `close`. */
  open(meters: ReadonlySet<Meter>): void {
    this.#open.add(meters);
  }

  /** Adds what some that are open have used, before they go. */
  account(...meters: readonly Meter[]): void {
    this.timings = sumOf(this.timings, meters);
    this.memoryBytes = this.#mostBytes(this.#meters());
  }

  close(meters: ReadonlySet<Meter>): void {
    this.account(...meters);
    this.#open.delete(meters);
  }

  #meters(): Meter[] {
    return [...this.#open].flatMap((meters) => [...meters]);
  }

  /** Until now, with those that are open. */
  #mostBytes(meters: readonly Meter[]): number {
    return Math.max(
      this.memoryBytes,
      meters.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    );
  }

  /** What an error means for a training that has a point to return; null where it has to be thrown. */
  stopOf(error: unknown): Stop | null {
    return error === this.#thrown ? null : failureStop(error);
  }
}
