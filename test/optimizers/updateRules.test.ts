/** @file First-order updates and learning rates against their formulas, step by step. */
import t from 'tap';
import { AdamRule, adam } from '../../lib/optimizers/adam.js';
import { factorAt, readSchedule } from '../../lib/optimizers/learningRate.js';
import type { UpdateRule } from '../../lib/optimizers/miniBatch.js';
import { MomentumRule, sgd } from '../../lib/optimizers/sgd.js';

/** ½ Σ a_i x_i² from (1, 1). */
const a = [1, 10];
const gradientAt = (x: Float64Array) => x.map((value, i) => a[i] * value);

function run(rule: UpdateRule, steps: number, rate: number): Float64Array[] {
  const x = Float64Array.of(1, 1);
  return Array.from({ length: steps }, () => {
    rule.update(x, gradientAt(rule.lookAhead(x)), rate);
    return x.slice();
  });
}

t.test('plain gradient descent', async (t) => {
  const [first, second] = run(new MomentumRule(sgd({ momentum: 0 }), 2), 2, 0.05);
  t.same([...first], [0.95, 0.5]);
  t.ok(Math.abs(second[0] - 0.95 ** 2) < 1e-15 && Math.abs(second[1] - 0.25) < 1e-15);
});

for (const nesterov of [false, true]) {
  t.test(nesterov ? 'Nesterov' : 'momentum', async (t) => {
    const points = run(new MomentumRule(sgd({ momentum: 0.9, nesterov }), 2), 4, 0.01);
    // As a recurrence of the positions alone: x₊ = x + μ (x − x₋) − η g.
    const x = [Float64Array.of(1, 1), Float64Array.of(1, 1)];
    for (const point of points) {
      const [before, now] = x.slice(-2);
      const ahead = now.map((value, i) => value + 0.9 * (value - before[i]));
      const g = gradientAt(nesterov ? ahead : now);
      x.push(ahead.map((value, i) => value - 0.01 * g[i]));
      const expected = x[x.length - 1];
      t.ok(
        point.every((value, i) => Math.abs(value - expected[i]) < 1e-14),
        `${point}`,
      );
    }
  });
}

t.test('ADAM', async (t) => {
  const [first, second, third] = run(new AdamRule(adam(), 2), 3, 0.1);
  // The first step has the length of the learning rate in every weight, whatever the gradient.
  for (const value of first) t.ok(Math.abs(value - 0.9) < 1e-8);
  const moment = (weights: number[], power: number, beta: number) =>
    weights.reduce((sum, g, k) => sum + (1 - beta) * beta ** (weights.length - 1 - k) * g ** power, 0) /
    (1 - beta ** weights.length);
  for (const i of [0, 1]) {
    const g = [1, first[i], second[i]].map((x) => a[i] * x);
    const step = (0.1 * moment(g, 1, 0.9)) / (Math.sqrt(moment(g, 2, 0.999)) + 1e-8);
    t.ok(Math.abs(third[i] - (second[i] - step)) < 1e-14);
  }
});

t.test('schedules', async (t) => {
  const factors = (option: Parameters<typeof readSchedule>[0], epochs: number[]) =>
    epochs.map((epoch) => factorAt(readSchedule(option), epoch));
  t.same(factors(undefined, [0, 7]), [1, 1]);
  t.same(factors('constant', [0, 7]), [1, 1]);
  t.same(factors({ type: 'step', every: 3, factor: 0.1 }, [0, 2, 3, 6]), [1, 1, 0.1, 0.1 ** 2]);
  t.same(factors({ type: 'step', every: 2 }, [2]), [0.5]);
  const cosine = factors({ type: 'cosine', epochs: 10, final: 0.2 }, [0, 5, 10, 12]);
  t.ok(
    [1, 0.6, 0.2, 0.2].every((value, i) => Math.abs(value - cosine[i]) < 1e-15),
    `${cosine}`,
  );
});

t.test('what cannot be is refused', async (t) => {
  const code = { code: 'ERR_OPTION' };
  for (const options of [
    { learningRate: 0 },
    { learningRate: Number.NaN },
    { batchSize: 0 },
    { batchSize: 2.5 },
    { initialW: 'zero' as never },
    { schedule: 'cosine' as never },
    { schedule: { type: 'step' } as never },
    { schedule: { type: 'cosine', epochs: 5, final: 2 } as const },
    { rate: 1 } as never,
  ]) {
    t.throws(() => sgd(options), code, JSON.stringify(options));
    t.throws(() => adam(options), code, JSON.stringify(options));
  }
  t.throws(() => sgd({ momentum: 1 }), code);
  t.throws(() => adam({ beta2: 1 }), code);
  t.throws(() => adam({ epsilon: 0 }), code);
});
