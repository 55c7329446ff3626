/** @file source.json: what stands in the folder of a data set, where it comes from, and checksums of it all. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../files/atomic.js';
import { writing } from './failures.js';
import { checksumOf } from './record.js';

export interface OriginalFacts {
  readonly file: string;
  /** The address or path it was taken from. */
  readonly from: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Against the checksum that was known beforehand; `notKnown` where there is none: it was recorded. */
  readonly checksum: 'asKnown' | 'notKnown' | 'differs';
  /** The time of the download or copy, ISO 8601. */
  readonly date: string;
}

export interface OutputFacts {
  readonly file: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly content: string;
  readonly sha256: string;
}

export interface Source {
  readonly name: string;
  readonly title: string;
  readonly authors: string;
  readonly page: string;
  readonly terms: string;
  /** Version of the package that made the files. */
  readonly gnvpro: string;
  readonly date: string;
  /** What --from gave; null for the addresses of the authors. */
  readonly requested: string | null;
  readonly originals: readonly OriginalFacts[];
  readonly files: readonly OutputFacts[];
  readonly facts: Readonly<Record<string, unknown>>;
}

const fileName = 'source.json';

export async function writeSource(folder: string, source: Source): Promise<void> {
  const path = join(folder, fileName);
  await writing(path, () => writeAtomically(path, `${JSON.stringify(source, null, 2)}\n`));
}

/** Null where there is none, it is of another data set, or a file is missing or is not as it was written. */
export async function readIntact(folder: string, name: string, signal?: AbortSignal): Promise<Source | null> {
  const source = await readSource(folder);
  if (source?.name !== name || !Array.isArray(source.files) || source.files.length === 0) return null;
  for (const { file, sha256 } of source.files) {
    if ((await checksumOf(join(folder, String(file)), signal)) !== sha256) return null;
  }
  return source;
}

async function readSource(folder: string): Promise<Source | null> {
  try {
    return JSON.parse(await readFile(join(folder, fileName), 'utf8')) as Source;
  } catch {
    return null;
  }
}
