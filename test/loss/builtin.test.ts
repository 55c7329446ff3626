/** @file The losses of the package: their programs against their formulas, and against the kernels of the addon. */
import t from 'tap';
import type { LossDefinition } from '../../lib/backend/loss.js';
import { nativeBackend } from '../../lib/backend/native.js';
import { join } from '../../lib/linalg/vector.js';
import { crossEntropy } from '../../lib/loss/crossEntropy.js';
import { leastSquares } from '../../lib/loss/leastSquares.js';
import { logistic } from '../../lib/loss/logistic.js';
import { lossFacts, lossNamed, lossNames, namesOf, ofThePackage } from '../../lib/loss/registry.js';
import { Random } from '../../lib/random.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { inputs, N, network, P, theta } from '../backend/problem.js';
import { softTargets } from '../support/losses.js';
import { normals } from '../support/numbers.js';
import { close, onBackends, openWalk } from '../support/reference.js';

/** The most that rounding leaves of log Σ exp and of its like: a few units of the last place. */
const rounding = 1e-14;

function crossEntropyOf(s: readonly number[], c: readonly number[]): number {
  const most = Math.max(...s);
  const total = c.reduce((sum, x) => sum + x, 0);
  const logSum = Math.log(s.reduce((sum, x) => sum + Math.exp(x - most), 0));
  return c.reduce((sum, x, j) => sum + x * (most - s[j]), total * logSum);
}

const rows: readonly number[][] = [
  [0],
  [1e300],
  [1, -1],
  [1e20, 1e20],
  [-1e300, -5, 0],
  [1000, -1000, 999],
  [-745, 0, 3, 2, 1],
  [1e300, -1e300, 1, 1, 1, 1e300, 0],
  Array.from({ length: 33 }, (_, j) => Math.sin(j) * 30),
];

t.test('the cross entropy of logits of any size', (t) =>
  onBackends(t, (t, backend) => {
    for (const s of rows) {
      const cols = s.length;
      for (const c of [s.map((_, j) => Number(j === cols - 1)), s.map(() => 0.7 / cols)]) {
        const samples = [Float64Array.from(s), Float64Array.from(c)];
        const run = (which: 'losses' | 'value') => {
          return backend.prepare(crossEntropy.programs[which](cols)).run(1, { samples, vectors: [] }).sync().samples;
        };
        const [[loss]] = run('losses');
        const expected = crossEntropyOf(s, c);
        t.ok(Math.abs(loss - expected) <= rounding * Math.max(1, Math.abs(expected)), `${s}: ${loss} for ${expected}`);
        const [[same], gradient] = run('value');
        t.equal(same, loss);
        const total = c.reduce((sum, x) => sum + x, 0);
        const p = gradient.map((g, j) => (g + c[j]) / total);
        t.ok(Math.abs(p.reduce((sum, x) => sum + x, 0) - 1) <= 10 * rounding, `${s}: probabilities ${p}`);
      }
    }
  }),
);

t.test('the logistic loss of logits of any size', (t) =>
  onBackends(t, (t, backend) => {
    const s = Float64Array.of(-800, -40, -1e-3, 0, 2, 40, 800);
    const c = Float64Array.of(0, 1, 0.5, 1, 0, 1, 1);
    const run = (program: 'losses' | 'products', ...samples: Float64Array[]) =>
      backend.prepare(logistic.programs[program](1)).run(s.length, { samples, vectors: [] }).sync().samples[0];
    const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    close(
      t,
      run('losses', s, c),
      s.map((x, i) => softplus(x) - c[i] * x),
      'losses',
      rounding,
    );
    const curvature = run('products', s, c, new Float64Array(s.length).fill(1));
    const expected = s.map((x) => Math.exp(-Math.abs(x)) / (1 + Math.exp(-Math.abs(x))) ** 2);
    curvature.forEach((x, i) => {
      t.ok(Math.abs(x - expected[i]) <= rounding * expected[i] + Number.MIN_VALUE, `the curvature at ${s[i]}`);
    });
  }),
);

t.test('kernels compute what the programs say', async (t) => {
  const targets = softTargets(N);
  const sampleWeights = Float64Array.from({ length: N }, (_, n) => n % 3);
  for (const loss of ofThePackage) {
    for (const objective of ['reduced', 'joint'] as const) {
      const open = (definition: LossDefinition) =>
        openWalk(nativeBackend, network, {
          ...{ inputs, targets, samples: N, sampleWeights, alphaW: 1e-2, regularizer: tikhonov(P, 1e-3), objective },
          loss: definition,
        });
      const [fast, plain] = [open(loss), open({ ...loss, kernel: null })];
      const x = objective === 'joint' ? join(theta, normals(new Random(2), 3 * 5)) : theta;
      const [a, b] = [fast.moveTo(x), plain.moveTo(x)];
      close(t, [a.objective], [b.objective], `${loss.name}, ${objective}: the objective`, 1e-13);
      close(t, fast.gradient(), plain.gradient(), 'the gradient', 1e-10);
      const v = normals(new Random(3), x.length);
      close(t, fast.hessianProduct(v), plain.hessianProduct(v), 'H v', 1e-10);
    }
  }
});

t.test('a loss asked by its name', async (t) => {
  t.same(lossNames().slice(0, 3), ['leastSquares', 'crossEntropy', 'logistic']);
  for (const loss of ofThePackage) t.equal(lossNamed(loss.name), loss);
  t.equal(lossFacts(undefined), leastSquares);
  t.equal(lossFacts('of another process').defaultMetric, 'loss');
  t.equal(
    namesOf(({ kernel }) => kernel !== null),
    'leastSquares or crossEntropy or logistic',
  );
});
