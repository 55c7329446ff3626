import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './setup.mjs';

/** Files below `folder` whose path matches, relative to the package root, sorted. */
export function globFiles(folder, pattern) {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .filter((path) => pattern.test(path))
    .sort();
}
