/** One process of a plan: the ends of its workers one after the other, then its own. It tells its parent when each comes. */
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { dense, sequential, tanh, trainSync } from '../../dist/index.js';
import { start } from './training.mjs';

const { workers, ending } = JSON.parse(process.argv[2]);

/** Synchronous: the parent hears it also when the next thing is the end. */
const tell = (event) => writeSync(1, `${JSON.stringify(event)}\n`);

for (const one of workers) {
  const { code, milliseconds } = await endOfWorker(one);
  const expected = one.ending === 'workerExit' ? one.code : 1;
  if (code !== expected) throw new Error(`The worker of case ${one.index} ended with ${code}, not with ${expected}.`);
  checkAlive();
  tell({ index: one.index, milliseconds });
}
if (ending !== null) await start(ending, () => end(ending));

/** Resolves when the worker is gone: its exit code, and the time since its end was asked for. */
function endOfWorker(one) {
  const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData: one });
  let asked = 0;
  return new Promise((resolve, reject) => {
    worker.on('message', () => {
      asked = performance.now();
      if (one.ending === 'terminate') worker.terminate();
    });
    worker.on('error', reject);
    worker.on('exit', (code) => resolve({ code, milliseconds: performance.now() - asked }));
  });
}

function checkAlive() {
  const inputs = Array.from({ length: 20 }, (_, i) => [i / 20]);
  const { model } = trainSync({
    network: sequential([dense(2), tanh()]),
    inputs,
    targets: inputs,
    stop: { iterations: 2 },
  });
  if (!model.theta.every(Number.isFinite)) throw new Error('A training after the end of a worker failed.');
}

function end(one) {
  tell({ index: one.index, asked: true });
  if (one.ending === 'sigterm') process.kill(process.pid, 'SIGTERM');
  else if (one.ending === 'throw') throw new Error('thrown on purpose');
  else process.exit(one.code);
}
