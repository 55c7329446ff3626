/** @file Paths as callers write them. */
import { fileURLToPath } from 'node:url';
import { invalid } from '../validate/check.js';

export function checkPath(path: string | URL): string {
  if (typeof path === 'string' && path !== '') return path;
  if (typeof path === 'object' && path?.protocol === 'file:') return fileURLToPath(path.href);
  throw invalid('a path or a file: URL', 'path', path);
}
