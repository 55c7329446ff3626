/** @file Writing a file all or nothing. */
import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { types } from 'node:util';

/** Text is written as UTF-8. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array>;

/**
 * Writes under a temporary name in the same folder, flushes to the disk, then renames: readers see the old file or the
 * new one, never a part. On failure the temporary file is removed and the file system's error is thrown.
 */
export async function writeAtomically(path: string, content: FileContent): Promise<void> {
  const target = await realpath(path).catch(() => path); // through a symbolic link, not over it
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeAndFlush(temporary, content);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await flushFolder(dirname(target));
}

async function writeAndFlush(path: string, content: FileContent): Promise<void> {
  const file = await open(path, 'wx');
  try {
    const pieces = typeof content === 'string' || types.isUint8Array(content) ? [content] : content;
    for (const piece of pieces) await file.writeFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the rename last. Not every system can open folders; the file is complete either way. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}
