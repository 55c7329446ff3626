/** @file What does not fit in `memoryLimit` is computed again, to the same bits, or refused with the arithmetic. */
import t from 'tap';
import { tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { dense } from '../../lib/network/dense.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { gaussNewton } from '../../lib/optimizers/gaussNewton.js';
import { gnvpro } from '../../lib/optimizers/gnvpro.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { train } from '../../lib/train/train.js';

const inputs = Array.from({ length: 120 }, (_, n) => [Math.sin(n), Math.cos(2 * n)]);
const targets = inputs.map(([x, y]) => [x * y, Math.exp(x - y)]);
const network = sequential([dense(4), tanh(), residual(antisymmetricDense(), { steps: 3 })]);
const options: TrainOptions = { network, inputs, targets, stop: { iterations: 4 }, seed: 2 };

t.test('derivatives that are computed again', async (t) => {
  const stored = await train(options);
  const [{ derivatives, costOfProducts, estimatedBytes }] = stored.report.levels;
  t.match({ derivatives, costOfProducts }, { derivatives: 'stored', costOfProducts: 1 });
  t.equal(stored.report.used.memoryLimit, 4 * 2 ** 30, 'the default is told');

  const again = await train({ ...options, memoryLimit: estimatedBytes - 1 });
  const [level] = again.report.levels;
  t.equal(level.derivatives, 'recomputed');
  t.ok(level.costOfProducts > 1 && level.costOfProducts < 3, `at ${level.costOfProducts} times the operations`);
  t.ok(level.estimatedBytes < estimatedBytes, 'in less memory');
  t.strictSame(again.model.theta, stored.model.theta);
  t.strictSame(again.model.W, stored.model.W);
  const [told, toldAgain] = [stored, again].map(({ report }) => report.iterations.map(({ objective }) => objective));
  t.strictSame(toldAgain, told);
  stored.model.dispose();
  again.model.dispose();

  const message =
    /about [\d.]+ MiB \(120 samples of \d+ bytes and what does not grow with them\), although derivatives/;
  await t.rejects(train({ ...options, memoryLimit: 1000 }), { code: 'ERR_MEMORY', message });
});

t.test('the js backend stores them, or refuses', async (t) => {
  const js = { ...options, backend: 'js' } as const;
  const { report, model } = await train(js);
  model.dispose();
  const [{ derivatives, estimatedBytes }] = report.levels;
  t.equal(derivatives, 'stored');
  const message = /about [\d.]+ MiB \(120 samples of \d+ bytes and what does not grow with them\) but memoryLimit is/;
  await t.rejects(train({ ...js, memoryLimit: estimatedBytes - 1 }), { code: 'ERR_MEMORY', message });
});

t.test('the limit is enough with evidence, joint methods and classes, or what they need more is told', async (t) => {
  const classes = inputs.map(([x]) => Number(x > 0));
  const cases: Record<string, TrainOptions> = {
    evidence: { ...options, regularization: 'evidence', starts: 1 },
    joint: { ...options, optimizer: gaussNewton() },
    classes: { ...options, targets: classes, loss: 'crossEntropy' },
    levels: { ...options, levels: 2 },
    'single precision': { ...options, precision: 'float32' },
    batches: { ...options, optimizer: gnvpro({ batches: { size: 50, iterations: 1, epochs: 1 } }) },
  };
  for (const [name, given] of Object.entries(cases)) {
    const stored = await train(given);
    const most = Math.max(...stored.report.levels.map(({ estimatedBytes }) => estimatedBytes));
    const again = await train({ ...given, memoryLimit: most - 1 });
    t.ok(
      again.report.levels.some(({ derivatives }) => derivatives === 'recomputed'),
      name,
    );
    t.strictSame(again.model.theta, stored.model.theta, `${name}: the same θ`);
    t.strictSame(again.model.W, stored.model.W, `${name}: the same W`);
    stored.model.dispose();
    again.model.dispose();
  }
});

t.test('what is no limit', async (t) => {
  for (const memoryLimit of [-1, Number.NaN, '4 GiB'] as never[]) {
    await t.rejects(train({ ...options, memoryLimit }), { code: 'ERR_OPTION', message: /for memoryLimit/ });
  }
});
