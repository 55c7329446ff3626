/** @file Trainings in processes and workers: they end by themselves, and whenever somebody ends them. */
import t from 'tap';
import { projectFolder, root, runFile, runScript } from '../support/scripts.js';

const folder = projectFolder();

const problem = `
import { dense, Random, sequential, tanh, train, trainSync } from 'gnvpro';
const random = new Random(1);
const draw = (rows, cols) => ({ data: Float64Array.from({ length: rows * cols }, () => random.normal()), shape: [rows, cols] });
const small = { network: sequential([dense(2), tanh()]), inputs: draw(20, 2), targets: draw(20, 1), threads: 2, stop: { iterations: 3 } };
`;

const run = (code: string) => runScript(folder, 'case.mjs', problem + code);

t.test('ended at random moments: each end as it was asked for, and the rest of the process goes on', async (t) => {
  const { status, output } = await runFile(['scripts/exits.mjs', '12', '3'], { cwd: root, timeout: 150_000 });
  t.equal(status, 0, output);
  t.match(output, /\n12 of 12 ends in \d+ processes \(seed 3\), 0 failed\n/);
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
