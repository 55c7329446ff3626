/** Types, lint and format, of TypeScript and of C++. `--fix` formats instead of complaining. */
import { globFiles } from './files.mjs';
import { run, setup } from './setup.mjs';
import { ensureSystemPackages } from './system-packages.mjs';

const fix = process.argv.includes('--fix');
setup();
ensureSystemPackages(['clang-format']);
const native = globFiles('native', /\.(cc|h)$/);
if (fix) {
  run('npx', ['biome', 'check', '--write', '.']);
  run('clang-format', ['-i', ...native]);
} else {
  run('npx', ['tsc', '-p', 'tsconfig.json']);
  run('npx', ['biome', 'check', '--error-on-warnings', '.']);
  run('clang-format', ['--dry-run', '-Werror', ...native]);
  console.log('Types, lint and format are clean.');
}
