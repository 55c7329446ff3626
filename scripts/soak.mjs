/**
 * Thousands of short trainings in one process, which must not grow: `npm run soak -- [trainings]`, 10,000 by default.
 *
 * Memory is read a hundred times, each time after the garbage collector, and a line fitted through the second half. It
 * fails when a slope lies above its bound by more than two standard errors:
 * - `heap`, what JavaScript holds (heapUsed + external): a training that kept as little as its report, some kilobytes,
 *   or one listener, some hundred bytes, is found; 200 bytes leave room for what V8 itself learns.
 * - `rss`, all memory of the process: 10,000 trainings may add 4 MiB. The smallest objective here holds 30 kB. Every
 *   thread has its own arena in glibc's malloc by default, and keeps what it freed there; one arena
 *   (MALLOC_ARENA_MAX=1) shows what is leaked, without what is only scattered.
 */
import { spawnSync } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { fileURLToPath } from 'node:url';

const trainings = Number(process.argv[2] ?? 10_000);
const bounds = { heap: 200, rss: (4 * 2 ** 20) / 10_000 };

if (globalThis.gc === undefined) process.exitCode = runWithGc();
else await soak();

function runWithGc() {
  const script = fileURLToPath(import.meta.url);
  const env = { MALLOC_ARENA_MAX: '1', ...process.env };
  return spawnSync(process.execPath, ['--expose-gc', script, String(trainings)], { env, stdio: 'inherit' }).status ?? 1;
}

async function soak() {
  const { kinds, shared } = await import('./soak/trainings.mjs');
  const list = Object.values(kinds);
  const every = Math.max(1, Math.round(trainings / 100));
  const samples = [];
  for (let i = 0; i < trainings; i++) {
    await list[i % list.length](i);
    if ((i + 1) % every === 0) samples.push({ at: i + 1, ...(await memory()) });
  }
  const listeners = getEventListeners(shared.signal, 'abort').length;
  const { fitLine } = await import('./soak/line.mjs');
  conclude(samples, listeners, fitLine);
}

/** Finalizers of native objects run in a later turn of the event loop, and may free JavaScript objects in turn. */
async function memory() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

function conclude(samples, listeners, fitLine) {
  const half = samples.slice(samples.length >> 1);
  const grows = Object.keys(bounds).filter((name) => {
    const { slope, error } = fitLine(
      half.map(({ at }) => at),
      half.map((sample) => sample[name]),
    );
    const [first, last] = [samples[0][name], samples.at(-1)[name]].map((bytes) => (bytes / 2 ** 20).toFixed(2));
    const bound = bounds[name].toFixed(0);
    console.log(
      `${name.padEnd(4)}  ${slope.toFixed(1)} ± ${error.toFixed(1)} bytes a training (bound ${bound}), ${first} → ${last} MiB`,
    );
    return slope - 2 * error > bounds[name];
  });
  if (grows.length > 0) console.error(`Grows: ${grows.join(', ')}.`);
  if (listeners > 0) console.error(`${listeners} listeners are left on the shared signal.`);
  console.log(`${trainings} trainings, ${listeners} listeners left`);
  process.exitCode = grows.length > 0 || listeners > 0 ? 1 : 0;
}
