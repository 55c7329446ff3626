/** @file Writing a file all or nothing. */
import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes under a temporary name in the same folder, flushes to the disk, then renames: readers see the old file or the
 * new one, never a part. On failure the temporary file is removed and the file system's error is thrown.
 */
export async function writeAtomically(path: string, bytes: Uint8Array | Iterable<Uint8Array>): Promise<void> {
  const target = await realpath(path).catch(() => path); // through a symbolic link, not over it
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeAndFlush(temporary, bytes);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await flushFolder(dirname(target));
}

async function writeAndFlush(path: string, bytes: Uint8Array | Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) await file.writeFile(piece);
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
