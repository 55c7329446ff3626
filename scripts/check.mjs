/** Types, lint and format, of TypeScript and of C++. `--fix` formats instead of complaining. */
import { spawnSync } from 'node:child_process';
import { globFiles } from './files.mjs';
import { root, run, setup } from './setup.mjs';
import { ensureSystemPackages } from './system-packages.mjs';

const fix = process.argv.includes('--fix');
setup();
ensureSystemPackages(['clang-format']);
const native = globFiles('native', /\.(cc|h)$/);
if (fix) {
  run('npx', ['biome', 'check', '--write', '.']);
  run('clang-format', ['-i', ...native]);
} else {
  // All of them, so that one run shows everything there is to mend.
  const failed = [
    ['npx', 'tsc', '-p', 'tsconfig.json'],
    ['npx', 'biome', 'check', '--error-on-warnings', '--max-diagnostics=200', '.'],
    ['clang-format', '--dry-run', '-Werror', ...native],
  ].filter(([command, ...args]) => spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status !== 0);
  for (const [command, tool] of failed) console.error(`Not clean: ${command === 'npx' ? tool : command}.`);
  if (failed.length === 0) console.log('Types, lint and format are clean.');
  process.exitCode = failed.length === 0 ? 0 : 1;
}
