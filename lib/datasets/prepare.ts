/** @file A data set into a folder: the originals, the files made of them, and where all of it comes from. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GnvproError } from '../errors.js';
import { writeAtomically } from '../files/atomic.js';
import { reading } from '../files/fileError.js';
import { makeFolder } from '../files/folder.js';
import { version } from '../version.js';
import type { Conversion, DataSet, Output } from './dataSet.js';
import { download } from './download.js';
import { writing } from './failures.js';
import { type Place, placesOf } from './place.js';
import { checksumOf } from './record.js';
import { type OriginalFacts, type OutputFacts, readIntact, type Source, writeSource } from './source.js';

export interface PrepareOptions {
  readonly folder: string;
  /** A path or an address in place of the authors' (see placesOf). */
  readonly from?: string;
  /** Whether an original has to have the checksum that is known of it. */
  readonly checksum: boolean;
  readonly idleSeconds: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (file: string, received: number, total: number | null) => void;
}

export interface Prepared {
  readonly source: Source;
  /** Whether all was there before. */
  readonly reused: boolean;
}

/**
 * Downloads and converts what is not there. Downloads are kept in the folder `original`; source.json comes last: where
 * it is new, all of it is.
 *
 * @throws GnvproError ERR_DOWNLOAD, ERR_CHECKSUM, ERR_DATA_FILE, ERR_MEMORY, ERR_OPTION; the reason of the signal
 */
export async function prepare(dataSet: DataSet, options: PrepareOptions): Promise<Prepared> {
  const { folder, from, signal } = options;
  const places = await placesOf(dataSet, from);
  await writing(folder, () => makeFolder(folder));
  const there = await reusable(dataSet, places, options);
  if (there !== null) return { source: there, reused: true };
  const taken: (OriginalFacts & { path: string })[] = [];
  for (const place of places) {
    taken.push(await ('path' in place ? local(place, options) : remote(place, options)));
    signal?.throwIfAborted();
  }
  const { outputs, facts = {} } = await convert(dataSet, taken);
  const files: OutputFacts[] = [];
  for (const output of outputs) {
    signal?.throwIfAborted();
    files.push(await write(folder, output));
  }
  const { name, title, authors, page, terms } = dataSet;
  const date = new Date().toISOString();
  const originals = taken.map(({ path: _, ...original }) => original);
  const source = {
    name,
    title,
    authors,
    page,
    terms,
    gnvpro: version,
    date,
    requested: from ?? null,
    originals,
    files,
    facts,
  };
  await writeSource(folder, source);
  return { source, reused: false };
}

/** What stands in the folder, unless another place is asked for. Files at hand are read anew: they may have changed. */
async function reusable(
  { name }: DataSet,
  places: readonly Place[],
  { folder, from, checksum, signal }: PrepareOptions,
): Promise<Source | null> {
  if (places.some((place) => 'path' in place)) return null;
  const source = await readIntact(folder, name, signal);
  if (source === null || (from !== undefined && from !== source.requested)) return null;
  return checksum && source.originals.some((original) => original.checksum === 'differs') ? null : source;
}

async function local(
  { original, path }: Extract<Place, { path: string }>,
  { checksum, signal }: PrepareOptions,
): Promise<OriginalFacts & { path: string }> {
  const { size } = await reading(path, () => stat(path));
  const sha256 = (await reading(path, () => checksumOf(path, signal))) as string;
  const judged = judge(sha256, original.sha256);
  if (checksum && judged === 'differs') {
    throw new GnvproError(
      'ERR_CHECKSUM',
      `Expected the SHA-256 ${original.sha256} for ${path} but received ${sha256}: it is damaged, incomplete, or ` +
        'another version. --no-checksum takes it all the same.',
    );
  }
  return {
    file: original.name,
    from: path,
    bytes: size,
    sha256,
    checksum: judged,
    date: new Date().toISOString(),
    path,
  };
}

async function remote(
  { original, address }: Extract<Place, { address: string }>,
  { folder, checksum, signal, idleSeconds, onProgress }: PrepareOptions,
): Promise<OriginalFacts & { path: string }> {
  const originals = join(folder, 'original');
  await writing(originals, () => makeFolder(originals));
  const path = join(originals, original.name);
  const { bytes, sha256, date } = await download(address, path, {
    sha256: checksum ? original.sha256 : null,
    signal,
    idleSeconds,
    onProgress: (received, total) => onProgress?.(original.name, received, total),
  });
  return { file: original.name, from: address, bytes, sha256, checksum: judge(sha256, original.sha256), date, path };
}

function judge(sha256: string, known: string | null): OriginalFacts['checksum'] {
  return known === null ? 'notKnown' : sha256 === known ? 'asKnown' : 'differs';
}

async function convert(dataSet: DataSet, taken: readonly (OriginalFacts & { path: string })[]): Promise<Conversion> {
  try {
    return await dataSet.convert(Object.fromEntries(taken.map(({ file, path }) => [file, path])));
  } catch (error) {
    const downloaded = taken.filter(({ from, path }) => from !== path);
    if (!(error instanceof GnvproError && error.code === 'ERR_DATA_FILE') || downloaded.length === 0) throw error;
    // A file without a known checksum may be anything. It stays, to be looked at.
    const whence = downloaded.map(({ path, from }) => `${path} comes from ${from}`).join(', ');
    const message = `${error.message} (${whence}; remove it to download it again.)`;
    throw new GnvproError(error.code, message, { cause: error });
  }
}

async function write(folder: string, { file, dtype, shape, content, bytes }: Output): Promise<OutputFacts> {
  const path = join(folder, file);
  const hash = createHash('sha256');
  function* hashed(): Generator<Uint8Array> {
    for (const piece of bytes()) {
      hash.update(piece);
      yield piece;
    }
  }
  await writing(path, () => writeAtomically(path, hashed()));
  return { file, dtype, shape, content, sha256: hash.digest('hex') };
}
