/**
 * The addon under the address and undefined-behaviour sanitizers: its build, and the environment that loads it. It has
 * failures on demand besides, for test/faults; without a demand nothing fails.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root, run } from './setup.mjs';

const folder = 'build-asan';

/** Builds what is not built yet; resolves to the environment of the processes that are to use it. */
export function sanitized() {
  console.log('Building with -fsanitize=address,undefined …');
  const options = ['--CDGNVPRO_SANITIZE=ON', '--CDGNVPRO_FAULTS=ON'];
  run('npx', ['cmake-js', 'build', '-O', `${folder}/build`, '-p', '2', ...options]);
  return {
    GNVPRO_PREBUILD: join(root, folder),
    LD_PRELOAD: execFileSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim(),
    ASAN_OPTIONS: 'detect_leaks=0',
    UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
  };
}
