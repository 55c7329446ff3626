/**
 * `npm test`: sets up, then proves the mathematics. Arguments choose test files and folders; with
 * `--prebuilt`, the addon in prebuilds/ is tested, and nothing is built.
 */
import { mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { globFiles } from './files.mjs';
import { rooms } from './rooms.mjs';
import { root, setup } from './setup.mjs';
import { conclude, tap } from './tap.mjs';

const { values, positionals } = parseArgs({ options: { prebuilt: { type: 'boolean' } }, allowPositionals: true });
if (!values.prebuilt) setup();
const pattern = /\.test\.ts$/;
const chosen = positionals.map((path) => relative(root, path));
const files =
  chosen.length > 0
    ? chosen.flatMap((path) => (statSync(join(root, path)).isDirectory() ? globFiles(path, pattern) : [path]))
    : globFiles('test', pattern).filter((file) => !file.startsWith('test/full/'));
conclude(await tap(rooms(files), values.prebuilt ? prebuiltOnly() : {}));

/** The loader prefers build/, which a folder of its own does not have. */
function prebuiltOnly() {
  const folder = mkdtempSync(join(tmpdir(), 'gnvpro-prebuilt-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(join(root, 'prebuilds'), join(folder, 'prebuilds'), 'dir');
  return { GNVPRO_PREBUILD: folder };
}
