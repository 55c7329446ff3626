/** @file Native memory is told to V8, and falls back: by dispose, by `using`, or as nobody holds it. @alone */
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { selectBackend } from '../../lib/backend/select.js';
import { loadNative } from '../../lib/binding.js';
import { dense, sequential, tanh, train } from '../../lib/index.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { openWalk } from '../support/reference.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const samples = 4000;
const inputs = Float64Array.from({ length: samples * 5 }, (_, i) => Math.sin(i * i));
const targets = inputs.subarray(0, samples * 2);
const network = dense(10);

/** What V8 has been told of; that of arrays too. */
const external = () => loadNative().externalMemory();

/** After what nobody holds has gone; finalizers run in turns of the event loop. */
async function settled(): Promise<number> {
  for (let n = 0; n < 5; n++) {
    gc();
    await turn();
  }
  return external();
}

const open = () =>
  openWalk(selectBackend('native'), network, {
    inputs,
    targets,
    samples,
    alphaW: 1e-3,
    regularizer: tikhonov(60, 0),
  });

const theta = Float64Array.from({ length: 60 }, (_, i) => Math.cos(i));
const krylov = {
  solver: 'krylov',
  maxVectors: 10,
  tolerance: 0,
  radius: null,
  multiplier: 0,
  rankTolerance: 0,
} as const;
const near = (actual: number, expected: number) => Math.abs(actual - expected) < 50_000;

t.test('an objective: its points and what its jobs take, until it is disposed of', async (t) => {
  const before = await settled();
  const walk = open();
  walk.moveTo(theta);
  const { memoryBytes } = walk.objective;
  t.ok(memoryBytes > 500_000, `${memoryBytes} bytes`);
  t.ok(near(external() - before, memoryBytes), `${external() - before} of ${memoryBytes}`);
  walk.step(krylov);
  t.ok(walk.objective.memoryBytes >= memoryBytes);
  t.ok(near(external() - before, walk.objective.memoryBytes), 'after a step');
  walk.objective.dispose();
  t.ok(near(external(), before), 'after dispose()');
});

t.test('objectives and their points that nobody holds', async (t) => {
  const before = await settled();
  for (let n = 0; n < 8; n++) open().evaluate(theta);
  t.ok((await settled()) - before < 1_000_000, `${external() - before} bytes are left of eight`);
});

t.test('a banded factor', async (t) => {
  const n = 100_000;
  const band = Float64Array.from({ length: 4 * n }, (_, i) => (i % 4 === 2 ? 4 : 1));
  const before = await settled();
  const factor = new (loadNative().BandedLU)(n, 1, 1, band);
  t.ok(near(external() - before, 36 * n));
  factor.dispose();
  t.ok(near(external(), before));
});

t.test('V8 collects them by itself before they are many', async (t) => {
  const before = await settled();
  let most = 0;
  const n = 100_000;
  const band = Float64Array.from({ length: 4 * n }, (_, i) => (i % 4 === 2 ? 4 : 1));
  for (let k = 0; k < 60; k++) {
    new (loadNative().BandedLU)(n, 1, 1, band);
    await turn();
    most = Math.max(most, external() - before);
  }
  t.ok(most < 36 * 36 * n, `${most} bytes of ${60 * 36 * n}`);
});

t.test('trainings, and models by `using`', async (t) => {
  const problem = { network: sequential([dense(8), tanh()]), stop: { iterations: 3 } };
  const run = async () => {
    const data = { inputs: { data: inputs, shape: [samples, 5] }, targets: { data: targets, shape: [samples, 2] } };
    using model = (await train({ ...problem, ...data })).model;
    return model.predictSync([1, 2, 3, 4, 5]).data.length;
  };
  await run(); // what stays for good
  const before = await settled();
  const arrays = process.memoryUsage().arrayBuffers;
  for (let n = 0; n < 10; n++) await run();
  t.ok((await settled()) - before < 100_000, `${external() - before} bytes`);
  const left = process.memoryUsage().arrayBuffers - arrays;
  t.ok(left < 200_000, `${left} bytes of arrays`);
});
