/** @file What is remembered beside a download, `NAME.json`: where it comes from and, once complete, its checksum. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { writeAtomically } from '../files/atomic.js';

export interface DownloadRecord {
  readonly address: string;
  /** What tells this version of the file from others; null where the server does not say. */
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** Bytes of the whole file; null where it is not known. */
  readonly bytes: number | null;
  /** Null while it is not complete. */
  readonly sha256: string | null;
  /** The time when the download began, ISO 8601. */
  readonly date: string;
}

const pathOf = (file: string) => `${file}.json`;

/** Null where there is none, or none that can be trusted. */
export async function readRecord(file: string): Promise<DownloadRecord | null> {
  const text = await readFile(pathOf(file), 'utf8').catch(() => null);
  try {
    const record = JSON.parse(text ?? 'null') as DownloadRecord | null;
    return typeof record?.address === 'string' ? record : null;
  } catch {
    return null;
  }
}

export async function writeRecord(file: string, record: DownloadRecord): Promise<void> {
  await writeAtomically(pathOf(file), `${JSON.stringify(record, null, 2)}\n`);
}

export async function removeRecord(file: string): Promise<void> {
  await rm(pathOf(file), { force: true });
}

/** SHA-256 of a file, lower-case hexadecimal; null where there is no such file. */
export async function checksumOf(file: string, signal?: AbortSignal): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(file, { signal, highWaterMark: 2 ** 20 })) hash.update(piece as Buffer);
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return hash.digest('hex');
}
