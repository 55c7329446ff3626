import t from 'tap';
import { BandedLU, BandedMatrix } from '../../lib/problems/banded.js';
import { Random } from '../../lib/random.js';

interface Sizes {
  n: number;
  kl: number;
  ku: number;
}

/** A random banded matrix, also dense and row-major; well conditioned, yet some rows are exchanged. */
function randomBanded({ n, kl, ku }: Sizes, random: Random) {
  const banded = new BandedMatrix(n, kl, ku);
  const dense = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = Math.max(0, i - kl); j <= Math.min(n - 1, i + ku); j++) {
      dense[i * n + j] = random.uniform(-1, 1) + (i === j ? 1.5 : 0);
      banded.add(i, j, dense[i * n + j]);
    }
  }
  return { banded, dense };
}

const randomVector = (length: number, random: Random) => Float64Array.from({ length }, () => random.normal());

/** Gaussian elimination with partial pivoting. */
function solveDense(matrix: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const rows = Array.from({ length: n }, (_, i) => [...matrix.subarray(i * n, (i + 1) * n), b[i]]);
  for (let k = 0; k < n; k++) {
    const pivot = rows
      .slice(k)
      .reduce((best, row, i) => (Math.abs(row[k]) > Math.abs(rows[best][k]) ? k + i : best), k);
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i][k] / rows[k][k];
      for (let j = k; j <= n; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let sum = rows[i][n];
    for (let j = i + 1; j < n; j++) sum -= rows[i][j] * x[j];
    x[i] = sum / rows[i][i];
  }
  return x;
}

const largest = (values: Float64Array) => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);

t.test('solves as a dense elimination does, for narrow, wide and lopsided bands', async (t) => {
  const random = new Random(1);
  const cases = [
    { n: 1, kl: 0, ku: 0 },
    { n: 30, kl: 0, ku: 0 },
    { n: 40, kl: 3, ku: 5 },
    { n: 40, kl: 7, ku: 0 },
    { n: 25, kl: 24, ku: 24 },
  ];
  for (const sizes of cases) {
    const { banded, dense } = randomBanded(sizes, random);
    const lu = new BandedLU(banded);
    const b = randomVector(sizes.n, random);
    const expected = solveDense(dense, b);
    const error = largest(lu.solveSync(b).map((x, i) => x - expected[i])) / largest(expected);
    t.ok(error < 1e-12, `n ${sizes.n}, kl ${sizes.kl}, ku ${sizes.ku}: ${error}`);
  }
});

t.test('a column has the same bits alone, among 150, and off the main thread', async (t) => {
  const random = new Random(2);
  const lu = new BandedLU(randomBanded({ n: 50, kl: 4, ku: 6 }, random).banded);
  const rhs = randomVector(50 * 150, random);
  const before = rhs.slice();
  const x = lu.solveSync(rhs);
  t.same(rhs, before, 'the right-hand side is not touched');
  for (const column of [0, 63, 64, 149]) {
    t.same(lu.solveSync(rhs.subarray(column * 50, (column + 1) * 50)), x.subarray(column * 50, (column + 1) * 50));
  }
  const [first, second] = await Promise.all([lu.solve(rhs), lu.solve(rhs)]);
  t.same(first, x);
  t.same(second, x);
  t.equal(lu.solveSync(new Float64Array(0)).length, 0, 'no column, no solution');
});

t.test('a singular matrix is refused with routine and position', async (t) => {
  const banded = new BandedMatrix(3, 1, 1);
  banded.add(0, 0, 1);
  banded.add(2, 2, 1);
  t.throws(() => new BandedLU(banded), { code: 'ERR_LAPACK', routine: 'dgbtrf', info: 2, message: /dgbtrf.*2/ });
});

t.test('entries that are not finite, or overflow on the way, do no harm', async (t) => {
  for (const value of [NaN, Infinity, -Infinity]) {
    const banded = new BandedMatrix(4, 1, 1);
    banded.ab.fill(1);
    banded.add(2, 2, value);
    t.throws(() => new BandedLU(banded), { code: 'ERR_NONFINITE', message: /finite entries for ab/ });
  }
  const huge = randomBanded({ n: 40, kl: 5, ku: 5 }, new Random(4)).banded;
  const scaled = huge.ab.map((x) => x * 6e307);
  try {
    t.equal(new BandedLU({ n: 40, kl: 5, ku: 5, ab: scaled }).solveSync(new Float64Array(40).fill(1)).length, 40);
  } catch (error) {
    t.match(error, { code: /ERR_NONFINITE|ERR_LAPACK/ });
  }
});

t.test('misuse is refused with a sentence', async (t) => {
  const ab = new Float64Array(16).fill(1);
  const misuses: [unknown, RegExp][] = [
    [{ n: 0, kl: 0, ku: 0, ab }, /^Expected an integer from 1 to \d+ for n but received 0\.$/],
    [{ n: 2.5, kl: 0, ku: 0, ab }, /for n but received 2.5/],
    [{ n: '4', kl: 1, ku: 1, ab }, /for n but received '4'/],
    [{ n: 2 ** 40, kl: 1, ku: 1, ab }, /for n but received 1099511627776/],
    [{ n: 4, kl: 4, ku: 1, ab }, /^Expected an integer from 0 to 3 for kl but received 4\.$/],
    [{ n: 4, kl: -1, ku: 1, ab }, /for kl but received -1/],
    [{ n: 4, kl: 1, ku: NaN, ab }, /for ku but received nan/i],
    [
      { n: 4, kl: 1, ku: 2, ab },
      /^Expected a Float64Array of length 20 for ab but received a Float64Array of length 16\.$/,
    ],
    [{ n: 4, kl: 1, ku: 1, ab: [...ab] }, /for ab but received an array of length 16/],
    [{ n: 4, kl: 1, ku: 1, ab: new Float32Array(16) }, /for ab but received a Float32Array of length 16/],
    [{ n: 4, kl: 1, ku: 1 }, /for ab but received undefined/],
  ];
  for (const [matrix, message] of misuses) {
    t.throws(() => new BandedLU(matrix as never), { code: 'ERR_ARGUMENT', message });
  }

  const lu = new BandedLU(randomBanded({ n: 4, kl: 1, ku: 1 }, new Random(0)).banded);
  const length = {
    code: 'ERR_ARGUMENT',
    message: /whose length is a multiple of 4 for rhs but received .* length 6\.$/,
  };
  t.throws(() => lu.solveSync(new Float64Array(6)), length);
  await t.rejects(lu.solve(new Float64Array(6)), length);
  t.throws(() => lu.solveSync([1, 2, 3, 4] as never), { code: 'ERR_ARGUMENT' });
  await t.rejects(lu.solve(undefined as never), { code: 'ERR_ARGUMENT' });
  t.throws(() => new BandedMatrix(4, 1, 1).add(0, 2, 1), RangeError);
});

t.test('after dispose() running solves end well, new ones are refused', async (t) => {
  const random = new Random(6);
  const { banded } = randomBanded({ n: 200, kl: 10, ku: 10 }, random);
  const lu = new BandedLU(banded);
  const rhs = randomVector(200 * 500, random);
  const expected = lu.solveSync(rhs);
  const running = lu.solve(rhs);
  lu.dispose();
  lu.dispose();
  t.same(await running, expected);
  t.throws(() => lu.solveSync(rhs), { code: 'ERR_DISPOSED' });
  await t.rejects(lu.solve(rhs), { code: 'ERR_DISPOSED' });
});
