/** @file Trainings in processes that exit, and in workers that end, while a job runs. */
import t from 'tap';
import { projectFolder, runScript } from '../support/scripts.js';

const folder = projectFolder();

/** Some seconds of work for a job: 4,000 samples, 240 features. */
const problem = `
import { dense, gnvpro, Random, sequential, tanh, train, trainSync } from 'gnvpro';
const random = new Random(1);
const draw = (rows, cols) => ({ data: Float64Array.from({ length: rows * cols }, () => random.normal()), shape: [rows, cols] });
const problem = {
  network: sequential([dense(240), tanh()]), inputs: draw(4000, 20), targets: draw(4000, 8), threads: 2,
  optimizer: gnvpro({ linearSolver: 'krylov', krylov: { maxVectors: 200, tolerance: 0 } }),
  stop: { gradient: 0, objective: 0, step: 0, workUnits: Infinity, seconds: 30 },
};
const small = { ...problem, network: sequential([dense(2), tanh()]), inputs: draw(20, 2), targets: draw(20, 1), stop: { iterations: 3 } };
`;

const run = (code: string) => runScript(folder, 'case.mjs', problem + code);

t.test('process.exit() while a job runs', async (t) => {
  const { status, signal, output, seconds } = await run('train(problem); setTimeout(() => process.exit(7), 300);');
  t.equal(status, 7, output);
  t.equal(signal, null);
  t.ok(seconds < 20, 'the job was told to stop');
});

t.test('an exception that nobody catches while a job runs', async (t) => {
  const { status, output } = await run(
    "train(problem); setTimeout(() => { throw new Error('thrown by a timer'); }, 300);",
  );
  t.equal(status, 1);
  t.match(output, /thrown by a timer/);
});

t.test('a process ends by itself after a training', async (t) => {
  const { status, output } = await run('await train(small); await train(small);');
  t.equal(status, 0, output);
});

t.test('workers: the same bits as the main thread, several at once', async (t) => {
  const { status, output } = await run(`
    import { isMainThread, parentPort, Worker } from 'node:worker_threads';
    const theta = trainSync(small).model.theta.join();
    if (!isMainThread) parentPort.postMessage(theta);
    else {
      const answers = [1, 2, 3].map(() => new Promise((resolve, reject) => new Worker(new URL(import.meta.url)).on('message', resolve).on('error', reject)));
      for (const answer of await Promise.all(answers)) if (answer !== theta) throw new Error('the bits differ');
    }
  `);
  t.equal(status, 0, output);
});

t.test('a worker that is terminated while a job runs leaves the process alone', async (t) => {
  const { status, signal, output } = await run(`
    import { isMainThread, parentPort, Worker } from 'node:worker_threads';
    if (!isMainThread) { parentPort.postMessage('starts'); train(problem); }
    else {
      const worker = new Worker(new URL(import.meta.url));
      await new Promise((resolve) => worker.once('message', resolve));
      await new Promise((resolve) => setTimeout(resolve, 300));
      await worker.terminate();
      await train(small);
      console.log('alive');
    }
  `);
  t.equal(status, 0, output);
  t.equal(signal, null);
  t.match(output, /alive/);
});
