/** The packed package on a machine that has nothing but Node: tarballs, fresh folders, and processes that see no more. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { root } from './setup.mjs';

const npm = realpathSync(
  process.env.npm_execpath ??
    join(
      process.env.PATH.split(delimiter).find((folder) => readdirIfThere(folder).includes('npm')),
      'npm',
    ),
);

/** Packs a folder into another; the path of the tarball. */
export function pack(destination, folder = root) {
  mkdirSync(destination, { recursive: true });
  const told = check(
    spawn(process.execPath, [npm, 'pack', '--silent', '--pack-destination', destination], { cwd: folder }),
  );
  return join(destination, basename(told.stdout.trim().split('\n').at(-1)));
}

/** Whether processes here can be given a view of their own, of the files and of the network. */
const views = [['unshare'], ['unshare', '-r']].find(
  ([command, ...args]) =>
    spawnSync(command, [...args, '-m', '-n', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0,
);
export const canHide = views !== undefined;

/** A fresh folder for a project, with nothing on its path but `node`, npm and a shell; dispose() removes it. */
export function bareMachine(node = process.execPath) {
  const home = mkdtempSync(join(tmpdir(), 'gnvpro-bare-'));
  const [bin, project] = [join(home, 'bin'), join(home, 'project')];
  for (const folder of [bin, project]) mkdirSync(folder);
  for (const [name, target] of Object.entries({ node: realpathSync(node), npm, sh: '/bin/sh' }))
    symlinkSync(target, join(bin, name));
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');

  /** Runs a command there with OpenBLAS and gfortran's library out of sight where they can be hidden. */
  function run(command, args, { network = true } = {}) {
    const shown = canHide
      ? [...views, '-m', ...(network ? [] : ['-n']), '/bin/sh', '-c', hide, 'sh', command]
      : [command];
    // The settings of npm that a parent npm put there would come along; HOME keeps its cache.
    const own = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|GNVPRO_|OPENBLAS_|LD_)/i.test(name));
    const env = { ...Object.fromEntries(own), PATH: bin };
    return spawn(shown[0] === 'unshare' ? '/usr/bin/unshare' : shown[0], [...shown.slice(1), ...args], {
      cwd: project,
      env,
    });
  }

  return {
    project,
    run,
    install: (...tarballs) =>
      run(join(bin, 'npm'), [
        'install',
        '--ignore-scripts',
        '--prefer-offline',
        '--no-audit',
        '--no-fund',
        ...tarballs,
      ]),
    /** Runs a module. `under`: what runs node. */
    node(code, { under = [], ...options } = {}) {
      const file = join(project, 'script.mjs');
      writeFileSync(file, code);
      const [command, ...args] = [...under, join(bin, 'node'), file];
      return run(command, args, options);
    },
    cli: (...args) => run(join(bin, 'node'), [join(project, 'node_modules/gnvpro/dist/cli/main.js'), ...args]),
    dispose: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** In a mount namespace: empty folders and files over the libraries. Their names stay, so that the loader stumbles. */
const hide = `
for file in /usr/lib/*/libopenblas* /usr/lib*/libopenblas* /usr/lib/*/libblas.so* /usr/lib/*/libgfortran.so*; do
  if [ -f "$file" ]; then /bin/mount --bind /dev/null "$file"; fi
done
exec "$@"`;

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

function readdirIfThere(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
