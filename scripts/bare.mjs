/** The packed package on a machine that has nothing but Node: tarballs, fresh folders, and processes that see no more. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { root } from './setup.mjs';

const npm = realpathSync(process.env.npm_execpath ?? onPath('npm'));

/** Packs a folder into another; the path of the tarball. */
export function pack(destination, folder = root) {
  mkdirSync(destination, { recursive: true });
  const told = check(
    spawn(process.execPath, [npm, 'pack', '--silent', '--pack-destination', destination], { cwd: folder }),
  );
  return join(destination, basename(told.stdout.trim().split('\n').at(-1)));
}

/** Paths of the files that a tarball of the folder would hold. */
export function listPacked(folder = root) {
  const args = [npm, 'pack', '--dry-run', '--json', '--ignore-scripts'];
  const [{ files }] = Object.values(JSON.parse(check(spawn(process.execPath, args, { cwd: folder })).stdout));
  return files.map(({ path }) => path);
}

/** How to give a process views of its own of files and network; null where that is not allowed. */
const unshare =
  [['/usr/bin/unshare'], ['/usr/bin/unshare', '-r']].find(
    ([command, ...args]) =>
      spawnSync(command, [...args, '-m', '-n', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0,
  ) ?? null;
export const canHide = unshare !== null;

/** In such a view: empty files over the libraries, whose names stay, so that a loader stumbles over them. */
const hideOpenBlas = `
for file in /usr/lib/*/libopenblas* /usr/lib*/libopenblas* /usr/lib/*/libblas.so* /usr/lib/*/libgfortran.so*; do
  if [ -f "$file" ]; then /bin/mount --bind /dev/null "$file"; fi
done
exec "$@"`;

/** A fresh project, with nothing on its path but `node`, npm and a shell, and no OpenBLAS in sight where it can be hidden. */
export function bareMachine(node = process.execPath) {
  const home = mkdtempSync(join(tmpdir(), 'gnvpro-bare-'));
  const [bin, project] = [join(home, 'bin'), join(home, 'project')];
  for (const folder of [bin, project]) mkdirSync(folder);
  const programs = { node: realpathSync(node), npm, sh: '/bin/sh' };
  for (const [name, target] of Object.entries(programs)) symlinkSync(target, join(bin, name));
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  // What npm, the tests and this machine have set for their own purposes would come along.
  const foreign = /^(npm_|NODE_|GNVPRO_|OPENBLAS_|LD_|TAP)/i;
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const env = { ...Object.fromEntries(inherited), PATH: bin };

  function run(command, args, { network = true } = {}) {
    const view = canHide ? [...unshare, '-m', ...(network ? [] : ['-n']), '/bin/sh', '-c', hideOpenBlas, 'sh'] : [];
    const [first, ...rest] = [...view, command, ...args];
    return spawn(first, rest, { cwd: project, env });
  }

  return {
    project,
    run,
    install(...what) {
      const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
      return run(join(bin, 'npm'), ['install', ...flags, ...what]);
    },
    /** Runs a module; `under` runs node itself. */
    node(code, { under = [], ...options } = {}) {
      const file = join(project, 'script.mjs');
      writeFileSync(file, code);
      const [command, ...args] = [...under, join(bin, 'node'), file];
      return run(command, args, options);
    },
    gnvpro: (...args) => run(join(bin, 'node'), [join(project, 'node_modules/gnvpro/dist/cli/main.js'), ...args]),
    dispose: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** What the packed README shows first, as a module of the project. */
export function readmeExample(project) {
  const readme = readFileSync(join(project, 'node_modules/gnvpro/README.md'), 'utf8');
  return `import { info } from 'gnvpro';\n${/```js\n([\s\S]*?)```/.exec(readme)[1]}
console.log(JSON.stringify({ node: process.version, ...info() }));`;
}

/** Bytes of the installed package, and of all that came with it; how many packages these are. */
export function sizeOf(project) {
  const modules = join(project, 'node_modules');
  const bytes = (folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  const { packages } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'));
  return { unpacked: bytes(join(modules, 'gnvpro')), all: bytes(modules), packages: Object.keys(packages).length };
}

/** What came out of a process that had to succeed. */
export function check(ended) {
  if (ended.status !== 0)
    throw new Error(`${ended.command} ended with ${ended.status}\n${ended.stdout}\n${ended.stderr}`);
  return ended;
}

function spawn(command, args, options) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...options,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (error !== undefined) throw error;
  return { command: [command, ...args].join(' '), status, stdout, stderr };
}

function onPath(program) {
  const files = process.env.PATH.split(delimiter).map((folder) => join(folder, program));
  return files.find((file) => existsSync(file)) ?? program;
}
