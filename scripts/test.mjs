/** The README's second command: sets up, then proves the mathematics. Arguments choose test files and folders. */
import { statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { globFiles } from './files.mjs';
import { rooms } from './rooms.mjs';
import { root, setup } from './setup.mjs';
import { conclude, tap } from './tap.mjs';

setup();
const pattern = /\.test\.ts$/;
const chosen = process.argv.slice(2).map((path) => relative(root, path));
const files =
  chosen.length > 0
    ? chosen.flatMap((path) => (statSync(join(root, path)).isDirectory() ? globFiles(path, pattern) : [path]))
    : globFiles('test', pattern).filter((file) => !file.startsWith('test/full/'));
conclude(await tap(rooms(files)));
