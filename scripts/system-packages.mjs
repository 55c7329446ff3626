/** Finds what the native build and some checks need from the system, and installs it where that is allowed. Plain Node: runs before npm ci. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What is needed, how to see that it is there, and what each package manager calls it. */
const needs = {
  compiler: {
    there: () => onPath('g++') || onPath('c++'),
    apt: 'g++',
    dnf: 'gcc-c++',
    apk: 'g++',
    pacman: 'gcc',
    brew: 'gcc',
  },
  make: { there: () => onPath('make'), apt: 'make', dnf: 'make', apk: 'make', pacman: 'make', brew: 'make' },
  cmake: { there: () => onPath('cmake'), apt: 'cmake', dnf: 'cmake', apk: 'cmake', pacman: 'cmake', brew: 'cmake' },
  OpenBLAS: {
    there: () => inLibraries(/^libopenblasp?\.(so|dylib)$/),
    apt: 'libopenblas-dev',
    dnf: 'openblas-devel openblas-threads',
    apk: 'openblas-dev',
    pacman: 'openblas',
    brew: 'openblas',
  },
  Highway: {
    there: () => inIncludes('hwy/highway.h'),
    apt: 'libhwy-dev',
    dnf: 'highway-devel',
    apk: 'highway-dev',
    pacman: 'highway',
    brew: 'highway',
  },
  'clang-format': {
    there: () => onPath('clang-format'),
    apt: 'clang-format',
    dnf: 'clang-tools-extra',
    apk: 'clang-extra-tools',
    pacman: 'clang',
    brew: 'clang-format',
  },
  QEMU: {
    there: () => onPath('qemu-x86_64'),
    apt: 'qemu-user',
    dnf: 'qemu-user',
    apk: 'qemu-x86_64',
    pacman: 'qemu-user',
    brew: 'qemu',
  },
  clang: {
    there: () => clang() !== undefined,
    apt: 'clang',
    dnf: 'clang',
    apk: 'clang',
    pacman: 'clang',
    brew: 'llvm',
  },
  Chromium: {
    there: () => ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].some(onPath),
    apt: 'chromium',
    dnf: 'chromium',
    apk: 'chromium',
    pacman: 'chromium',
    brew: 'chromium',
  },
};

const managers = [
  { name: 'apt', command: 'apt-get', install: 'apt-get install -y' },
  { name: 'dnf', command: 'dnf', install: 'dnf install -y' },
  { name: 'apk', command: 'apk', install: 'apk add' },
  { name: 'pacman', command: 'pacman', install: 'pacman -S --needed --noconfirm' },
  { name: 'brew', command: 'brew', install: 'brew install' },
];

export const forBuild = ['compiler', 'make', 'cmake', 'OpenBLAS', 'Highway'];

/** Installs those of `names` that are missing, by apt as root or with `sudo -n`; else says how and exits with 1. */
export function ensureSystemPackages(names) {
  const missing = missingSystemPackages(names);
  if (missing.length === 0) return;
  console.log(`Missing on this system: ${missing.join(', ')}.`);
  if (installByApt(missing)) return;
  console.error(howToInstall(missing));
  process.exit(1);
}

export function missingSystemPackages(names) {
  return names.filter((name) => !needs[name].there());
}

/** A line for each package manager. */
export function howToInstall(missing) {
  const lines = managers.map(({ name, install }) => {
    const sudo = name === 'brew' || isRoot() ? '' : 'sudo ';
    return `  ${sudo}${install} ${missing.map((need) => needs[need][name]).join(' ')}`;
  });
  return [`Install ${missing.length === 1 ? 'it' : 'them'} with one of:`, ...lines].join('\n');
}

function installByApt(missing) {
  const sudo = isRoot() ? [] : ['sudo', '-n'];
  if (!onPath('apt-get') || (sudo.length > 0 && spawnSync('sudo', ['-n', 'true']).status !== 0)) return false;
  const packages = missing.map((name) => needs[name].apt);
  console.log(`Installing ${packages.join(' ')} …`);
  const apt = (...args) => {
    const [command, ...rest] = [...sudo, 'apt-get', ...args];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    return spawnSync(command, rest, { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0;
  };
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);
  return (install() || (apt('update') && install())) && missing.every((name) => needs[name].there());
}

/** The compiler for fuzzing, also by the names that Debian gives to versions; undefined where there is none. */
export function clang() {
  return ['clang++', ...[19, 18, 17, 16, 15, 14].map((version) => `clang++-${version}`)].find(onPath);
}

function isRoot() {
  return process.getuid?.() === 0;
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

function inLibraries(pattern) {
  const roots = [
    '/usr/lib',
    '/usr/lib64',
    '/usr/local/lib',
    '/opt/homebrew/opt/openblas/lib',
    '/usr/local/opt/openblas/lib',
  ];
  return roots.some((root) =>
    foldersBelow(root).some((folder) => readdirSync(folder).some((file) => pattern.test(file))),
  );
}

/** The folder, its subfolders, and theirs by the name of OpenBLAS: enough for Debian's architecture folders. */
function foldersBelow(root) {
  if (!existsSync(root)) return [];
  const inside = (folder, wanted) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && wanted.test(entry.name))
      .map((entry) => join(folder, entry.name));
  const first = inside(root, /-linux-|openblas/);
  return [root, ...first, ...first.flatMap((folder) => inside(folder, /openblas/))];
}

function inIncludes(header) {
  return ['/usr/include', '/usr/local/include', '/opt/homebrew/include'].some((folder) =>
    existsSync(join(folder, header)),
  );
}
