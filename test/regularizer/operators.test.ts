/** @file Regularisation operators against the dense matrices that they stand for. */
import t, { type Test } from 'tap';
import { antisymmetricDense, dense, Network, residual, sequential, tanh } from '../../lib/index.js';
import { plus } from '../../lib/linalg/vector.js';
import { Random } from '../../lib/random.js';
import { blockRegularizer } from '../../lib/regularizer/blocks.js';
import { tikhonovByBlock } from '../../lib/regularizer/byBlock.js';
import type { QuadraticRegularizer } from '../../lib/regularizer/quadratic.js';
import { sumRegularizers } from '../../lib/regularizer/sum.js';
import {
  multiply,
  regularizerGradient,
  regularizerMatrix,
  regularizerValue,
  tikhonov,
} from '../../lib/regularizer/tikhonov.js';
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

const sumOf = (...parts: Dense[]): Dense =>
  parts.reduce((A, B) => A.map((row, i) => row.map((value, j) => value + B[i][j])));

t.test('sumRegularizers', async (t) => {
  const [A, B] = [scaledIdentity(12, 0.3), differences(3, 4, 0.5, 2)];
  check(t, sumRegularizers([tikhonov(12, 0.3), timeDerivative(3, 4, 0.5, 2)]), sumOf(A, B), none(12));
  const reference = normals(new Random(4), 12);
  const same = sumRegularizers([tikhonov(12, 0.3, reference), timeDerivative(3, 4, 0.5, 2, reference)]);
  check(t, same, sumOf(A, B), reference);
  const apart = sumRegularizers([
    blockRegularizer([tikhonov(5, 0.3, reference.slice(0, 5)), tikhonov(7, 0)]),
    blockRegularizer([tikhonov(5, 0), tikhonov(7, 2, reference.slice(5))]),
  ]);
  check(t, apart, blockDiagonal(scaledIdentity(5, 0.3), scaledIdentity(7, 2)), reference);
  check(t, sumRegularizers([tikhonov(3, 1)]), scaledIdentity(3, 1), none(3));
});

t.test('a sum about different references', async (t) => {
  const random = new Random(6);
  const [one, other, theta] = [1, 2, 3].map(() => normals(random, 12));
  const pairs: [string, QuadraticRegularizer, QuadraticRegularizer][] = [
    ['to a point and smooth', tikhonov(12, 0.3, one), timeDerivative(3, 4, 0.5, 2)],
    ['of very different weight', tikhonov(12, 1e-8, one), timeDerivative(3, 4, 0.5, 10, other)],
    ['singular', timeDerivative(3, 4, 0.5, 2, one), timeDerivative(3, 4, 1, 1, other)],
    [
      'different numbers by block',
      blockRegularizer([tikhonov(6, 1e-9, one.slice(6)), tikhonov(6, 3)]),
      tikhonov(12, 1e-9, other),
    ],
  ];
  for (const [what, a, b] of pairs) {
    const sum = sumRegularizers([a, b]);
    const parts = (f: (r: QuadraticRegularizer) => Float64Array) => plus(f(a), f(b));
    t.ok(
      relativeError(
        multiply(sum, theta),
        parts((r) => multiply(r, theta)),
      ) < 1e-14,
      `${what}: product`,
    );
    const gradient = parts((r) => regularizerGradient(r, theta));
    t.ok(relativeError(regularizerGradient(sum, theta), gradient) < 1e-12, `${what}: gradient`);
    const value = (x: Float64Array) => regularizerValue(a, x) + regularizerValue(b, x);
    const least = sum.reference as Float64Array;
    const expected = value(theta) - value(least);
    t.ok(Math.abs(regularizerValue(sum, theta) - expected) < 1e-12 * value(theta), `${what}: value`);
    t.ok(value(least) > 0, 'no point is best for both');
  }
  const bad = { ...tikhonov(2, 1), values: Float64Array.of(1, -1), reference: Float64Array.of(1, 1) };
  t.throws(() => sumRegularizers([bad, tikhonov(2, 1)]), { code: 'ERR_CONVERGENCE', message: /the same reference/ });
});

t.test('regularizerMatrix', async (t) => {
  const A = differences(3, 4, 0.25, 0.7);
  t.ok(relativeError(regularizerMatrix(timeDerivative(3, 4, 0.25, 0.7)), A.flat()) < 1e-15);
  t.strictSame([...regularizerMatrix(tikhonov(2, 0))], [0, 0, 0, 0]);
});

t.test('tikhonovByBlock', async (t) => {
  // 0.K 6, 0.b 2, 1.node0.K 2, 1.node0.b 2, 1.node1.K 2, 1.node1.b 2
  const resolved = new Network(sequential([dense(2), residual(antisymmetricDense(), { steps: 1 })]), 3);
  const numbers = (regularizer: QuadraticRegularizer) =>
    [0, 6, 8, 10, 12, 14].map((i) => regularizerMatrix(regularizer)[17 * i]);
  t.strictSame(numbers(tikhonovByBlock(resolved, { 0: 2, '1.node1': 3 })), [2, 2, 0, 0, 3, 3]);
  t.strictSame(
    numbers(tikhonovByBlock(resolved, { '0.b': 0, 0: 2, '1.node0.b': 5 }, { others: 1 })),
    [2, 0, 1, 5, 1, 1],
  );
  const reference = normals(new Random(4), 16);
  const whole = tikhonovByBlock(resolved, { 0: 2 }, { others: 0.5, reference });
  check(t, whole, blockDiagonal(scaledIdentity(8, 2), scaledIdentity(8, 0.5)), reference);
  t.equal(tikhonovByBlock(new Network(tanh(), 3), {}).values.length, 0, 'a network without weights');
});

t.test('what operators are not made of', async (t) => {
  const resolved = new Network(sequential([dense(2), tanh()]), 3);
  const cases: [what: () => unknown, code: string, message: RegExp][] = [
    [() => tikhonov(2.5, 1), 'ERR_OPTION', /an integer of at least 0 for weights but received 2.5/],
    [() => tikhonov(2, -1), 'ERR_OPTION', /at least 0 for alpha but received -1/],
    [() => tikhonov(2, 1, new Float64Array(3)), 'ERR_SHAPE', /Expected 2 weights for reference, .* but received 3/],
    [() => tikhonov(2, 1, [1, 2] as never), 'ERR_OPTION', /a Float64Array or null for reference/],
    [() => tikhonov(1, 1, Float64Array.of(Number.NaN)), 'ERR_NONFINITE', /finite weights for reference/],
    [() => timeDerivative(0, 2, 1, 1), 'ERR_OPTION', /for perNode/],
    [() => timeDerivative(2, 0, 1, 1), 'ERR_OPTION', /for nodes/],
    [() => timeDerivative(2, 2, 0, 1), 'ERR_OPTION', /greater than 0 for h but received 0/],
    [() => timeDerivative(2, 2, 1, 1, new Float64Array(2)), 'ERR_SHAPE', /Expected 4 weights/],
    [() => blockRegularizer([]), 'ERR_OPTION', /an array of operators for blocks/],
    [() => blockRegularizer([tikhonov(1, 1), 3 as never]), 'ERR_OPTION', /an operator for block 1 but received 3/],
    [
      () => sumRegularizers([tikhonov(2, 1), tikhonov(3, 1)]),
      'ERR_SHAPE',
      /2 weights for term 1, as in term 0, but received 3/,
    ],
    [
      () => sumRegularizers([{ ...tikhonov(2, 1), columns: Int32Array.of(0, 2) }]),
      'ERR_OPTION',
      /columns below 2 for term 0/,
    ],
    [
      () => tikhonovByBlock(resolved, { '0.k': 1 }),
      'ERR_OPTION',
      /Unknown block "0.k" of the network. Did you mean "0.K"/,
    ],
    [() => tikhonovByBlock(resolved, { 1: 1 }), 'ERR_OPTION', /Unknown block "1" of the network/],
    [() => tikhonovByBlock(resolved, { 0: -1 }), 'ERR_OPTION', /for alphas\["0"\] but received -1/],
    [() => tikhonovByBlock(resolved, 1 as never), 'ERR_OPTION', /an object of numbers for alphas/],
    [() => tikhonovByBlock(resolved, {}, { other: 1 } as never), 'ERR_OPTION', /Did you mean "others"/],
    [() => tikhonovByBlock(resolved, {}, { reference: new Float64Array(3) }), 'ERR_SHAPE', /Expected 8 weights/],
    [() => tikhonovByBlock({} as never, {}), 'ERR_OPTION', /a Network for network/],
  ];
  for (const [what, code, message] of cases) t.throws(what, { name: 'GnvproError', code, message });
});

t.test('in a training', async (t) => {
  const stop = { iterations: 4 };
  const number = trainSync(options({ regularization: { theta: 1e-3 }, stop }));
  const operator = trainSync(options({ regularization: { theta: tikhonov(24, 1e-3) }, stop }));
  t.strictSame(operator.model.theta, number.model.theta, 'α and α I are the same');
  t.match(operator.report.used, { regularization: { theta: 'operator' } });
  t.equal(operator.report.levels[0].alphaTheta, null);
  const pull = new Float64Array(24).fill(0.4);
  const regularization = { theta: tikhonov(24, 1e4, pull), W: 1e-8 };
  const strong = trainSync(options({ regularization, stop: { iterations: 15 } }));
  t.ok(relativeError(strong.model.theta, pull) < 1e-3, 'the weights follow a strong reference');
});
