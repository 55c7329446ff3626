/**
 * Fuzzing guided by coverage: `npm run fuzz:guided -- [--seconds 600] [--keep] [names]`, one after the other. `program`
 * is the native verifier under libFuzzer, the address and the undefined-behaviour sanitizer; the other names are readers
 * of files. With --keep what was reached becomes the corpus, test/fuzz/corpus, which test/fuzz/corpus.test.ts replays.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, run, setup } from './setup.mjs';
import { clang, ensureSystemPackages } from './system-packages.mjs';

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '600' }, keep: { type: 'boolean', default: false } },
  allowPositionals: true,
});
setup();
const names = positionals.length > 0 ? positionals : ['program', 'model', 'checkpoint', 'npy', 'csv', 'label', 'mat'];
const failed = names.filter((name) => !(name === 'program' ? fuzzProgram() : fuzzReader(name)));
for (const name of failed) console.error(`Something was found in ${name}.`);
process.exitCode = failed.length === 0 ? 0 : 1;

function fuzzReader(name) {
  const args = ['--import=tsx', 'test/fuzz/guided.ts', name, values.seconds, String(randomInt(2 ** 20))];
  return succeeds(process.execPath, [...args, ...(values.keep ? ['--keep'] : [])]);
}

function fuzzProgram() {
  ensureSystemPackages(['clang']);
  run('cmake', ['-S', '.', '-B', 'build-fuzzer', '-DGNVPRO_FUZZER=ON', `-DCMAKE_CXX_COMPILER=${clang()}`]);
  run('cmake', ['--build', 'build-fuzzer', '--target', 'fuzz_program', '-j', '2']);
  const folder = mkdtempSync(join(tmpdir(), 'gnvpro-fuzz-'));
  const [inputs, least] = ['inputs', 'least'].map((name) => join(folder, name));
  for (const made of [inputs, least]) mkdirSync(made);
  corpus('unpack', inputs);
  const fuzzer = (...args) => succeeds('build-fuzzer/fuzz_program', ['-rss_limit_mb=4096', '-timeout=60', ...args]);
  const sound = fuzzer(`-max_total_time=${values.seconds}`, '-max_len=2048', '-print_final_stats=1', inputs);
  if (values.keep && sound && fuzzer('-merge=1', '-set_cover_merge=1', least, inputs)) corpus('pack', least);
  rmSync(folder, { recursive: true });
  return sound;
}

function corpus(action, folder) {
  run(process.execPath, ['--import=tsx', 'test/fuzz/programCorpus.ts', action, folder]);
}

function succeeds(command, args) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status === 0;
}
