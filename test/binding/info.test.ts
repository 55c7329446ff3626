import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import t from 'tap';
import { info, loadNative } from '../../lib/binding.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

t.test('says what it is built with and runs on', async (t) => {
  const facts = info();
  t.match(facts.blas, /OpenBLAS/);
  t.ok(facts.core.length > 0, 'a kernel by name');
  t.ok(facts.blasParallel === 1 || facts.blasParallel === 2, 'a thread-safe OpenBLAS');
  t.ok(facts.simd.length > 0, 'an instruction set by name');
  t.ok(Number.isInteger(facts.hardwareThreads) && facts.hardwareThreads >= 1);
  t.match(facts.compiler, /\d/);
  t.equal(facts.napi, 8);
});

t.test('is loaded once', async (t) => {
  t.equal(loadNative(), loadNative());
});

t.test('without the addon the error has a code and names the command', async (t) => {
  t.intercept(process, 'env', { value: { ...process.env, GNVPRO_PREBUILD: undefined } }); // else it is found there
  const folder = mkdtempSync(join(tmpdir(), 'gnvpro-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const part of ['lib', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const bare = await import(pathToFileURL(join(folder, 'lib/binding.ts')).href);
  t.throws(() => bare.loadNative(), {
    name: 'GnvproError',
    code: 'ERR_ADDON_MISSING',
    message: /^gnvpro brings no native addon for .* install .* then run: npx gnvpro build\./,
  });
});
