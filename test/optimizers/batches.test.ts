/** @file Mini-batches: what the window holds, and that an epoch takes every sample once. */
import t from 'tap';
import type { Objective } from '../../lib/backend/backend.js';
import { Batches, type LoadedData } from '../../lib/optimizers/batches.js';
import { Random } from '../../lib/random.js';

const samples = 10;
const data: LoadedData = {
  inputs: Float64Array.from({ length: 3 * samples }, (_, i) => i),
  targets: Float64Array.from({ length: 2 * samples }, (_, i) => 100 + i),
  samples,
  sampleWeights: Float64Array.from({ length: samples }, (_, n) => n),
};

function open(size: number) {
  let window: LoadedData | undefined;
  const batches = new Batches(data, size, (part) => {
    window = part;
    return {} as Objective;
  });
  return { batches, window: window as LoadedData };
}

t.test('each batch is rows of the data that belong together', async (t) => {
  const { batches, window } = open(4);
  t.equal(window.samples, 4);
  t.equal(batches.count, 2, 'what is left over waits');
  const seen: number[] = [];
  for (const batch of batches.epoch(new Random(3))) {
    t.equal(batch, window);
    const rows = [...(window.sampleWeights as Float64Array)];
    seen.push(...rows);
    t.same(
      [...window.inputs],
      rows.flatMap((row) => [3 * row, 3 * row + 1, 3 * row + 2]),
    );
    t.same(
      [...batch.targets],
      rows.flatMap((row) => [100 + 2 * row, 101 + 2 * row]),
    );
  }
  t.equal(new Set(seen).size, 8, 'no row twice');
});

t.test('orders follow the generator', async (t) => {
  const orders = [1, 1, 2].map((seed) => {
    const { batches, window } = open(2);
    const random = new Random(seed);
    return [0, 1].map(() => [...batches.epoch(random)].length && [...(window.sampleWeights as Float64Array)]);
  });
  t.same(orders[0], orders[1]);
  t.notSame(orders[0], orders[2]);
  t.notSame(orders[0][0], orders[0][1], 'each epoch has its own');
});

t.test('a batch of more than all is all', async (t) => {
  const { batches } = open(50);
  t.equal(batches.size, samples);
  t.equal(batches.count, 1);
});

t.test('sizes whose quotient is not a number of the machine', async (t) => {
  for (const samples of [49, 98, 103, 107]) {
    const inputs = new Float64Array(samples);
    const all = { inputs, targets: inputs, samples, sampleWeights: null };
    new Batches(all, 32, (part) => {
      t.equal(part.inputs.length, 32);
      return {} as Objective;
    });
  }
});
