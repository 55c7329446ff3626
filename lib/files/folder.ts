/** @file Folders that are made where they do not exist. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileError } from './fileError.js';

/**
 * Makes a folder and those above it. (Node's own recursive mkdir tries for ever below folders that take none, as /proc.)
 * Throws ERR_DATA_FILE where a file has the name, and errors of the file system.
 */
export async function makeFolder(path: string): Promise<void> {
  const missing: string[] = [];
  for (let folder = resolve(path); !(await isFolder(folder)); folder = dirname(folder)) missing.push(folder);
  for (const folder of missing.reverse()) await makeOne(folder);
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || path === dirname(path)) throw error;
    return null;
  });
  if (found !== null && !found.isDirectory()) throw fileError(`Expected a folder but ${path} is none.`);
  return found !== null;
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await isFolder(path))) return; // another process was first
    if (code === 'EEXIST') throw fileError(`Expected a folder but ${path} is a link that leads nowhere.`, error);
    if (code === 'ENOENT') throw fileError(`${dirname(path)} takes no new folders: ${message}.`, error);
    throw error;
  }
}
