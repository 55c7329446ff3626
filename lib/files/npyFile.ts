/** @file A .npy file that stays on disk: looked at once, and the same file whenever its rows are read. */
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { isSystemError } from '../errors.js';
import { fileError } from './fileError.js';
import { checkLength, matrixShape } from './npy.js';
import { headerBytes, headerOf, unreadable } from './npyHeader.js';
import { typeOf } from './npyTypes.js';
import type { Storage } from './numbers.js';

export class NpyFile {
  readonly rows: number;
  readonly cols: number;
  /** As NumPy writes it: `<f4`. */
  readonly dtype: string;
  readonly type: Storage;
  /** Bytes before the numbers. */
  readonly dataStart: number;
  readonly #place: string;
  readonly #identity: readonly bigint[];

  /** Throws ERR_DATA_FILE for a file that cannot be read, is malformed, or is not row by row. */
  constructor(readonly path: string) {
    this.#place = resolve(path);
    const { header, identity } = this.#open((fd, stats) => {
      if (!stats.isFile())
        throw fileError(
          `Expected a regular file but ${path} is ${stats.isDirectory() ? 'a folder' : 'a pipe or device'}.`,
        );
      const size = Number(stats.size);
      const start = new Uint8Array(Math.min(headerBytes, size));
      this.fill(fd, start, 0);
      const header = headerOf(start, size, path);
      checkLength(header, size, path);
      return { header, identity: identityOf(stats) };
    });
    this.#identity = identity;
    [this.rows, this.cols] = matrixShape(header, path);
    if (header.fortranOrder && this.rows > 1 && this.cols > 1) throw byColumns(path);
    this.dtype = header.dtype;
    this.type = typeOf(header.dtype, path);
    if (/f2$/.test(this.dtype)) throw unreadable(`the type ${JSON.stringify(this.dtype)}`, 'a.astype("<f4")', path);
    this.dataStart = header.dataStart;
  }

  /** Of the whole file. */
  get bytes(): number {
    return Number(this.#identity[2]);
  }

  /** Nanoseconds since 1970. */
  get modified(): string {
    return String(this.#identity[3]);
  }

  /**
   * `work` with a descriptor of the file. Throws ERR_DATA_FILE where the file has gone, is another one by now, or has
   * changed since it was looked at, or while `work` read it.
   */
  use<R>(work: (fd: number) => R): R {
    return this.#open((fd, stats) => {
      this.#check(stats);
      const result = work(fd);
      this.#check(fstatSync(fd, { bigint: true }));
      return result;
    });
  }

  /** Reads `into` from a byte of the file on. */
  fill(fd: number, into: Uint8Array, position: number): void {
    for (let done = 0; done < into.length; ) {
      const count = readSync(fd, into, done, into.length - done, position + done);
      if (count === 0) throw fileError(`${this.path} became shorter while it was read.`);
      done += count;
    }
  }

  #open<R>(work: (fd: number, stats: BigIntStats) => R): R {
    try {
      // Without O_NONBLOCK a named pipe would wait here for somebody who writes.
      const fd = openSync(this.#place, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      try {
        return work(fd, fstatSync(fd, { bigint: true }));
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if (isSystemError(error)) throw fileError(`${this.path} cannot be read: ${error.message}.`, error);
      throw error;
    }
  }

  #check(stats: BigIntStats): void {
    if (identityOf(stats).every((value, i) => value === this.#identity[i])) return;
    throw fileError(`${this.path} is not as it was when it was opened: it was changed or replaced meanwhile.`);
  }
}

function identityOf({ dev, ino, size, mtimeNs }: BigIntStats): readonly bigint[] {
  return [dev, ino, size, mtimeNs];
}

function byColumns(path: string): Error {
  return fileError(
    `Expected ${path} row by row, to read some rows at a time, but it is in Fortran order. In NumPy: numpy.ascontiguousarray(a).`,
  );
}
