/** @file Finds the addon and loads it; the only place that does. */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { addonMissing, thisSystem } from './addonMissing.js';
import { addressesLeft } from './addressSpace.js';
import { GnvproError } from './errors.js';
import { packageFolder } from './packageFolder.js';

/**
 * The exports of the native addon.
 *
 * @throws GnvproError ERR_ADDON_MISSING, ERR_BLAS_SERIAL or ERR_MEMORY, with the cure
 */
export function loadAddon(): unknown {
  const folder = packageFolder();
  if (folder === null) throw new GnvproError('ERR_ADDON_MISSING', bundled);
  const load = createRequire(import.meta.url); // a bundler would read `require` as its own
  try {
    const file = findAddon(folder, load);
    const addon = withOneBlasThread(() => load(file) as { stopAll(): void });
    // Node waits for running jobs before it exits; told to stop, they end at once.
    process.once('exit', () => addon.stopAll());
    return addon;
  } catch (cause) {
    const { code, message } = cause as GnvproError;
    if (code === 'ERR_BLAS_SERIAL' || code === 'ERR_MEMORY') throw new GnvproError(code, message, { cause });
    if (noMemory.test(message)) throw new GnvproError('ERR_MEMORY', `${tooLittle} (${message})`, { cause });
    throw new GnvproError('ERR_ADDON_MISSING', addonMissing(message, thisSystem()), { cause });
  }
}

/** The file: built here (build/), brought along (prebuilds/), or brought by the package of this platform beside ours. */
function findAddon(folder: string, load: NodeJS.Require): string {
  const { resolve } = load('node-gyp-build') as { resolve(folder: string): string };
  try {
    return resolve(folder);
  } catch (cause) {
    for (const name of platformPackages()) {
      try {
        return resolve(dirname(load.resolve(`${name}/package.json`)));
      } catch {
        // Not installed, or for another C library.
      }
    }
    throw cause;
  }
}

function platformPackages(): string[] {
  const { platform, arch } = process;
  const systems = platform === 'linux' ? ['linux', 'linuxmusl'] : [platform];
  return systems.map((system) => `gnvpro-${system}-${arch}`);
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
  "serverExternalPackages: ['gnvpro'] (Next.js); see docs/bundlers.md. Only backend: 'js', the slow TypeScript backend, works in a bundle.";
