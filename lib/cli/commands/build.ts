/** @file `gnvpro build`: the addon from the sources in the package, where none that is built fits. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { info } from '../../binding.js';
import { GnvproError } from '../../errors.js';
import { packageFolder } from '../../packageFolder.js';
import { answer, remark } from '../output.js';

/** What the set-up of a clone knows of systems. */
interface SystemPackages {
  readonly forBuild: readonly string[];
  missingSystemPackages(names: readonly string[]): string[];
  howToInstall(missing: readonly string[]): string;
}

export async function buildCommand(): Promise<number> {
  const folder = packageFolder();
  if (folder === null) throw new GnvproError('ERR_BUILD', 'The sources are not here: gnvpro was bundled.');
  const url = pathToFileURL(join(folder, 'scripts/system-packages.mjs')).href;
  expectPackages((await import(url)) as SystemPackages);
  expectWritable(folder);
  const build = join(folder, 'build');
  rmSync(join(build, 'CMakeCache.txt'), { force: true }); // may be of another place, compiler or OpenBLAS
  const output = ['LIBRARY', 'RUNTIME'].map(
    (kind) => `-DCMAKE_${kind}_OUTPUT_DIRECTORY_RELEASE=${join(build, 'Release')}`,
  );
  cmake('-S', folder, '-B', build, '-DCMAKE_BUILD_TYPE=Release', ...output);
  cmake('--build', build, '--config', 'Release', '--parallel', String(availableParallelism()));
  const { blas, core } = info();
  answer(`The addon is built and loads: ${join(build, 'Release')}, ${blas.trim()}, kernels for ${core}.`);
  return 0;
}

function expectPackages({ forBuild, missingSystemPackages, howToInstall }: SystemPackages): void {
  const missing = missingSystemPackages(forBuild);
  if (missing.length === 0) return;
  throw new GnvproError('ERR_BUILD', `Missing on this system: ${missing.join(', ')}. ${howToInstall(missing)}`);
}

function expectWritable(folder: string): void {
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new GnvproError('ERR_BUILD', `${folder} cannot be written. Run gnvpro build as its owner.`, { cause });
  }
}

/** Shows all that CMake says on standard error. */
function cmake(...args: readonly string[]): void {
  remark(`cmake ${args.join(' ')}`);
  const { status, error } = spawnSync('cmake', args, { stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  const reason = error?.message ?? `it ended with status ${status}`;
  throw new GnvproError('ERR_BUILD', `CMake could not build the addon (${reason}); its messages are above.`);
}
