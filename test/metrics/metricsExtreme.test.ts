/** @file Metrics of numbers far from 1, and with weights. */
import t, { type Test } from 'tap';
import { classificationMetrics, fitTemperature, type Metrics, metrics, multiLabelMetrics } from '../../lib/index.js';
import { MeanRelativeError, RootMeanSquareError } from '../../lib/metrics/metrics.js';
import { Random } from '../../lib/random.js';

const random = new Random(3);
const normals = (count: number) => Float64Array.from({ length: count }, () => random.normal());
const near = (a: number, b: number, tolerance = 4e-15) => Math.abs(a - b) <= tolerance * Math.abs(b);

t.test('the same errors in any unit', async (t) => {
  const truth = normals(40);
  const predicted = truth.map((x) => x + 0.1 * random.normal());
  const plain = metrics(predicted, truth, 2);
  for (const exponent of [-1000, -565, -500, 500, 530, 1018]) {
    const unit = 2 ** exponent;
    const scaled = (values: Float64Array) => values.map((x) => unit * x);
    const found = metrics(scaled(predicted), scaled(truth), 2);
    t.strictSame({ ...found, rmse: found.rmse / unit }, plain, `2^${exponent}`);
    for (const running of [new RootMeanSquareError(), new MeanRelativeError()]) {
      for (const [begin, end] of [
        [0, 10],
        [10, 40],
      ]) {
        running.add(scaled(predicted).subarray(begin, end), scaled(truth).subarray(begin, end), 2);
      }
      const expected = running instanceof RootMeanSquareError ? plain.rmse * unit : plain.relativeError.mean;
      t.ok(near(running.value, expected, 1e-15), `${running.constructor.name} in 2^${exponent}`);
    }
  }
});

t.test('numbers by hand', async (t) => {
  for (const s of [1, 1e-170, 1e-300, 1e160, 1e306]) {
    const { rmse, r2, relativeError } = metrics(
      Float64Array.of(1.1 * s, 2 * s, 3 * s, 4 * s),
      Float64Array.of(s, 2 * s, 3 * s, 4 * s),
      1,
    );
    t.ok(near(rmse / s, 0.05, 1e-14), `rmse at ${s}`);
    t.ok(near(r2, 0.998, 1e-14), `R² at ${s}`);
    t.ok(near(relativeError.mean, 0.025, 1e-14), `relative error at ${s}`);
    t.equal(relativeError.leftOut, 0);
  }
  const { r2 } = metrics(
    Float64Array.of(1.4e154, 2.4e154, 3.4e154, 4.4e154),
    Float64Array.of(1e154, 2e154, 3e154, 4e154),
    1,
  );
  t.ok(near(r2, 0.872, 1e-14), `${r2}`);
});

t.test('rows of very different size have their own relative errors', async (t) => {
  const truth = Float64Array.of(1e-200, 2e-200, 1e200, -1e200, 5e-324, 0, 0, 0);
  const predicted = truth.map((x, i) => (i < 4 ? 1.5 * x : x));
  const { relativeError, globalRelativeError } = metrics(predicted, truth, 2);
  t.ok(near(relativeError.mean, 1 / 3), `${relativeError.mean}`);
  t.match(relativeError, { min: 0, leftOut: 1 });
  t.ok(near(relativeError.max, 0.5) && near(globalRelativeError, 0.5));
  // An exact row of huge numbers does not hide the error of a small one.
  t.ok(near(metrics(Float64Array.of(1e200, 3), Float64Array.of(1e200, 1), 1).rmse, Math.SQRT2));
});

t.test('R² does not depend on an offset, however many rows', async (t) => {
  const rows = 200_000;
  const residual = Float64Array.from({ length: rows }, (_, n) => ((n % 4) - 1.5) / 1024);
  const truth = Float64Array.from({ length: rows }, (_, n) => ((n % 1000) - 499.5) / 64);
  const of = (offset: number) =>
    metrics(
      truth.map((x, n) => offset + x + residual[n]),
      truth.map((x) => offset + x),
      1,
    );
  t.ok(near(of(2 ** 33).r2, of(0).r2, 1e-15));
  t.ok(near(of(2 ** 33).rmse, of(0).rmse, 1e-15));
  t.ok(near(of(0).rmse, Math.sqrt(1.25) / 1024, 1e-15), 'sums of many squares are right to rounding');
  const constant = new Float64Array(rows).fill(14.62);
  t.ok(Number.isNaN(metrics(constant, constant, 1).r2), 'constant targets have none');
});

t.test('what is not finite stays so', async (t) => {
  const of = (value: number) => metrics(Float64Array.of(1, value, value, 1), Float64Array.of(1, 1.5, 1.5, 2), 1);
  t.equal(of(Number.POSITIVE_INFINITY).rmse, Number.POSITIVE_INFINITY);
  t.ok(Number.isNaN(of(Number.NaN).rmse));
});

const weights = Float64Array.from({ length: 30 }, (_, n) => [1, 2, 0, 3][n % 4]);
const standing = Array.from(weights).flatMap((weight, n) => Array<number>(weight).fill(n));
const rowsOf = (data: Float64Array, cols: number, rows: number[]) =>
  Float64Array.from(rows.flatMap((n) => [...data.subarray(n * cols, (n + 1) * cols)]));

/** All numbers in it agree to rounding. */
function agree(t: Test, found: unknown, expected: unknown, path = ''): void {
  if (typeof expected === 'number') {
    t.ok(Object.is(found, expected) || near(found as number, expected, 1e-13), `${path}: ${found}, ${expected}`);
  } else if (typeof expected === 'object' && expected !== null) {
    for (const key of Object.keys(expected)) {
      agree(t, (found as never)[key], (expected as never)[key], `${path}.${key}`);
    }
  } else t.equal(found, expected, path);
}

t.test('a weight stands for as many samples', async (t) => {
  const truth = normals(60);
  truth.fill(0, 6, 8);
  truth.fill(0, 10, 12);
  const predicted = truth.map((x) => x + random.normal());
  truth.fill(1e300, 4, 6); // of weight 0
  const twice: Metrics = metrics(rowsOf(predicted, 2, standing), rowsOf(truth, 2, standing), 2);
  agree(t, metrics(predicted, truth, 2, { sampleWeights: weights }), twice);
  const running = new MeanRelativeError();
  running.add(predicted.subarray(0, 20), truth.subarray(0, 20), 2, weights.subarray(0, 10));
  running.add(predicted.subarray(20), truth.subarray(20), 2, weights.subarray(10));
  t.ok(near(running.value, twice.relativeError.mean, 1e-14));
  const root = new RootMeanSquareError();
  root.add(predicted.subarray(0, 20), truth.subarray(0, 20), 2, weights.subarray(0, 10));
  root.add(predicted.subarray(20), truth.subarray(20), 2, weights.subarray(10));
  t.ok(near(root.value, twice.rmse, 1e-14));
});

t.test('so in metrics of classes and labels', async (t) => {
  const data = normals(90);
  const labels = Array.from({ length: 30 }, (_, n) => (7 * n) % 3);
  const logits = { data, shape: [30, 3] };
  const more = { data: rowsOf(data, 3, standing), shape: [standing.length, 3] };
  const moreLabels = standing.map((n) => labels[n]);
  agree(t, classificationMetrics(logits, labels, { sampleWeights: weights }), classificationMetrics(more, moreLabels));
  agree(
    t,
    [
      fitTemperature(
        { ...logits, data: data.map((x, i) => x + 2 * Number(labels[Math.floor(i / 3)] === i % 3)) },
        labels,
        { sampleWeights: weights },
      ),
    ],
    [
      fitTemperature(
        { ...more, data: more.data.map((x, i) => x + 2 * Number(moreLabels[Math.floor(i / 3)] === i % 3)) },
        moreLabels,
      ),
    ],
  );
  const truth = { data: data.map((_, i) => (i % 7) / 6), shape: [30, 3] };
  const moreTruth = { data: rowsOf(truth.data, 3, standing), shape: [standing.length, 3] };
  agree(t, multiLabelMetrics(logits, truth, { sampleWeights: weights }), multiLabelMetrics(more, moreTruth));
});

t.test('weights that cannot be', async (t) => {
  const [p, c] = [Float64Array.of(1, 2), Float64Array.of(1, 3)];
  const cases: [sampleWeights: number[], message: RegExp][] = [
    [[1], /2 numbers, one a sample, for sampleWeights/],
    [[1, -1], /at least 0 for entry 1 of sampleWeights/],
    [[1, Number.POSITIVE_INFINITY], /finite numbers/],
    [[0, 0], /a weight above 0/],
    [[1e308, 1e308], /weights of a finite sum/],
  ];
  for (const [sampleWeights, message] of cases) {
    t.throws(() => metrics(p, c, 1, { sampleWeights }), { code: 'ERR_OPTION', message });
    t.throws(() => multiLabelMetrics([[1], [2]], [[1], [0]], { sampleWeights }), { code: 'ERR_OPTION', message });
    t.throws(
      () =>
        classificationMetrics(
          [
            [1, 0],
            [2, 1],
          ],
          [1, 0],
          { sampleWeights },
        ),
      { code: 'ERR_OPTION', message },
    );
    t.throws(
      () =>
        fitTemperature(
          [
            [1, 0],
            [2, 1],
          ],
          [1, 0],
          { sampleWeights },
        ),
      { code: 'ERR_OPTION', message },
    );
  }
  t.throws(() => metrics(p, c, 1, { weights: [1, 1] } as never), { code: 'ERR_OPTION', message: /"weights"/ });
});
