/** What is slow or needs more: test/full, then the native border under the address and undefined-behaviour sanitizers. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { globFiles } from './files.mjs';
import { root, run, setup } from './setup.mjs';
import { conclude, tap } from './tap.mjs';

setup();
const slow = existsSync(join(root, 'test/full')) ? globFiles('test/full', /\.test\.ts$/) : [];
const results = slow.length > 0 ? [await tap(slow)] : [];

console.log('Building with -fsanitize=address,undefined …');
run('npx', ['cmake-js', 'build', '-O', 'build-asan/build', '-p', '2', '--CDGNVPRO_SANITIZE=ON']);
const library = execFileSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
const native = globFiles('test', /\.test\.ts$/).filter((file) => /^test\/(native|binding|conformance)\//.test(file));
results.push(
  await tap(native, {
    GNVPRO_PREBUILD: join(root, 'build-asan'),
    LD_PRELOAD: library,
    ASAN_OPTIONS: 'detect_leaks=0',
    UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
  }),
);

const sum = (name) => results.reduce((total, result) => total + result[name], 0);
conclude({ passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), status: sum('status') });
