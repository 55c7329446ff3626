/** @file Data files opened and read, and the memory for what they hold. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { availableMemory } from '../availableMemory.js';
import { GnvproError } from '../errors.js';
import { fileError } from './fileError.js';

/**
 * Opens a regular file, passes it with its length, and closes it. What was read of a file that changed meanwhile is
 * refused: half of it may be of the old one.
 */
export async function withFile<R>(file: string, use: (handle: FileHandle, bytes: number) => Promise<R>): Promise<R> {
  // Without O_NONBLOCK a named pipe would wait here for somebody who writes.
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const before = await handle.stat();
    if (!before.isFile())
      throw fileError(
        `Expected a regular file but ${file} is ${before.isDirectory() ? 'a folder' : 'a pipe or device'}.`,
      );
    const result = await use(handle, before.size);
    const after = await handle.stat();
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs)
      throw fileError(`${file} changed while it was read.`);
    return result;
  } finally {
    await handle.close();
  }
}

/** Fills `into` from `position`; a file that ends before has changed while it was read. */
export async function readFully(handle: FileHandle, into: Uint8Array, position: number, file: string): Promise<void> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) throw fileError(`${file} became shorter while it was read.`);
    done += bytesRead;
  }
}

/** A float64 array for rows × cols numbers of a file. Throws ERR_MEMORY, with the arithmetic, when it cannot fit. */
export function allocate(rows: number, cols: number, file: string): Float64Array<ArrayBuffer> {
  const bytes = 8 * rows * cols;
  const available = availableMemory();
  if (bytes <= available) {
    try {
      return new Float64Array(rows * cols);
    } catch {
      // Told below: the system refuses what it had announced, or an array cannot be that long.
    }
  }
  throw new GnvproError(
    'ERR_MEMORY',
    `${file} holds ${whole(rows)} × ${whole(cols)} numbers to read; at 8 bytes each they need ${gibibytes(bytes)}, but ` +
      `${gibibytes(available)} are available. Choose fewer columns, or split the file.`,
  );
}

/** Throws ERR_MEMORY when so many bytes are not to be had. */
export function checkRoom(bytes: number, file: string): void {
  const available = availableMemory();
  if (bytes <= available) return;
  throw new GnvproError(
    'ERR_MEMORY',
    `Reading ${file} needs ${gibibytes(bytes)} at once, but ${gibibytes(available)} are available.`,
  );
}

const whole = (count: number) => count.toLocaleString('en-US');
const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toLocaleString('en-US', { maximumFractionDigits: 1 })} GiB`;
