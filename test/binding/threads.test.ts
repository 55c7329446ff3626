/** @file The threads of the process: one limit for all that runs at the same time. @alone */
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { loadNative, type ThreadUse } from '../../lib/binding.js';
import { dense, Random, sequential, setThreads, tanh, threadUse, train } from '../../lib/index.js';

const random = new Random(1);
const inputs = { data: Float64Array.from({ length: 5_000 * 6 }, () => random.normal()), shape: [5_000, 6] };
const targets = { data: Float64Array.from({ length: 5_000 * 2 }, () => random.normal()), shape: [5_000, 2] };
const problem = { network: sequential([dense(12), tanh()]), inputs, targets, stop: { iterations: 3 } };

/** What was in use while `work` ran, looked at again and again. */
async function watched<T>(work: () => Promise<T>): Promise<{ result: T; uses: ThreadUse[] }> {
  const uses: ThreadUse[] = [];
  let ended = false;
  const running = work().finally(() => {
    ended = true;
  });
  while (!ended) {
    uses.push(threadUse());
    await sleep(0);
  }
  return { result: await running, uses };
}

const most = (uses: ThreadUse[], key: keyof ThreadUse) => Math.max(...uses.map((use) => use[key]));

t.test('by default there are as many as cores', async (t) => {
  t.equal(threadUse().threads, availableParallelism());
});

t.test('only integers from 1 to 256', async (t) => {
  for (const wrong of [0, 257, 1.5, '2', undefined]) {
    t.throws(() => setThreads(wrong as number), { code: 'ERR_OPTION' }, String(wrong));
  }
});

t.test(
  'several trainings at once: no more jobs than threads, the others wait, and the bits are those of one',
  async (t) => {
    setThreads(1);
    const { model } = await train({ ...problem, threads: 1 });
    for (const limit of [1, 2, 3]) {
      setThreads(limit);
      const six = () => Promise.all([1, 2, 3, 4, 5, 6].map(() => train({ ...problem, threads: 8 })));
      const { result, uses } = await watched(six);
      t.ok(most(uses, 'computing') <= limit, `${most(uses, 'computing')} jobs of ${limit}`);
      t.ok(most(uses, 'helping') <= limit - 1, `${most(uses, 'helping')} helpers of ${limit - 1}`);
      t.ok(most(uses, 'waiting') >= 1, `${most(uses, 'waiting')} jobs waited`);
      for (const other of result) t.strictSame(other.model.theta, model.theta);
    }
  },
);

t.test('one training has the others for helpers', async (t) => {
  setThreads(3);
  let helping = 0;
  for (let run = 0; run < 200 && helping === 0; run++) {
    const { uses } = await watched(() => train({ ...problem, threads: 8 })); // a look may fall between two passes
    t.equal(most(uses, 'computing'), 1);
    helping = most(uses, 'helping');
  }
  t.ok(helping >= 1 && helping <= 2, `${helping} helpers`);
});

t.test('a prediction goes before trainings that wait', async (t) => {
  setThreads(1);
  const { model } = await train({ ...problem, stop: { iterations: 1 } });
  const native = loadNative();
  const order: string[] = [];
  const svd = (name: string) =>
    native
      .svd(
        200,
        200,
        Float64Array.from({ length: 40_000 }, () => random.normal()),
      )
      .async()
      .then(() => order.push(name));
  const jobs = [svd('first'), svd('second'), svd('third')];
  const prediction = model.predict([1, 2, 3, 4, 5, 6]).then(() => order.push('prediction'));
  await Promise.all([...jobs, prediction]);
  t.strictSame(order, ['first', 'prediction', 'second', 'third']);
});

t.test('a worker that is ended while jobs wait does no harm', async (t) => {
  setThreads(1);
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    const native = require('node-gyp-build')(workerData);
    const A = Float64Array.from({ length: 90_000 }, (_, i) => Math.sin(i * i));
    for (let n = 0; n < 5; n++) native.svd(300, 300, A).async();
    parentPort.postMessage(native.threadUse().waiting);
  `;
  for (let n = 0; n < 3; n++) {
    const worker = new Worker(code, { eval: true, workerData: process.env.GNVPRO_PREBUILD ?? process.cwd() });
    const waiting = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    t.equal(waiting, 4);
    await worker.terminate();
  }
  t.equal((await train({ ...problem, stop: { iterations: 1 } })).report.iterations.length, 2);
});
