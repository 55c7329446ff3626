/** Brings a clone to where the library runs: system packages, npm packages, native build, TypeScript build. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureSystemPackages, forBuild } from './system-packages.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Does what is not done yet; a second call starts nothing. */
export function setup() {
  requireNode(20, 19);
  installPackages();
  step('native addon', ['native', 'CMakeLists.txt', 'package.json'], 'build/Release', () => {
    ensureSystemPackages(forBuild);
    npm('run', 'build:native');
  });
  step('TypeScript', ['lib', 'scripts/schema.mjs', 'tsconfig.json', 'tsconfig.build.json'], 'dist', () =>
    npm('run', 'build:ts'),
  );
}

/** npm writes its hidden lock file last, so an interrupted installation counts as missing. */
export function installPackages(folder = '.', name = 'npm packages') {
  const changed = (path) => statSync(join(root, folder, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (changed('node_modules/.package-lock.json') >= changed('package-lock.json')) return;
  console.log(`Setting up: ${name} …`);
  npm('ci', '--prefix', folder);
}

/** Runs `work` unless `output` carries the stamp of these sources. */
export function step(name, sources, output, work) {
  const stampFile = join(root, output, '.gnvpro-stamp');
  const stamp = hash(sources);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  console.log(`Setting up: ${name} …`);
  work();
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
}

function hash(sources) {
  const digest = createHash('sha256');
  for (const file of sources.flatMap((source) => filesOf(join(root, source)))) {
    digest.update(relative(root, file)).update(readFileSync(file));
  }
  return digest.digest('hex');
}

function filesOf(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesOf(join(path, name)));
}

function npm(...args) {
  run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args);
}

/** Runs a command from the package root, its output shown; exits with its status where it fails. */
export function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status === 0) return;
  console.error(error?.message ?? `${command} ${args.join(' ')} ended with status ${status}.`);
  process.exit(status ?? 1);
}

function requireNode(major, minor) {
  const [foundMajor, foundMinor] = process.versions.node.split('.').map(Number);
  if (foundMajor > major || (foundMajor === major && foundMinor >= minor)) return;
  console.error(`gnvpro needs Node ${major}.${minor} or newer but runs on ${process.version}.`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup();
