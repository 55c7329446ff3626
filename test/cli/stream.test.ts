/** @file Jobs whose data stay in their files: the model and the figures of the same job that reads them as a whole. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { dense, Random, writeMatrix } from '../../lib/index.js';
import { gnvpro } from '../support/cli.js';

const folder = t.testdir();
const at = (...parts: string[]) => join(folder, ...parts);
const random = new Random(8);
const rows = Array.from({ length: 300 }, () => Array.from({ length: 4 }, () => random.normal()));
const bend = (row: number[]) => Math.tanh(row[0] + row[1]) - row[2];
await writeMatrix(at('x.npy'), rows);
await writeMatrix(
  at('t.npy'),
  rows.map((row) => [bend(row), row[3]]),
);
await writeMatrix(
  at('l.npy'),
  rows.map((row) => [3 + Number(bend(row) > 0) + Number(row[3] > 1)]),
);
await writeMatrix(
  at('w.npy'),
  rows.map((_, n) => [n % 4]),
);
await writeMatrix(at('x.csv'), rows);

const job = { network: dense(4, { activation: 'tanh' }), stop: { iterations: 5 }, inputs: 'x.npy', targets: 't.npy' };

async function trained(name: string, job: object) {
  writeFileSync(at(`${name}.json`), JSON.stringify(job));
  return await gnvpro(t, 'train', at(`${name}.json`), '--out', at(name), '--format', 'none');
}

/** Of a report what is no time. */
function told(name: string) {
  const { metrics, best, stop, baselines } = JSON.parse(readFileSync(at(name, 'report.json'), 'utf8'));
  return { metrics, best: best.objective, stop, baselines: baselines.map((one: { metrics: object }) => one.metrics) };
}

for (const [name, changes] of Object.entries({
  numbers: { split: { validation: 0.2, test: 0.1 }, sampleWeights: 'w.npy' },
  ranges: {
    split: { training: [100, 300], validation: [0, 50], test: [60, 90] },
    inputs: { file: 'x.npy', columns: [2, 0, 1] },
  },
  labels: { targets: 'l.npy', loss: 'crossEntropy', validation: 0.25, test: { inputs: 'x.npy', targets: 'l.npy' } },
})) {
  t.test(name, async (t) => {
    for (const stream of [false, true]) {
      const { code, stderr } = await trained(`${name}-${stream}`, { ...job, ...changes, stream });
      t.equal(code, 0, stderr);
    }
    t.strictSame(told(`${name}-true`), told(`${name}-false`));
    const page = await gnvpro(t, 'report', at(`${name}-true`));
    t.equal(page.code, 0, page.stderr);
  });
}

t.test('what cannot be streamed', async (t) => {
  const csv = await trained('csv', { ...job, inputs: 'x.csv', stream: true });
  t.equal(csv.code, 1);
  t.match(csv.stderr, /Expected a \.npy file of rows one after the other .* for stream but received .*x\.csv/);
  const refit = await trained('refit', { ...job, validation: 0.2, refit: true, stream: true });
  t.match(refit.stderr, /Expected data in memory for refit: true but .*x\.npy/);
});
