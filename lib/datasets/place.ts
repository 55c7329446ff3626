/** @file Where the originals of a data set are taken from: their addresses, another address, or files at hand. */
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileError, reading } from '../files/fileError.js';
import { invalid } from '../validate/check.js';
import type { DataSet, Original } from './dataSet.js';

/** One original and where it is taken from. */
export type Place =
  | { readonly original: Original; readonly address: string }
  | { readonly original: Original; readonly path: string };

/**
 * `from`: undefined; an address of the file, or one that ends in `/` below which the files lie; a file, or a folder of
 * the files. Throws ERR_OPTION, ERR_DATA_FILE.
 */
export async function placesOf({ originals }: DataSet, from: string | undefined): Promise<readonly Place[]> {
  if (from === undefined) return originals.map((original) => ({ original, address: original.address }));
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(from)) return addresses(originals, from);
  return files(originals, resolve(from));
}

function addresses(originals: readonly Original[], from: string): Place[] {
  const base = URL.canParse(from) ? new URL(from) : null;
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw invalid('a path, or an address that begins with http:// or https://,', '--from', from);
  }
  if (base.pathname.endsWith('/')) {
    return originals.map((original) => ({ original, address: new URL(original.name, base).href }));
  }
  if (originals.length === 1) return [{ original: originals[0], address: base.href }];
  const names = originals.map(({ name }) => name).join(' and ');
  throw invalid(`an address that ends in /, below which ${names} lie,`, '--from', from);
}

/** A file stands for the first original; the others lie beside it. */
async function files(originals: readonly Original[], from: string): Promise<Place[]> {
  const isFolder = (await reading(from, () => stat(from))).isDirectory();
  const folder = isFolder ? from : dirname(from);
  const places: Place[] = [];
  for (const [i, original] of originals.entries()) {
    places.push({ original, path: i === 0 && !isFolder ? from : await fileIn(folder, original) });
  }
  return places;
}

async function fileIn(folder: string, { name, alsoNamed = [] }: Original): Promise<string> {
  for (const candidate of [name, ...alsoNamed]) {
    const path = join(folder, candidate);
    const found = await stat(path).catch(() => null);
    if (found !== null) return path;
  }
  throw fileError(`Expected ${[name, ...alsoNamed].join(' or ')} in the folder ${folder} but it has no such file.`);
}
