/** @file The history of a training that goes on: a line an iteration, as it comes, for whom history.jsonl comes too late. */
import { closeSync, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { IterationRecord } from '../report/report.js';
import { remark } from './output.js';

export class LiveHistory {
  readonly path: string;
  #fd: number | null = null;
  #isLost = false;

  constructor(folder: string) {
    this.path = join(folder, 'history.partial.jsonl');
  }

  /** The first record says where the training goes on: what the file has from there on is done again. */
  add(record: IterationRecord): void {
    if (this.#isLost) return;
    try {
      this.#fd ??= this.#open(record.iteration);
      writeSync(this.#fd, `${JSON.stringify(record)}\n`);
    } catch (error) {
      this.#isLost = true;
      remark(`Warning: ${this.path} ends here (${(error as Error).message}); history.jsonl will have every iteration.`);
    }
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }

  /** Line k is of iteration k, and the last may be half a line. */
  #open(iteration: number): number {
    const fd = openSync(this.path, 'a+');
    const bytes = readFileSync(this.path);
    let end = 0;
    for (let line = 0; line < iteration; line++) end = bytes.indexOf('\n', end) + 1 || end;
    ftruncateSync(fd, end);
    return fd;
  }
}
