/** @file Means and deviations of columns against exact arithmetic, in TypeScript and, by way of a backend, in C++. */
import t from 'tap';
import { type Matrix, matrix } from '../../lib/data/matrix.js';
import { columnMoments } from '../../lib/data/moments.js';
import type { SampleWeights } from '../../lib/data/weights.js';
import { noCancel } from '../../lib/job/cancel.js';
import { driveSync } from '../../lib/job/job.js';
import { Random } from '../../lib/random.js';
import { onBackends } from '../support/reference.js';

const momentsOf = (m: Matrix, weights: SampleWeights = null) => driveSync(columnMoments(m, weights));
const column = (values: ArrayLike<number>) => matrix(Float64Array.from(values), [values.length, 1]);

/** p / q as a number, right to the last digit. */
function quotient(p: bigint, q: bigint): number {
  const bits = 200n;
  return Number((p << bits) / q) / 2 ** 200;
}

/** Of integers, with integer weights: mean and variance as quotients. */
function exactMoments(integers: readonly bigint[], weights: readonly bigint[] = integers.map(() => 1n)) {
  const total = weights.reduce((sum, w) => sum + w);
  const sum = integers.reduce((s, x, n) => s + weights[n] * x, 0n);
  const squares = integers.reduce((s, x, n) => s + weights[n] * x * x, 0n);
  return { sum, total, deviation: Math.sqrt(quotient(total * squares - sum * sum, total * total)) };
}

const random = new Random(5);
const noise = (rows: number, size: number) => Array.from({ length: rows }, () => Math.round(size * random.normal()));
const outlier = (rows: number) => noise(rows, 1000).with(0, 2 ** 50);

const columns: [what: string, offset: number, differences: number[]][] = [
  ['an offset 1e11 times the deviation', 2 ** 52, noise(20_000, 2 ** 15)],
  ['no offset', 0, noise(20_000, 1e6)],
  ['one entry that is far out, the first', 0, outlier(20_000)],
  ['one entry that differs, the last', 14_620_000_000, noise(50_000, 0).with(-1, 1)],
  ['two rows', 2 ** 52, [0, 301]],
  ['many rows of two values', 1e15, Array.from({ length: 100_001 }, (_, n) => 7 * (n % 2))],
];

for (const exponent of [0, -40, 500, 970, -600, -1040]) {
  t.test(`right to rounding, in units of 2^${exponent}`, async (t) => {
    const unit = (x: number) => x * 2 ** Math.trunc(exponent / 2) * 2 ** (exponent - Math.trunc(exponent / 2));
    for (const [what, offset, differences] of columns) {
      if (exponent < -1022 && offset === 0 && what !== 'no offset') continue;
      const integers = differences.map((x) => BigInt(offset) + BigInt(x));
      const { sum, total, deviation } = exactMoments(integers);
      const m = column(integers.map((x) => unit(Number(x))));
      const found = momentsOf(m);
      const mean = unit(quotient(sum, total));
      t.ok(Math.abs(found.mean[0] - mean) <= 2 * Number.EPSILON * Math.abs(mean) + 5e-324, `${what}: mean`);
      const off = Math.abs(found.deviation[0] / unit(deviation) - 1);
      t.ok(off < (exponent < -1022 ? 1e-7 : 2e-15), `${what}: deviation, off by ${off}`);
      if (exponent !== 0) continue;
      // mean + rest less the exact mean, from whole numbers.
      const whole = Math.round(found.mean[0]);
      const rest = quotient(sum - BigInt(whole) * total, total);
      t.ok(Math.abs(found.mean[0] - whole + found.rest[0] - rest) < 1e-15 * deviation, `${what}: rest`);
    }
  });
}

t.test('weights are rows that stand as often', async (t) => {
  const integers = noise(3000, 1000).map((x) => BigInt(x) + 10n ** 12n);
  const weights = integers.map((_, n) => BigInt(n % 4));
  const { sum, total, deviation } = exactMoments(integers, weights);
  const m = column(integers.map(Number));
  m.data[0] = 1e300; // of weight 0
  for (const factor of [1, 1e-300, 1e300]) {
    const found = momentsOf(
      m,
      Float64Array.from(weights, (w) => factor * Number(w)),
    );
    t.ok(Math.abs(found.mean[0] - quotient(sum, total)) <= Number.EPSILON * 1e12, `mean, weights times ${factor}`);
    const off = Math.abs(found.deviation[0] / deviation - 1);
    t.ok(off < 2e-15, `deviation, weights times ${factor}: off by ${off}`);
  }
});

t.test('constant columns are exactly that, whatever the number of rows', async (t) => {
  const constants = [14.62, 0.1, -1 / 3, 1e300, -1e-300, 3e-310, 5e-324, Number.MAX_VALUE, 0];
  for (const rows of [1, 2, 7, 500, 1000, 5000]) {
    const data = Float64Array.from({ length: rows * constants.length }, (_, i) => constants[i % constants.length]);
    const { mean, rest, deviation } = momentsOf({ data, shape: [rows, constants.length] });
    t.strictSame([...mean], constants, `${rows} rows: mean`);
    t.ok([...rest, ...deviation].every((x) => x === 0));
  }
});

t.test('differences of the last bits only are none', async (t) => {
  for (const base of [0.3, 1e8 / 3, 1e-200]) {
    const next = base * (1 + Number.EPSILON);
    const { mean, deviation } = momentsOf(column(Array.from({ length: 300 }, (_, n) => (n % 3 === 0 ? next : base))));
    t.equal(deviation[0], 0);
    t.ok(mean[0] >= base && mean[0] <= next);
    const more = momentsOf(column([base, base * (1 + 32 * Number.EPSILON)]));
    t.ok(more.deviation[0] > 0, 'more is a deviation');
  }
});

t.test('C++ agrees', async (t) => {
  const rows = 5000;
  const data = Float64Array.from({ length: rows * 6 }, (_, i) => {
    const x = random.normal();
    return [14.62, 1e8 + 1e-3 * x, 1e-170 * x, 1e200 * (3 + x), i === 1 ? 1e9 : x, 1e-312 * x][i % 6];
  });
  const weights = Float64Array.from({ length: rows }, (_, n) => n % 3);
  await onBackends(t, (t, backend) => {
    for (const some of [null, weights]) {
      const { mean, rest, deviation } = momentsOf({ data, shape: [rows, 6] }, some);
      const { inputs } = backend.centredQr(rows, data, new Float64Array(rows), some, noCancel()).sync();
      t.equal(inputs.mean[0], 14.62);
      inputs.mean.forEach((x, j) => {
        // To twice the precision of the mean.
        const off = Math.abs(x - mean[j] + (inputs.rest[j] - rest[j]));
        t.ok(off <= 1e-15 * deviation[j] + 5e-324, `column ${j}: off by ${off}`);
        t.ok(inputs.unit[j] === 1 || Math.abs(Math.log2(inputs.unit[j] / deviation[j])) <= 1 || j === 5);
      });
    }
  });
});
