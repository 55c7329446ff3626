/** @file Keeps the checkpoint of a training: reads it where there is one, writes it while the training goes on. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { checkWritable, checkWritableSync, writeAtomically, writeAtomicallySync } from '../../files/atomic.js';
import { perform, type Steps } from '../../job/job.js';
import type { CheckpointPlan } from '../../options/checkpoint.js';
import type { Task } from '../../options/options.js';
import type { CheckpointReport } from '../../report/report.js';
import type { Journal } from '../phase/journal.js';
import type { Checkpoint } from '../schedule/schedule.js';
import { checkpoints, decodeCheckpoint, encodeCheckpoint, type Stored } from './file.js';
import { differences, type Fingerprint, fingerprintOf } from './fingerprint.js';

interface Place {
  readonly iterations: number;
  readonly checkpoint: () => Checkpoint;
}

export class Keeper {
  readonly #plan: CheckpointPlan;
  readonly #fingerprint: Fingerprint;
  /** The last that the training can be taken up from. */
  #place: Place | null = null;
  /** Iterations in the last that is on disk, and when one was tried last. */
  #written = { iterations: 0, at: performance.now() };
  #report: { -readonly [name in keyof CheckpointReport]: CheckpointReport[name] };

  /** Of a task whose data are as they came. */
  constructor(
    readonly task: Task,
    plan: CheckpointPlan,
    readonly journal: Journal,
  ) {
    this.#plan = plan;
    this.#fingerprint = fingerprintOf(task);
    this.#report = { path: plan.path, resumedFrom: null, written: 0, failed: 0, error: null };
  }

  get report(): CheckpointReport {
    return { ...this.#report };
  }

  /**
   * Before any work: where to go on from, or undefined. Throws ERR_CHECKPOINT where the file is not one to go on from, or
   * not to be replaced, and errors of the file system where it cannot be read or written.
   */
  *open(): Steps<Checkpoint | undefined> {
    const { path } = this.#plan;
    yield* perform<unknown>({ sync: () => checkWritableSync(path), async: () => checkWritable(path) });
    const bytes = yield* perform({ sync: () => readOrNullSync(path), async: () => readOrNull(path) });
    const from = bytes === null ? undefined : this.#from(bytes);
    if (from === undefined) return undefined;
    const { records, seconds } = from.journal;
    this.#report.resumedFrom = records.length;
    this.#written.iterations = records.length;
    this.task.onCheckpoint?.({ type: 'resumed', path, iteration: records.length, seconds });
    return from;
  }

  #from(bytes: Uint8Array): Checkpoint | undefined {
    const { resume } = this.task;
    if (resume === false) {
      if (!checkpoints.isBegun(bytes)) this.#decoded(bytes); // throws: it is something else, and stays
      return undefined;
    }
    const { fingerprint, isEnd, checkpoint } = this.#decoded(bytes);
    if (resume === null) {
      if (isEnd) return undefined;
      const { length } = checkpoint.journal.records;
      throw this.#refused(
        `holds a training that did not end, with ${length} iterations. Go on with it by resume: true, or begin anew with resume: false`,
      );
    }
    const differing = differences(fingerprint, this.#fingerprint);
    if (differing === '') return checkpoint;
    throw this.#refused(
      `is of another training: these differ: ${differing}. Give what it was begun with, name another file, or begin anew with resume: false`,
    );
  }

  #decoded(bytes: Uint8Array): Stored {
    try {
      return decodeCheckpoint(bytes);
    } catch (error) {
      throw Object.assign(error as Error, { message: `${this.#plan.path}: ${(error as Error).message}` });
    }
  }

  #refused(what: string): Error {
    return checkpoints.error(`The checkpoint ${this.#plan.path} ${what}.`);
  }

  /** Gets the places that the training can be taken up from; writes where it is time. */
  *keep(place: () => Checkpoint): Steps<void> {
    this.#place = { iterations: this.journal.records.length, checkpoint: place };
    const { every, seconds } = this.#plan;
    const isDue = this.#iterationsSince() >= every || performance.now() - this.#written.at >= 1000 * seconds;
    if (isDue) yield* this.#write(false);
  }

  /** Last of all: the end, or where a training that was stopped can be taken up. */
  *end(isEnd: boolean): Steps<void> {
    if (this.#place !== null && (isEnd || this.#iterationsSince() > 0)) yield* this.#write(isEnd);
  }

  #iterationsSince(): number {
    return (this.#place?.iterations ?? 0) - this.#written.iterations;
  }

  *#write(isEnd: boolean): Steps<void> {
    const { iterations, checkpoint } = this.#place as Place;
    const { path } = this.#plan;
    const stored = { fingerprint: this.#fingerprint, isEnd, checkpoint: checkpoint() };
    const bytes = encodeCheckpoint(stored);
    this.#written.at = performance.now();
    try {
      const [sync, async] = [() => writeAtomicallySync(path, bytes), () => writeAtomically(path, bytes)];
      yield* perform({ sync, async });
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    this.#written = { iterations, at: performance.now() };
    this.#report.written++;
    const { seconds } = stored.checkpoint.journal;
    this.task.onCheckpoint?.({ type: 'written', path, iteration: iterations, seconds, bytes: bytes.length });
  }

  /** A training is worth more than its checkpoint: it goes on, and somebody is told. */
  #fail(error: Error): void {
    const { path } = this.#plan;
    const { onCheckpoint } = this.task;
    this.#report.error = error.message;
    if (onCheckpoint !== null) onCheckpoint({ type: 'failed', path, error });
    else if (this.#report.failed === 0) {
      process.emitWarning(`The training goes on, but its checkpoint could not be written. ${error.message}`, {
        type: 'CheckpointWarning',
        code: 'GNVPRO_CHECKPOINT',
      });
    }
    this.#report.failed++;
  }
}

async function readOrNull(path: string): Promise<Uint8Array | null> {
  return await readFile(path).catch(nullIfMissing);
}

function readOrNullSync(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch (error) {
    return nullIfMissing(error as NodeJS.ErrnoException);
  }
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
