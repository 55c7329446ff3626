/** @file Where the package lies, for what it brings beside its code. */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder above lib/ or dist/; null where a bundler has taken this file out of it. */
export function packageFolder(): string | null {
  try {
    const folder = resolve(dirname(fileURLToPath(import.meta.url)), '..'); // no URL in a bundle that is CommonJS
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name === 'gnvpro' ? folder : null;
  } catch {
    return null;
  }
}
