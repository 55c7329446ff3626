/**
 * The self-contained addon of this platform, in prebuilds/ where the loader finds it: `npm run prebuild -- [--glibc 2.28]`,
 * the newest glibc that it may ask for. OPENBLAS_HOME names the prefix of a static OpenBLAS other than the system's.
 * What it is checked for: libraries it asks for, symbols it shows, and that it loads. (Run on Linux with glibc alone so far;
 * of musl, macOS and Windows nothing here has been tried.)
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installPackages, root, run } from './setup.mjs';
import { ensureSystemPackages, forBuild } from './system-packages.mjs';

const built = join(root, 'build/self-contained/gnvpro.node');
const { platform, arch } = process;

export function prebuild({ glibc = '2.34' } = {}) {
  installPackages();
  if (process.env.OPENBLAS_HOME === undefined) ensureSystemPackages(forBuild);
  const toolset = platform === 'win32' ? ['-t', 'ClangCL'] : [];
  const build = ['build', '-T', 'self-contained', '-p', '2', '-l', 'warn', ...toolset];
  run(process.execPath, ['node_modules/cmake-js/bin/cmake-js', ...build]);
  const complaints = [...foreignLibraries(), ...foreignSymbols(), ...tooNew(glibc)];
  if (complaints.length > 0) throw new Error(`The addon is not self-contained:\n  ${complaints.join('\n  ')}`);
  const { blas, core } = loads();
  const file = install();
  const floor = usesGlibc ? `, glibc ${glibcFloor()} or newer` : '';
  const size = (statSync(file).size / 1e6).toFixed(1);
  console.error(`${relative(root, file)}: ${size} MB${floor}, ${blas.trim()}, here ${core}`);
}

/** Of the C library, the compiler's that Node itself needs, and of the system. */
const allowed =
  /^(lib(c|m|gcc_s|pthread|dl|rt)\.so\.\d+|ld-linux.*|libc\.musl-.*|\/usr\/lib\/lib(System\.B|c\+\+\.1)\.dylib)$/;

function foreignLibraries() {
  const needed = {
    linux: () => matches(tell('objdump', '-p', built), /NEEDED +(\S+)/g),
    darwin: () => matches(tell('otool', '-L', built), /^\t(?!\S*gnvpro\.node)(\S+)/gm),
    win32: () => [],
  };
  return needed[platform]()
    .filter((name) => !allowed.test(name))
    .map((name) => `it needs ${name}`);
}

/** A symbol of OpenBLAS or the C++ library that others see may be mixed up with theirs. */
function foreignSymbols() {
  const shown = {
    linux: () => matches(tell('nm', '-D', '--defined-only', built), / [A-Za-z] (\S+)$/gm),
    darwin: () => matches(tell('nm', '-gU', built), / [A-Za-z] _(\S+)$/gm),
    win32: () => [],
  };
  return shown[platform]()
    .filter((name) => !/^(napi_register_module_v1|node_api_module_get_api_version_v1)$/.test(name))
    .map((name) => `it shows ${name}`);
}

const usesGlibc = process.report.getReport().header.glibcVersionRuntime !== undefined;

function tooNew(glibc) {
  return usesGlibc && newer(glibcFloor(), glibc) ? [`it needs glibc ${glibcFloor()}, newer than ${glibc}`] : [];
}

function glibcFloor() {
  const versions = matches(tell('objdump', '-T', built), /\bGLIBC_([\d.]+)/g);
  return versions.reduce((least, version) => (newer(version, least) ? version : least), '0');
}

function newer(a, b) {
  return a.localeCompare(b, 'en', { numeric: true }) > 0;
}

/** What info() of the file tells, in a process of its own. */
function loads() {
  const script = `console.log(JSON.stringify(require(${JSON.stringify(built)}).info()))`;
  return JSON.parse(tell(process.execPath, '-e', script));
}

function install() {
  const libc = platform !== 'linux' ? '' : usesGlibc ? '.glibc' : '.musl';
  const folder = join(root, 'prebuilds', `${platform}-${arch}`);
  const file = join(folder, `node.napi${libc}.node`);
  rmSync(`${file}.new`, { force: true });
  mkdirSync(folder, { recursive: true });
  copyFileSync(built, `${file}.new`);
  renameSync(`${file}.new`, file);
  return file;
}

function tell(command, ...args) {
  return execFileSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
}

function matches(text, pattern) {
  return [...new Set([...text.matchAll(pattern)].map(([, found]) => found))];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { glibc: { type: 'string' } } });
  prebuild(values);
}
