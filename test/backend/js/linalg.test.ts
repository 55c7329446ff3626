/** @file The small decompositions of the js backend. */
import t, { type Test } from 'tap';
import { jsBackend } from '../../../lib/backend/js/backend.js';
import { symmetricEigen } from '../../../lib/linalg/eigen.js';
import { product } from '../../../lib/linalg/matmul.js';
import { type Matrix, matrix, scaled, scaleRows, transposed } from '../../../lib/linalg/matrix.js';
import { householderQr } from '../../../lib/linalg/qr.js';
import { svd } from '../../../lib/linalg/svd.js';
import { norm } from '../../../lib/linalg/vector.js';
import { Random } from '../../../lib/random.js';
import { normals } from '../../support/numbers.js';
import { relativeError } from '../../support/reference.js';

const random = new Random(11);

function randomMatrix(rows: number, cols: number): Matrix {
  return matrix(rows, cols, normals(random, rows * cols));
}

function identity(n: number): Matrix {
  return matrix(
    n,
    n,
    Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
  );
}

function equal(t: Test, actual: Matrix, expected: Matrix, what: string, tolerance = 1e-13): void {
  t.same([actual.rows, actual.cols], [expected.rows, expected.cols], `${what}: shape`);
  const difference = norm(actual.data.map((x, i) => x - expected.data[i]));
  t.ok(difference <= tolerance * (1 + norm(expected.data)), `${what}: ${difference}`);
}

t.test('the four products', async (t) => {
  const A = randomMatrix(4, 3);
  const B = randomMatrix(3, 5);
  const expected = matrix(4, 5);
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 5; j++) {
      for (let k = 0; k < 3; k++) expected.data[i * 5 + j] += A.data[i * 3 + k] * B.data[k * 5 + j];
    }
  }
  equal(t, product(A, B), expected, 'A B');
  equal(t, product(transposed(A), B, { ta: true }), expected, 'AᵀB');
  equal(t, product(A, transposed(B), { tb: true }), expected, 'A Bᵀ');
  equal(t, product(transposed(A), transposed(B), { ta: true, tb: true }), expected, 'AᵀBᵀ');
});

t.test('Householder QR', async (t) => {
  for (const [rows, cols] of [
    [9, 4],
    [4, 4],
    [3, 5],
    [1, 1],
    [1, 3],
    [6, 1],
  ]) {
    const A = randomMatrix(rows, cols);
    const { R, applyQ } = householderQr(A);
    equal(t, applyQ(R), A, `Q R = A, ${rows} × ${cols}`);
    const Q = applyQ(identity(cols));
    if (rows >= cols) equal(t, product(Q, Q, { ta: true }), identity(cols), 'QᵀQ = I');
    t.ok(
      R.data.every((x, i) => Math.floor(i / cols) <= i % cols || x === 0),
      'R is upper triangular',
    );
  }
  for (const scale of [1e-200, 1e200]) {
    const A = scaled(randomMatrix(5, 3), scale);
    const { R, applyQ } = householderQr(A);
    t.ok(relativeError(scaled(applyQ(R), 1 / scale).data, scaled(A, 1 / scale).data) < 1e-14, `entries of ${scale}`);
  }
  equal(t, householderQr(matrix(4, 2)).R, matrix(2, 2), 'zero');
});

t.test('singular values', async (t) => {
  for (const [rows, cols] of [
    [30, 7],
    [7, 7],
    [4, 6],
    [1, 1],
  ]) {
    const A = randomMatrix(rows, cols);
    const { U, s, V } = svd(A);
    equal(t, product(U, scaleRows(transposed(V), s)), A, `U diag(s) Vᵀ = A, ${rows} × ${cols}`);
    equal(t, product(V, V, { ta: true }), identity(cols), 'VᵀV = I');
    if (rows >= cols) equal(t, product(U, U, { ta: true }), identity(cols), 'UᵀU = I');
    t.ok(
      s.every((si, i) => i === 0 || si <= s[i - 1]),
      'descending',
    );
  }
});

t.test('singular values far apart, each to its own relative accuracy', async (t) => {
  // Orthogonal columns of given lengths, in an order that QR does not sort.
  const lengths = [1e-9, 1, 1e-5];
  const { applyQ } = householderQr(randomMatrix(8, 3));
  const A = transposed(scaleRows(transposed(applyQ(identity(3))), Float64Array.from(lengths)));
  const { s } = svd(A);
  [1, 1e-5, 1e-9].forEach((expected, i) => {
    t.ok(Math.abs(s[i] / expected - 1) < 1e-12, `${s[i]}`);
  });
});

t.test('singular values whose squares overflow or vanish', async (t) => {
  const A = randomMatrix(9, 4);
  const plain = svd(A);
  for (const size of [2 ** -1010, 2 ** -600, 2 ** 600, 2 ** 1010]) {
    const { U, s, V } = svd(scaled(A, size));
    t.ok(relativeError(scaled(matrix(4, 1, s), 1 / size).data, plain.s) < 1e-14, `entries of ${size}`);
    equal(t, U, plain.U, 'left vectors');
    equal(t, V, plain.V, 'right vectors');
  }
});

t.test('rank loss', async (t) => {
  const A = product(randomMatrix(20, 2), randomMatrix(2, 5));
  const { U, s, V } = svd(A);
  equal(t, product(U, scaleRows(transposed(V), s)), A, 'U diag(s) Vᵀ = A');
  equal(t, product(V, V, { ta: true }), identity(5), 'V is orthogonal all the same');
  t.equal(s.filter((si) => si > 1e-12 * s[0]).length, 2, 'two singular values');
  const zero = svd(matrix(4, 3));
  t.same([...zero.s], [0, 0, 0]);
});

t.test('the backend’s thin decomposition', async (t) => {
  for (const [rows, cols] of [
    [6, 3],
    [3, 6],
  ]) {
    const A = randomMatrix(rows, cols);
    const { U, s, Vt } = jsBackend.svd(rows, cols, A.data).sync();
    t.equal(s.length, 3);
    equal(t, product(matrix(rows, 3, U), scaleRows(matrix(3, cols, Vt), s)), A, `${rows} × ${cols}`);
  }
});

t.test('symmetric eigenvalues', async (t) => {
  for (const [n, rank] of [
    [1, 1],
    [2, 2],
    [9, 9],
    [12, 5],
    [40, 3],
  ]) {
    const B = randomMatrix(rank, n);
    const S = product(B, B, { ta: true });
    const { values, vectors } = symmetricEigen(S);
    equal(t, product(vectors, scaleRows(scaled(vectors, 1), values), { ta: true }), S, `Vᵀ diag(λ) V = S, ${n}`);
    equal(t, product(vectors, vectors, { tb: true }), identity(n), 'V Vᵀ = I');
    t.ok(
      values.every((value, i) => i === 0 || value >= values[i - 1]),
      'ascending',
    );
  }
  const indefinite = symmetricEigen(matrix(2, 2, Float64Array.of(1, 2, 2, 1)));
  t.ok(relativeError(indefinite.values, [-1, 3]) < 1e-15);
});
