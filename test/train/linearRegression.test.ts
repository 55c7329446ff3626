/** @file The linear fit on columns far apart in scale, on ill-conditioned polynomials, and with weights. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { backendNames, selectBackend } from '../../lib/backend/select.js';
import { dense, type LinearRegressionOptions, linearRegression, Network } from '../../lib/index.js';
import { noCancel } from '../../lib/job/cancel.js';
import { drive, driveSync } from '../../lib/job/job.js';
import { Random } from '../../lib/random.js';
import { initialTheta } from '../../lib/train/start/initialize.js';
import { leastSquaresMap } from '../../lib/train/start/leastSquares.js';
import { relativeError } from '../support/reference.js';

const strd = JSON.parse(readFileSync(new URL('../fixtures/strdLinear.json', import.meta.url), 'utf8'));
const powers = (x: number, degree: number) => Array.from({ length: degree }, (_, k) => x ** (k + 1));

/** The constant first. */
async function coefficients(X: number[][], y: number[], options: LinearRegressionOptions = {}): Promise<number[]> {
  const fit = await linearRegression(
    X,
    y.map((value) => [value]),
    options,
  );
  const constant = fit.map.reduce((sum, slope, i) => sum - slope * fit.inputMean[i], fit.targetMean[0]);
  return [constant, ...fit.map];
}

/** Digits of the worst coefficient. */
const digits = (found: number[], certified: number[]) =>
  -Math.log10(Math.max(...found.map((value, i) => Math.abs(value / certified[i] - 1)), Number.EPSILON));

const random = new Random(11);
const normals = (rows: number, cols: number) =>
  Array.from({ length: rows }, () => Array.from({ length: cols }, () => random.normal()));

for (const backend of backendNames) {
  t.test(`${backend}: columns far apart in scale`, async (t) => {
    const X = Array.from({ length: 50 }, (_, i) => [1e5 + i * 4e5, 1e-4 * Math.sin(i)]);
    const y = X.map(([p, s]) => 1e-7 * p + 1e4 * s);
    const fit = await linearRegression(
      X,
      y.map((value) => [value]),
      { backend },
    );
    t.ok(relativeError([...fit.map], [1e-7, 1e4]) < 1e-14 && Math.abs(fit.map[0] / 1e-7 - 1) < 1e-13, `${fit.map}`);
    t.ok(fit.predict(X).data.every((value, i) => Math.abs(value - y[i]) < 1e-14 * Math.abs(y[i]) + 1e-14));
  });

  t.test(`${backend}: a change of units changes the map by as much, and nothing else`, async (t) => {
    const X = normals(60, 4);
    const y = X.map(([a, b, c, d]) => a - 2 * b + 3 * c - 4 * d + 0.1 * random.normal());
    const plain = await coefficients(X, y, { backend });
    for (const units of [
      [1e-9, 1, 1e9, 1e3],
      [1e-170, 1e160, 1e-3, 1],
      [1e300, 1e-300, 1e-306, 1e306],
    ]) {
      const moved = X.map((row) => row.map((value, i) => value * units[i]));
      const [, ...map] = await coefficients(moved, y, { backend });
      const off = map.map((slope, i) => Math.abs((slope * units[i]) / plain[i + 1] - 1));
      t.ok(Math.max(...off) < 1e-13, `units ${units}: ${off}`);
    }
    for (const unit of [1e-300, 1e300]) {
      const scaled = y.map((value) => value * unit);
      const [, ...map] = await coefficients(X, scaled, { backend });
      t.ok(Math.max(...map.map((slope, i) => Math.abs(slope / unit / plain[i + 1] - 1))) < 1e-13, `targets in ${unit}`);
    }
  });

  t.test(`${backend}: dependent columns of any scale predict alike`, async (t) => {
    const X = normals(40, 2);
    const y = X.map(([a, b]) => 2 * a - b);
    for (const unit of [1, 1e-12, 1e12]) {
      const dependent = X.map(([a, b]) => [a, b * unit, 7, (a + b) * unit * 1e3]);
      const fit = await linearRegression(
        dependent,
        y.map((value) => [value]),
        { backend },
      );
      t.equal(fit.map[2], 0, 'a constant column has no slope');
      t.ok(fit.map.every(Number.isFinite));
      t.ok(relativeError(fit.predict(dependent).data, y) < 1e-13, `unit ${unit}`);
    }
    const twice = await linearRegression(
      X.map(([a]) => [a, 1e10 * a]),
      X.map(([a]) => [a]),
      { backend },
    );
    t.ok(relativeError([twice.map[0], 1e10 * twice.map[1]], [0.5, 0.5]) < 1e-13, 'each has half, in its unit');
  });

  t.test(`${backend}: an offset takes no digits from slopes and predictions`, async (t) => {
    const X = Array.from({ length: 2000 }, (_, n) => [1e8 + Math.round(1000 * Math.sin(n)) / 2 ** 20]);
    const y = X.map(([x]) => x - 1e8);
    const fit = await linearRegression(
      X,
      y.map((value) => [value]),
      { backend },
    );
    t.ok(Math.abs(fit.map[0] - 1) < 1e-14, `${fit.map[0]}`);
    const worst = Math.max(...fit.predict(X).data.map((value, n) => Math.abs(value - y[n])));
    t.ok(worst < 1e-18, `${worst}`); // of numbers of 1e-3
  });

  t.test(`${backend}: polynomials of degree 5 with exact coefficients (Wampler)`, async (t) => {
    const xs = Array.from({ length: 21 }, (_, x) => x);
    const X = xs.map((x) => powers(x, 5));
    const sum = (x: number, ratio: number) => 1 + powers(ratio * x, 5).reduce((a, b) => a + b);
    // Disturbances orthogonal to all polynomials of degree 5, of growing size.
    const half = [759, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 1838, -2048, 2048];
    const disturbance = (x: number) => half[x <= 10 ? x : 20 - x];
    for (const [size, least] of [
      [0, 9],
      [1, 8],
      [100, 6],
      [10_000, 4],
    ]) {
      const y = xs.map((x) => sum(x, 1) + size * disturbance(x));
      const found = digits(await coefficients(X, y, { backend }), [1, 1, 1, 1, 1, 1]);
      t.ok(found > least, `disturbance × ${size}: ${found.toFixed(1)} digits`);
    }
    const second = xs.map((x) => sum(x, 0.1));
    const found = digits(await coefficients(X, second, { backend }), [1, 0.1, 0.01, 1e-3, 1e-4, 1e-5]);
    t.ok(found > 11, `${found.toFixed(1)} digits`);
  });

  t.test(`${backend}: a polynomial of degree 10 (Filip)`, async (t) => {
    const { x, y, certified } = strd.filip;
    const X = x.map((value: number) => powers(value, 10));
    const found = digits(await coefficients(X, y, { backend }), certified);
    t.ok(found > 6.5, `${found.toFixed(1)} digits`);
  });

  t.test(`${backend}: nearly dependent columns (Longley)`, async (t) => {
    const { X, y, certified } = strd.longley;
    const found = digits(await coefficients(X, y, { backend }), certified);
    t.ok(found > 10.5, `${found.toFixed(1)} digits`);
  });

  t.test(`${backend}: weights stand for rows`, async (t) => {
    const X = normals(30, 3).map(([a, b, c]) => [a + 100, 1e-8 * b, 7 * c]);
    const y = X.map(([a], n) => Math.sin(a) + n / 30);
    const weights = X.map((_, n) => n % 3);
    const standing = X.flatMap((_, n) => Array<number>(weights[n]).fill(n));
    const expected = await coefficients(
      standing.map((n) => X[n]),
      standing.map((n) => y[n]),
      { backend },
    );
    const outlier = X.with(0, [1e200, -1e200, 3]);
    for (const factor of [1, 2 ** -900, 2 ** 900]) {
      const sampleWeights = weights.map((weight) => factor * weight);
      const found = await coefficients(outlier, y.with(0, 1e250), { backend, sampleWeights });
      t.ok(Math.max(...found.map((value, i) => Math.abs(value / expected[i] - 1))) < 1e-11, `${found} ${expected}`);
    }
  });

  t.test(`${backend}: the start 'svd' sees small columns`, async (t) => {
    const network = new Network(dense(1, { activation: 'tanh' }), 2);
    const rows = normals(50, 2);
    const start = async (unit: number) => {
      const inputs = Float64Array.from(rows.flatMap(([a, b]) => [a, unit * b]));
      const targets = Float64Array.from(rows, ([a, b]) => a + 2 * b);
      const data = { inputs, targets, samples: 50, sampleWeights: null, cancelFlag: noCancel() };
      return await drive(initialTheta(network, 'svd', 0, data, selectBackend(backend)));
    };
    const theta = await start(1e-8);
    // Half the direction of the map (1, 2e8).
    t.ok(Math.abs(Math.abs(theta[1]) - 0.5) < 1e-14 && Math.abs(theta[0] / theta[1] - 0.5e-8) < 1e-16, `${theta}`);
  });
}

t.test('both backends give the same map', async (t) => {
  const { X, y } = strd.longley;
  const [js, native] = backendNames.map((name) =>
    driveSync(leastSquaresMap(selectBackend(name), Float64Array.from(X.flat()), Float64Array.from(y), y.length)),
  );
  t.ok(relativeError(js.map, native.map) < 1e-11);
  t.strictSame(js.inputMean, native.inputMean);
});

t.test('misuse', async (t) => {
  const [X, y] = [
    [[1], [2]],
    [[1], [2]],
  ];
  await t.rejects(linearRegression(X, y, { sampleWeights: [1] }), { code: 'ERR_OPTION', message: /2 numbers, one a/ });
  await t.rejects(linearRegression(X, y, { sampleWeights: [1, -1] }), { code: 'ERR_OPTION', message: /entry 1 of/ });
  await t.rejects(linearRegression(X, y, { sampleWeights: [0, 0] }), { code: 'ERR_OPTION', message: /above 0/ });
  await t.rejects(linearRegression(X, y, { weights: [1, 1] } as never), { code: 'ERR_OPTION', message: /"weights"/ });
});
