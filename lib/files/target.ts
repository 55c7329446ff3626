/** @file Where a path to write leads: to a file that is replaced, or to what has to be written in place. */
import { constants, type Stats } from 'node:fs';
import { open, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { fileError } from './fileError.js';

export type Target =
  /** `old`: the file there now; null where there is none. */
  | { readonly kind: 'file'; readonly path: string; readonly old: Stats | null }
  /** A pipe, a device, or what a descriptor of a process is open on. */
  | { readonly kind: 'inPlace'; readonly path: string }
  | { readonly kind: 'standardStream'; readonly stream: NodeJS.WriteStream };

/**
 * Follows symbolic links, also those that lead to no file yet. Throws what a writer would meet: an error of the file
 * system (EISDIR, EACCES, ELOOP …) or ERR_DATA_FILE, before anything is written.
 */
export async function targetOf(path: string): Promise<Target> {
  const end = await endOf(path);
  if (end.isDescriptor) return descriptor(end.path);
  const old = await stat(end.path).catch(nullIfMissing);
  if (old === null) return { kind: 'file', path: end.path, old };
  if (old.isFile() || old.isDirectory()) {
    // The system knows best what forbids it: permissions, a folder, a file system that is read only.
    await (await open(end.path, constants.O_WRONLY)).close();
    return { kind: 'file', path: end.path, old };
  }
  if (old.isFIFO() || old.isCharacterDevice()) return { kind: 'inPlace', path: end.path };
  throw fileError(`Expected a file, a pipe or a device like /dev/null to write but ${path} is ${wordOf(old)}.`);
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code !== 'ENOENT') throw error;
  return null;
}

function wordOf(stats: Stats): string {
  return stats.isSocket() ? 'a socket' : stats.isBlockDevice() ? 'a disk' : 'none of them';
}

interface End {
  readonly path: string;
  readonly isDescriptor: boolean;
}

/** Linux follows as many. */
const mostLinks = 40;

async function endOf(path: string): Promise<End> {
  let at = path;
  for (let links = 0; links <= mostLinks; links++) {
    const folder = await realpath(dirname(at));
    const here = join(folder, basename(at));
    if (isDescriptor(here)) return { path: here, isDescriptor: true };
    const link = await readlink(here).catch(() => null);
    if (link === null) return { path: here, isDescriptor: false };
    at = isAbsolute(link) ? link : `${folder}/${link}`; // not joined: `..` starts where the folders before it lead
  }
  await stat(path); // throws ELOOP
  throw fileError(`${path} leads through more than ${mostLinks} symbolic links.`);
}

const descriptorPattern = /^\/(?:proc\/(\d+)(?:\/task\/\d+)?|dev)\/fd\/(\d+)$/;

function isDescriptor(path: string): boolean {
  return descriptorPattern.test(path);
}

/** What the standard streams are open on has a position, which a second opening would not share. */
function descriptor(path: string): Target {
  const [, pid = String(process.pid), number] = descriptorPattern.exec(path) as RegExpExecArray;
  const isOurs = pid === String(process.pid);
  if (isOurs && number === '1') return { kind: 'standardStream', stream: process.stdout };
  if (isOurs && number === '2') return { kind: 'standardStream', stream: process.stderr };
  return { kind: 'inPlace', path };
}
