/**
 * Rooms of tests: the files of a folder below test share a process, since to start one takes longer than most files.
 * A file that says `@alone` has a process of its own, as it changes its process or takes long.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** A process for each: where they are slow, or may end it. */
export function apart(files) {
  return files.map((file) => [file]);
}

/** Lists of files, those first that are likely to take long, so that none of them runs by itself at the end. */
export function rooms(files) {
  const shared = new Map();
  const alone = [];
  for (const file of files) {
    const [, folder] = file.split('/');
    if (readFileSync(join(root, file), 'utf8').includes('@alone')) alone.push([file]);
    else if (shared.has(folder)) shared.get(folder).push(file);
    else shared.set(folder, [file]);
  }
  return [...alone, ...[...shared.values()].sort((a, b) => b.length - a.length)];
}
