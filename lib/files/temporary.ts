/** @file Temporary files of writers. Their names tell whose they are, so that those of killed writers can be swept. */
import { randomBytes } from 'node:crypto';
import { lstatSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { digest } from './digest.js';

export interface Temporary {
  readonly path: string;
  /** Open for writing. */
  readonly fd: number;
}

const unfinished = new Set<string>();

/**
 * Makes an empty file in `folder`; it goes when the process ends before `removeTemporary`, unless it is killed. Synchronous, so
 * that at no moment there is a file that nobody would remove. Throws errors of the file system.
 */
export function createTemporary(folder: string, mode: number): Temporary {
  const name = `.gnvpro-${place()}-${process.pid}-${randomBytes(6).toString('hex')}.tmp`; // short: names have limits
  const path = join(folder, name);
  const fd = openSync(path, 'wx', mode);
  if (unfinished.size === 0) process.once('exit', removeUnfinished);
  unfinished.add(path);
  return { path, fd };
}

/** Removes a temporary file, or does nothing where it has got its name. */
export function removeTemporary(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Its folder has become unwritable. A later writer sweeps it.
  }
  unfinished.delete(path);
  if (unfinished.size === 0) process.off('exit', removeUnfinished);
}

function removeUnfinished(): void {
  for (const path of unfinished) removeTemporary(path);
}

/** The place where a number means one process: a machine since its start and, in it, a container. */
function place(): string {
  const facts = [hostname(), orEmpty(bootOf), orEmpty(() => readlinkSync('/proc/self/ns/pid'))];
  return digest(facts.join('\n')).slice(0, 8);
}

const bootOf = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');

/** Linux tells; others do not. */
function orEmpty(fact: () => string): string {
  try {
    return fact();
  } catch {
    return '';
  }
}

const namePattern = /^\.gnvpro-([\da-f]{8})-(\d+)-[\da-f]{12}\.tmp$/;
const swept = new Set<string>();

/** Removes what killed writers left in a folder, the first time that this process writes there. */
export function sweep(folder: string): void {
  if (swept.has(folder)) return;
  swept.add(folder);
  for (const name of orNone(() => readdirSync(folder))) {
    const path = join(folder, name);
    // What cannot be removed does no harm.
    orNone(() => (isAbandoned(name, path) ? [rmSync(path, { force: true })] : []));
  }
}

function orNone<T>(list: () => T[]): T[] {
  try {
    return list();
  } catch {
    return [];
  }
}

/** Milliseconds without a byte written that no living writer needs. */
const longestPause = 86_400_000;

function isAbandoned(name: string, path: string): boolean {
  const [, where, pid] = namePattern.exec(name) ?? [];
  const found = where === undefined ? undefined : lstatSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) return false;
  return (where === place() && !isAlive(Number(pid))) || Date.now() - found.mtimeMs > longestPause;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'; // EPERM: it lives, and is somebody else's
  }
}
