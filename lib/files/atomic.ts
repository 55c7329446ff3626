/** @file Writing files all or nothing. */
import {
  close,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsync,
  fsyncSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  write,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify, types } from 'node:util';
import { isSystemError } from '../errors.js';
import { fileError } from './fileError.js';
import { type Target, targetOf } from './target.js';
import { createTemporary, removeTemporary, sweep, type Temporary } from './temporary.js';

/** Text is written as UTF-8. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Writes under a temporary name in the same folder, flushes to the disk, then renames: readers see the old file or the
 * new one, never a part. The new one has the mode and, where that is allowed, the owner of the old. On failure, and at
 * the end of the process, the temporary file is removed. Pipes and devices are written as they are, not replaced.
 *
 * Throws errors of the file system, with the path that was given, and ERR_DATA_FILE for a socket, a disk, or a pipe that
 * nobody reads.
 */
export async function writeAtomically(path: string, content: FileContent): Promise<void> {
  await writeTogether([{ path, content }]);
}

/**
 * Writes several files as `writeAtomically` does one, and renames them in one go when all are there. Where one cannot be
 * written, those before it still get their names, and its error is thrown.
 */
export async function writeTogether(
  files: readonly { readonly path: string; readonly content: FileContent }[],
): Promise<void> {
  const staged: Staged[] = [];
  try {
    for (const { path, content } of files) staged.push(await naming(path, () => stage(path, content)));
  } finally {
    nameAll(staged);
  }
  for (const folder of new Set(staged.map(({ target }) => dirname(target)))) await flushFolder(folder);
}

/** The same on the calling thread, for files alone: whatever else has the name is refused with ERR_DATA_FILE. */
export function writeAtomicallySync(path: string, content: Uint8Array): void {
  namingSync(path, () => {
    const { target, old } = fileAt(path);
    const folder = dirname(target);
    sweep(folder);
    const temporary = createTemporary(folder, old === null ? 0o666 : old.mode & 0o777);
    try {
      fillSync(temporary, content, old);
      renameSync(temporary.path, target);
    } finally {
      removeTemporary(temporary.path);
    }
    flushFolderSync(folder);
  });
}

/** Throws where a file cannot be written, as far as that can be known without writing. */
export function checkWritableSync(path: string): void {
  namingSync(path, () => tryFolder(dirname(fileAt(path).target)));
}

function fileAt(path: string): { target: string; old: Stats | null } {
  const target = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? realpathSync(path) : path;
  const old = statSync(target, { throwIfNoEntry: false }) ?? null;
  if (old === null) return { target, old };
  closeSync(openSync(target, constants.O_WRONLY | (constants.O_NONBLOCK ?? 0))); // the system knows best what forbids it
  if (!old.isFile()) throw fileError(`Expected a file to write but ${path} is none.`);
  return { target, old };
}

function fillSync({ fd }: Temporary, content: Uint8Array, old: Stats | null): void {
  try {
    for (let done = 0; done < content.length; ) {
      done += writeSync(fd, content, done, Math.min(mostAtOnce, content.length - done));
    }
    if (old !== null) takeOver(fd, old);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Not every system can open folders. */
function flushFolderSync(folder: string): void {
  attempt(() => {
    const fd = openSync(folder, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  });
}

/** Where `path` leads. Throws where it cannot be written, as far as that can be known without writing. */
export async function checkWritable(path: string): Promise<Target> {
  return naming(path, async () => {
    const target = await targetOf(path);
    if (target.kind === 'file') tryFolder(dirname(target.path));
    return target;
  });
}

function tryFolder(folder: string): void {
  sweep(folder);
  const probe = createTemporary(folder, 0o600);
  closeSync(probe.fd);
  removeTemporary(probe.path);
}

/** A whole file that waits for its name; null for what was written in place. */
interface Staged {
  readonly path: string;
  readonly temporary: string | null;
  readonly target: string;
}

async function stage(path: string, content: FileContent): Promise<Staged> {
  const target = await targetOf(path);
  if (target.kind !== 'file') {
    await writeInPlace(target, content);
    return { path, temporary: null, target: path };
  }
  const folder = dirname(target.path);
  sweep(folder);
  const temporary = createTemporary(folder, target.old === null ? 0o666 : target.old.mode & 0o777);
  try {
    await fill(temporary, content, target.old);
  } catch (error) {
    removeTemporary(temporary.path);
    throw error;
  }
  return { path, temporary: temporary.path, target: target.path };
}

async function fill({ fd }: Temporary, content: FileContent, old: Stats | null): Promise<void> {
  try {
    for await (const piece of piecesOf(content)) await writeFully(fd, piece);
    if (old !== null) takeOver(fd, old);
    await promisify(fsync)(fd);
  } finally {
    await promisify(close)(fd);
  }
}

function piecesOf(content: FileContent): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (typeof content === 'string') return [Buffer.from(content)];
  return types.isUint8Array(content) ? [content] : content;
}

/** A system call takes no more than about 2 GiB. */
const mostAtOnce = 2 ** 26;
const writeSome = promisify(write);

async function writeFully(fd: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    try {
      const length = Math.min(mostAtOnce, bytes.length - done);
      done += (await writeSome(fd, bytes, done, length, null)).bytesWritten;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await pause(10); // the pipe is full
    }
  }
}

/** Owner and mode of the file that is replaced, as far as this user, and the file system, may have them so. */
function takeOver(fd: number, { uid, gid, mode }: Stats): void {
  const own = fstatSync(fd);
  if (own.uid !== uid || own.gid !== gid)
    attempt(() => fchownSync(fd, uid, gid)) || attempt(() => fchownSync(fd, own.uid, gid));
  attempt(() => fchmodSync(fd, mode & 0o777));
}

function attempt(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

/** Synchronous, so that no signal comes between the names of files that belong together. */
function nameAll(staged: readonly Staged[]): void {
  try {
    for (const { path, temporary, target } of staged) if (temporary !== null) rename(temporary, target, path);
  } finally {
    for (const { temporary } of staged) if (temporary !== null) removeTemporary(temporary);
  }
}

function rename(temporary: string, target: string, path: string): void {
  try {
    renameSync(temporary, target);
  } catch (error) {
    throw named(error, path);
  }
}

/** Makes the rename last. Not every system can open folders; the file is complete either way. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

async function writeInPlace(target: Exclude<Target, { kind: 'file' }>, content: FileContent): Promise<void> {
  if (target.kind === 'standardStream') {
    for await (const piece of piecesOf(content)) await writeToStream(target.stream, piece);
    return;
  }
  // Without O_NONBLOCK, whoever waits for a reader of the pipe could not even be ended by process.exit().
  const flags = constants.O_WRONLY | constants.O_APPEND | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
  const file = await open(target.path, flags).catch((error) => {
    if (error.code !== 'ENXIO') throw error;
    throw fileError(
      `${target.path} is a pipe that nobody reads, or a socket: start the reader of a pipe first.`,
      error,
    );
  });
  try {
    for await (const piece of piecesOf(content)) await writeFully(file.fd, piece);
  } finally {
    await file.close();
  }
}

/** A stream tells an error twice: to the writer, and soon after to all who listen. */
async function writeToStream(stream: NodeJS.WriteStream, piece: Uint8Array): Promise<void> {
  const ignore = () => undefined;
  stream.on('error', ignore);
  try {
    await new Promise<void>((resolve, reject) => {
      stream.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  } finally {
    setImmediate(() => stream.off('error', ignore));
  }
}

/** Runs `action`; errors of the file system get the path that the caller knows, in place of a temporary one or of none. */
async function naming<R>(path: string, action: () => Promise<R>): Promise<R> {
  try {
    return await action();
  } catch (error) {
    throw named(error, path);
  }
}

function namingSync(path: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw named(error, path);
  }
}

function named(error: unknown, path: string): unknown {
  if (!isSystemError(error)) return error;
  const [reason] = error.message.split(', ');
  return Object.assign(error, { message: `${reason}, write '${path}'`, path });
}
