/** @file How many principal components classifiers take of many columns of one kind. */
import t from 'tap';
import type { Matrix } from '../../lib/data/matrix.js';
import { componentsOf } from '../../lib/data/wideInputs.js';
import { dense, train } from '../../lib/index.js';
import { Random } from '../../lib/random.js';

const sign = (random: Random) => (random.uniform() < 0.5 ? -1 : 1);

/** Rows in the span of so many random directions, each with its deviation, about a mean. */
function spanned(rows: number, cols: number, deviations: readonly number[], unit = 1): Matrix {
  const random = new Random(2);
  const directions = deviations.map(() =>
    Float64Array.from({ length: cols }, () => sign(random) * random.uniform(0.5, 1.5)),
  );
  const data = new Float64Array(rows * cols);
  for (let n = 0; n < rows; n++) {
    const shares = deviations.map((deviation) => deviation * random.normal());
    for (let j = 0; j < cols; j++) {
      data[n * cols + j] = unit * (5 + directions.reduce((sum, direction, k) => sum + shares[k] * direction[j], 0));
    }
  }
  return { data, shape: [rows, cols] };
}

const alike = (count: number) => Array.from({ length: count }, () => 1);

t.test('the participation ratio and three more', async (t) => {
  const of = (count: number) => componentsOf(spanned(2000, 300, alike(40).slice(0, count))) as number;
  t.ok(Math.abs(of(30) - 33) <= 6, `${of(30)} of 30 that are alike`);
  const falling = componentsOf(spanned(2000, 300, [1, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005])) as number;
  t.equal(falling, 5, 'one that leads, and four');
  t.equal(componentsOf(spanned(2000, 300, [1, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005], 1e200)), falling, 'in any unit');
});

t.test('no more than there are directions', async (t) => {
  t.equal(componentsOf(spanned(500, 100, alike(2))), 2);
  t.equal(componentsOf(spanned(1, 100, alike(20))), null);
  t.equal(componentsOf({ data: new Float64Array(6400).fill(7), shape: [64, 100] }), null, 'constant columns');
});

t.test('none of few columns, and of columns of several kinds', async (t) => {
  t.equal(componentsOf(spanned(200, 63, alike(5))), null);
  const kinds = spanned(200, 100, alike(5));
  kinds.data.forEach((x, i) => {
    kinds.data[i] = i % 4 === 0 ? 100 * x : x;
  });
  t.equal(componentsOf(kinds), null);
});

t.test('classifiers take them, numbers do not', async (t) => {
  const inputs = spanned(120, 80, [1, 0.5, 0.3, 0.1, 0.1, 0.1]);
  const first = Array.from({ length: 120 }, (_, n) => inputs.data[n * 80] > 5);
  const shared = { inputs, network: dense(3, { activation: 'tanh' }), stop: { iterations: 2 } } as const;
  const { report } = await train({ ...shared, targets: first.map(String), loss: 'crossEntropy' });
  t.match(report.used.scaling, { inputs: { type: 'pca' } });
  const numbers = await train({ ...shared, targets: first.map((x) => [Number(x)]) });
  t.equal((numbers.report.used.scaling as { inputs: unknown }).inputs, 'pooled');
  const asked = { scaling: { inputs: 'pooled' } } as const;
  const pooled = await train({ ...shared, ...asked, targets: first.map(String), loss: 'crossEntropy' });
  t.equal((pooled.report.used.scaling as { inputs: unknown }).inputs, 'pooled');
});
