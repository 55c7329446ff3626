import { test } from 'tap';
import { MeanRelativeError, metrics, RootMeanSquareError } from '../../lib/metrics/metrics.js';

const truth = Float64Array.of(3, 4, 0, 2, 1, 0);
const predicted = Float64Array.of(3, 3, 0, 3, 0, 0);

test('metrics by hand', async (t) => {
  // Rows (3, 4), (0, 2), (1, 0): distances 1, 1, 1 and norms 5, 2, 1.
  const { relativeError, globalRelativeError, rmse, r2, samples } = metrics(predicted, truth, 2);
  const errors = [1 / 5, 1 / 2, 1];
  const mean = (1 / 5 + 1 / 2 + 1) / 3;
  const deviation = Math.sqrt(errors.reduce((sum, e) => sum + (e - mean) ** 2, 0) / 2);
  t.ok(Math.abs(relativeError.mean - mean) < 1e-15);
  t.ok(Math.abs(relativeError.standardDeviation - deviation) < 1e-15);
  t.match(relativeError, { min: 1 / 5, max: 1, leftOut: 0 });
  t.ok(Math.abs(globalRelativeError - Math.sqrt(3 / 30)) < 1e-15);
  t.ok(Math.abs(rmse - Math.sqrt(3 / 6)) < 1e-15);
  // About the column means 4/3 and 2: 25/9 + 16/9 + 1/9 + 4 + 0 + 4.
  t.ok(Math.abs(r2 - (1 - 3 / (42 / 9 + 8))) < 1e-15);
  t.equal(samples, 3);
  for (const [running, expected] of [
    [new MeanRelativeError(), relativeError.mean],
    [new RootMeanSquareError(), rmse],
  ] as const) {
    for (const [begin, end] of [
      [0, 2],
      [2, 6],
    ])
      running.add(predicted.subarray(begin, end), truth.subarray(begin, end), 2);
    t.equal(running.value, expected, 'the same piece by piece');
  }
});

test('rows of targets that are 0 are left out and counted', async (t) => {
  const { relativeError } = metrics(Float64Array.of(1, 1, 2, 2), Float64Array.of(0, 0, 4, 4), 2);
  t.match(relativeError, { mean: 0.5, min: 0.5, max: 0.5, leftOut: 1 });
  t.ok(Number.isNaN(relativeError.standardDeviation), 'one sample has no deviation');
});

test('what is not defined is NaN, never infinite', async (t) => {
  const zero = metrics(Float64Array.of(1, 2), Float64Array.of(0, 0), 1);
  t.ok([zero.relativeError.mean, zero.relativeError.min, zero.globalRelativeError, zero.r2].every(Number.isNaN));
  t.equal(zero.relativeError.leftOut, 2);
  const constant = metrics(Float64Array.of(0.1, 0.2, 0.3), Float64Array.of(0.1, 0.1, 0.1), 1);
  t.ok(Number.isNaN(constant.r2), 'R² of constant targets');
});

test('many rows', async (t) => {
  const ones = new Float64Array(400_000).fill(1);
  t.match(metrics(ones, ones, 2), { rmse: 0, samples: 200_000, relativeError: { mean: 0, max: 0 } });
});

test('rows that do not fit', async (t) => {
  for (const [p, cols] of [
    [predicted.slice(1), 2],
    [predicted, 4],
    [predicted, 0],
  ] as const) {
    t.throws(() => metrics(p, truth, cols), { code: 'ERR_SHAPE', message: /as many rows/ });
  }
});
