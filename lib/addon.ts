/** @file Finds the addon and loads it; the only place that does. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { addressesLeft } from './addressSpace.js';
import { GnvproError } from './errors.js';

/**
 * The exports of the native addon.
 *
 * @throws GnvproError ERR_ADDON_MISSING, ERR_BLAS_SERIAL or ERR_MEMORY, with the cure
 */
export function loadAddon(): unknown {
  const root = packageRoot();
  if (root === null) throw new GnvproError('ERR_ADDON_MISSING', bundled);
  const require = createRequire(import.meta.url);
  try {
    const addon = withOneBlasThread(() => require('node-gyp-build')(root) as { stopAll(): void });
    // Node waits for running jobs before it exits; told to stop, they end at once.
    process.once('exit', () => addon.stopAll());
    return addon;
  } catch (cause) {
    const { code, message } = cause as GnvproError;
    if (code === 'ERR_BLAS_SERIAL' || code === 'ERR_MEMORY') throw new GnvproError(code, message, { cause });
    if (noMemory.test(message)) throw new GnvproError('ERR_MEMORY', `${tooLittle} (${message})`, { cause });
    throw new GnvproError('ERR_ADDON_MISSING', `${explain(message, root)}\n(${message})`, { cause });
  }
}

/** Words of the dynamic loader. */
const noMemory = /failed to map|cannot map|cannot allocate memory/i;
const tooLittle = 'There is not enough memory to load the native addon and OpenBLAS. Raise the limit (ulimit -v).';

/** Addresses of one thread of OpenBLAS: its buffer and its stack. */
const blasThreadBytes = 144 * 2 ** 20;

/**
 * OpenBLAS starts a thread for each core when it is loaded, and gives each a buffer: where the system refuses them, it
 * ends the process or asks without end. We use none of these threads. Only the main thread can say so, by the variable; a
 * worker has a copy of the environment, so that it needs room for them.
 */
function withOneBlasThread<R>(load: () => R): R {
  if (!isMainThread && addressesLeft() < availableParallelism() * blasThreadBytes) {
    throw new GnvproError('ERR_MEMORY', `${tooLittle} Or call info() in the main thread before the worker starts.`);
  }
  const { OPENBLAS_NUM_THREADS: before } = process.env;
  process.env.OPENBLAS_NUM_THREADS = '1';
  try {
    return load();
  } finally {
    if (before === undefined) delete process.env.OPENBLAS_NUM_THREADS;
    else process.env.OPENBLAS_NUM_THREADS = before;
  }
}

const bundled =
  'gnvpro was bundled: away from its package, the code does not find the native addon. Keep the package external and ' +
  "install it beside the bundle: --external:gnvpro (esbuild), externals: { gnvpro: 'node-commonjs gnvpro' } (webpack), " +
  "serverExternalPackages: ['gnvpro'] (Next.js). Only backend: 'js', the slow TypeScript backend, works in a bundle.";

/** The folder above lib/ or dist/; null where a bundler has taken this file out of it. */
function packageRoot(): string | null {
  try {
    const root = resolve(dirname(fileURLToPath(import.meta.url)), '..'); // no URL in a bundle that is CommonJS
    return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).name === 'gnvpro' ? root : null;
  } catch {
    return null;
  }
}

function explain(message: string, root: string): string {
  if (message.includes('libopenblas')) {
    return 'gnvpro needs OpenBLAS, which is not installed. Run: apt-get install libopenblas0-pthread (Debian, Ubuntu), dnf install openblas-threads (Fedora) or brew install openblas.';
  }
  return `The native addon of gnvpro is not built for ${process.platform}-${process.arch} and Node ${process.version}. Run ${buildCommand(root)}, or pass backend: 'js' for the slow TypeScript backend.`;
}

/** A clone has the set-up script; an installed package has the sources and binding.gyp. */
function buildCommand(root: string): string {
  const folder = JSON.stringify(root);
  const clone = existsSync(join(root, 'scripts/setup.mjs'));
  return clone ? `npm --prefix ${folder} run setup` : `npx node-gyp@12 rebuild --directory ${folder}`;
}
