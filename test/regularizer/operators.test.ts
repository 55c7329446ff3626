/** @file Regularisation operators against the dense matrices that they stand for. */
import t, { type Test } from 'tap';
import type { QuadraticRegularizer } from '../../lib/backend/backend.js';
import { plus } from '../../lib/linalg/vector.js';
import { Random } from '../../lib/random.js';
import { blockRegularizer } from '../../lib/regularizer/blocks.js';
import { multiply, regularizerGradient, regularizerValue, tikhonov } from '../../lib/regularizer/tikhonov.js';
import { timeDerivative } from '../../lib/regularizer/timeDerivative.js';
import { trainSync } from '../../lib/train/train.js';
import { normals } from '../support/numbers.js';
import { relativeError } from '../support/reference.js';
import { options } from '../train/problem.js';

type Dense = number[][];

const zeros = (n: number): Dense => Array.from({ length: n }, () => new Array<number>(n).fill(0));
const scaledIdentity = (n: number, alpha: number): Dense =>
  zeros(n).map((row, i) => row.map((_, j) => (i === j ? alpha : 0)));

/** α BᵀB, B the matrix of the differences (θ_{k+1} − θ_k)/h. */
function differences(perNode: number, nodes: number, h: number, alpha: number): Dense {
  const A = zeros(perNode * nodes);
  for (let row = 0; row < perNode * (nodes - 1); row++) {
    const B = new Array<number>(A.length).fill(0);
    B[row] = -1 / h;
    B[row + perNode] = 1 / h;
    for (let i = 0; i < A.length; i++) for (let j = 0; j < A.length; j++) A[i][j] += alpha * B[i] * B[j];
  }
  return A;
}

function times(A: Dense, x: Float64Array): Float64Array {
  return Float64Array.from(A, (row) => row.reduce((sum, a, j) => sum + a * x[j], 0));
}

function blockDiagonal(...blocks: Dense[]): Dense {
  const A = zeros(blocks.reduce((sum, block) => sum + block.length, 0));
  let first = 0;
  for (const block of blocks) {
    block.forEach((row, i) => {
      row.forEach((value, j) => {
        A[first + i][first + j] = value;
      });
    });
    first += block.length;
  }
  return A;
}

function check(t: Test, regularizer: QuadraticRegularizer, A: Dense, reference: Float64Array): void {
  const theta = normals(new Random(2), A.length);
  const departure = plus(theta, reference, -1);
  const gradient = times(A, departure);
  const zero = gradient.every((g) => g === 0);
  const near = (actual: ArrayLike<number>, expected: ArrayLike<number>) => relativeError(actual, expected) < 1e-14;
  t.equal(regularizer.rowPointers.length, A.length + 1);
  t.ok(near(multiply(regularizer, theta), times(A, theta)), 'A θ');
  t.ok(near(regularizerGradient(regularizer, theta), gradient), 'gradient');
  const value = 0.5 * departure.reduce((sum, x, i) => sum + x * gradient[i], 0);
  t.ok(near([regularizerValue(regularizer, theta)], [value]), 'value');
  t.equal(regularizerValue(regularizer, reference), 0, 'nothing at the reference');
  for (let i = 0; i < A.length; i++) {
    const { rowPointers, columns } = regularizer;
    const row = [...columns.subarray(rowPointers[i], rowPointers[i + 1])];
    t.strictSame(
      row,
      [...new Set(row)].sort((a, b) => a - b),
      'columns of a row rise',
    );
  }
  t.equal(zero, regularizer.values.length === 0);
}

const none = (n: number) => new Float64Array(n);

t.test('tikhonov', async (t) => {
  check(t, tikhonov(5, 0.3), scaledIdentity(5, 0.3), none(5));
  const reference = normals(new Random(4), 5);
  check(t, tikhonov(5, 0.3, reference), scaledIdentity(5, 0.3), reference);
  check(t, tikhonov(5, 0), zeros(5), none(5));
});

t.test('timeDerivative', async (t) => {
  for (const [perNode, nodes] of [
    [1, 2],
    [3, 2],
    [3, 4],
    [2, 7],
  ]) {
    check(t, timeDerivative(perNode, nodes, 0.25, 0.7), differences(perNode, nodes, 0.25, 0.7), none(perNode * nodes));
  }
  const reference = normals(new Random(4), 12);
  check(t, timeDerivative(3, 4, 0.5, 2, reference), differences(3, 4, 0.5, 2), reference);
  const constant = Float64Array.from({ length: 12 }, (_, i) => i % 3);
  t.equal(regularizerValue(timeDerivative(3, 4, 0.5, 2), constant), 0, 'weights that are constant in time are free');
});

t.test('blockRegularizer', async (t) => {
  const whole = blockRegularizer([tikhonov(4, 0.1), tikhonov(2, 0), timeDerivative(3, 3, 0.5, 0.2)]);
  check(t, whole, blockDiagonal(scaledIdentity(4, 0.1), zeros(2), differences(3, 3, 0.5, 0.2)), none(15));
  const reference = normals(new Random(4), 4);
  const withReference = blockRegularizer([tikhonov(2, 1), tikhonov(4, 0.1, reference)]);
  check(
    t,
    withReference,
    blockDiagonal(scaledIdentity(2, 1), scaledIdentity(4, 0.1)),
    Float64Array.of(0, 0, ...reference),
  );
});

t.test('in a training', async (t) => {
  const stop = { iterations: 4 };
  const number = trainSync(options({ regularization: { theta: 1e-3 }, stop }));
  const operator = trainSync(options({ regularization: { theta: tikhonov(24, 1e-3) }, stop }));
  t.strictSame(operator.model.theta, number.model.theta, 'α and α I are the same');
  t.match(operator.report.used, { regularization: { theta: 'operator' } });
  t.equal(operator.report.levels[0].alphaTheta, null);
  const pull = new Float64Array(24).fill(0.4);
  const strong = trainSync(options({ regularization: { theta: tikhonov(24, 1e4, pull) }, stop: { iterations: 15 } }));
  t.ok(relativeError(strong.model.theta, pull) < 1e-3, 'the weights follow a strong reference');
});
