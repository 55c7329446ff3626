/**
 * @file Trainings where the system grants little: addresses (`ulimit -v`), threads (`ulimit -u`). They end.
 * @alone Many processes take long.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { projectFolder } from '../support/scripts.js';

const skip =
  (process.platform !== 'linux' && 'limits of addresses are those of Linux') ||
  (process.env.LD_PRELOAD !== undefined && 'sanitizers need addresses without a limit');

const folder = projectFolder();
const script = join(folder, 'case.mjs');
writeFileSync(
  script,
  `
import { isMainThread, Worker } from 'node:worker_threads';
import { dense, linearRegression, sequential, setThreads, tanh, train, trainSync } from 'gnvpro';
import { generateCdr } from 'gnvpro/problems';

const draw = (rows, cols) => ({ data: Float64Array.from({ length: rows * cols }, (_, i) => Math.sin(i * i + 1)), shape: [rows, cols] });
const network = sequential([dense(8), tanh()]);
const data = (rows) => ({ network, inputs: draw(rows, 3), targets: draw(rows, 2), stop: { iterations: 2 } });
// A training that memory ends on its way gives the best model until then, and says so.
const ended = (trained) => {
  const { status, message } = trained.report.stop;
  if (status === 'failed') throw { code: message.startsWith('There is not enough memory') ? 'ERR_MEMORY' : message };
  return trained;
};
const theta = (trained) => ended(trained).model.theta.join();
const operations = {
  small: async () => theta(await train(data(200))),
  sync: () => theta(trainSync({ ...data(200), initialize: 'svd' })),
  team: async () => {
    setThreads(4);
    return theta(await train({ ...data(6000), threads: 4, scaling: { inputs: { type: 'pca', components: 2 } } }));
  },
  classes: async () => theta(await train({ ...data(2000), targets: Array.from({ length: 2000 }, (_, i) => i % 3), loss: 'crossEntropy', threads: 3 })),
  several: async () => (await Promise.all([1, 2, 3, 4].map((seed) => train({ ...data(300), seed })))).map(theta).join(),
  linear: async () => (await linearRegression(draw(500, 5), draw(500, 2))).map.join(),
  banded: async () => (await generateCdr({ samples: 1 })).targets.data.join(),
  predict: async () => {
    const { model } = ended(await train(data(200)));
    const all = await Promise.all([1, 2].map(() => model.predict(draw(20000, 3), { threads: 3 })));
    return all.map(({ data }) => data.join()).join() + model.jacobianSync(draw(5, 3)).data.join();
  },
  worker: () => new Promise((resolve, reject) => new Worker(new URL(import.meta.url)).on('error', reject).on('exit', resolve)),
};

if (!isMainThread) await operations.small();
else {
  for (const name of process.argv.slice(2)) {
    let outcome;
    try { outcome = await operations[name](); } catch ({ code }) { outcome = { code }; }
    console.log(JSON.stringify([name, outcome]));
  }
}
`,
);

const many = ['small', 'sync', 'team', 'classes', 'several', 'linear', 'banded', 'predict'];

interface End {
  readonly outcomes: Map<string, unknown>;
  readonly signal: NodeJS.Signals | null;
  readonly status: number | null;
  readonly stderr: string;
}

/** Runs operations in a process under `limit`, a shell command; a hang ends as a signal. */
function underLimit(limit: string, operations: readonly string[]): Promise<End> {
  const command = [process.execPath, script, ...operations];
  // A loader in the options would have a thread, which takes half a gigabyte of addresses.
  const shell = `unset NODE_OPTIONS NODE_V8_COVERAGE; ${limit} && exec "$@"`;
  const child = spawn('sh', ['-c', shell, 'sh', ...command], { cwd: folder, timeout: 120_000 });
  const [out, err]: string[][] = [[], []];
  child.stdout.on('data', (chunk) => void out.push(String(chunk)));
  child.stderr.on('data', (chunk) => void err.push(String(chunk)));
  return new Promise((resolve) => {
    child.on('close', (status, signal) => {
      const lines = out.join('').split('\n').filter(Boolean);
      const outcomes = new Map<string, unknown>(lines.map((line) => JSON.parse(line)));
      resolve({ outcomes, signal, status, stderr: err.join('') });
    });
  });
}

/** Node itself ends so where it cannot start, or its heap cannot grow. */
const nodesOwn = /Fatal process OOM|FATAL ERROR|out of memory/i;

const isMemory = (outcome: unknown) => (outcome as { code?: string } | null)?.code === 'ERR_MEMORY';

t.test('addresses: every operation succeeds with the same bits, or says ERR_MEMORY', { skip }, async (t) => {
  const free = await underLimit('true', many);
  t.equal(free.outcomes.size, many.length, free.stderr);
  const kinds = { done: 0, refused: 0 };
  for (const kilobytes of [1000, 1100, 1200, 1280, 1320, 1400, 1500, 1700, 2500].map((n) => n * 1000)) {
    const { outcomes, signal, status, stderr } = await underLimit(`ulimit -v ${kilobytes}`, many);
    t.ok(status === 0 || nodesOwn.test(stderr), `${kilobytes} kB: status ${status}, signal ${signal} ${stderr}`);
    for (const [name, outcome] of outcomes) {
      const refused = isMemory(outcome);
      t.ok(refused || outcome === free.outcomes.get(name), `${kilobytes} kB: ${name}`);
      kinds[refused ? 'refused' : 'done']++;
    }
  }
  t.ok(kinds.done > 0 && kinds.refused > 0, JSON.stringify(kinds));
});

t.test('addresses: a worker that loads the addon first', { skip }, async (t) => {
  for (const kilobytes of [1800, 2000, 2600].map((n) => n * 1000)) {
    const { outcomes, status, stderr } = await underLimit(`ulimit -v ${kilobytes}`, ['worker']);
    t.ok(status === 0 || nodesOwn.test(stderr), `${kilobytes} kB: ${status} ${stderr}`);
    for (const outcome of outcomes.values()) {
      const { code } = (outcome as { code?: string } | null) ?? {};
      t.match(code ?? 'done', /^(done|ERR_MEMORY|ERR_WORKER_OUT_OF_MEMORY|ERR_WORKER_INIT_FAILED)$/);
    }
  }
});
