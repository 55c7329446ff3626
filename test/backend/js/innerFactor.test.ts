/** @file What an elimination leaves of H_W: solves, inverse, leverages and log-determinant against the matrix itself. */
import t, { type Test } from 'tap';
import { convexLoss } from '../../../lib/backend/js/convexLoss.js';
import { type Eliminated, type InnerFactor, type LastLayer, withBias } from '../../../lib/backend/js/elimination.js';
import { eliminateLinear } from '../../../lib/backend/js/linearElimination.js';
import { eliminateByNewton } from '../../../lib/backend/js/newtonElimination.js';
import { symmetricEigen } from '../../../lib/linalg/eigen.js';
import { product } from '../../../lib/linalg/matmul.js';
import { type Matrix, matrix } from '../../../lib/linalg/matrix.js';
import { leastSquares } from '../../../lib/loss/leastSquares.js';
import { Random } from '../../../lib/random.js';
import { convexLosses } from '../../support/losses.js';
import { normals } from '../../support/numbers.js';
import { close } from '../../support/reference.js';

const [N, w, targetColumns] = [30, 4, 3];
const random = new Random(8);
const features = matrix(N, w, normals(random, N * w));
const newton = { tolerance: 1e-10, maxIterations: 200 };
const weightings = [null, Float64Array.from({ length: N }, (_, n) => n % 3)];

for (const weights of weightings) {
  const kind = weights === null ? '' : ', with weights of the samples';
  t.test(`least squares${kind}`, async (t) => {
    const C = matrix(N, targetColumns, normals(random, N * targetColumns));
    for (const bias of [true, false]) {
      for (const alphaW of [1e-2, 0]) {
        const layer = { loss: convexLoss(leastSquares, C, weights), bias, alphaW };
        check(t, eliminateLinear(features, C, weights, layer), layer);
      }
    }
  });
  for (const [name, { loss, targets }] of Object.entries(convexLosses(N))) {
    t.test(`${name}${kind}`, async (t) => {
      const C = matrix(N, targetColumns, targets);
      for (const bias of [true, false]) {
        const layer = { loss: convexLoss(loss, C, weights), bias, alphaW: 1e-2 };
        const start = matrix(targetColumns, w + Number(bias));
        check(t, eliminateByNewton(features, start, layer, newton), layer);
      }
    });
  }
}

t.test('dependent features: the pseudo-inverse, and the directions that are left', async (t) => {
  const twice = matrix(
    N,
    2,
    Float64Array.from({ length: 2 * N }, (_, i) => features.data[Math.floor(i / 2) * w]),
  );
  const C = matrix(N, 1, normals(random, N));
  const loss = convexLoss(leastSquares, C, null);
  const { factor } = eliminateLinear(twice, C, null, { loss, bias: false, alphaW: 0 }) as Eliminated;
  const square = product(twice, twice, { ta: true }).data[0] / N;
  const expected = Float64Array.from({ length: 4 }, () => 1 / (4 * square));
  close(t, (factor as InnerFactor).inverse().data, expected, 'inverse', 1e-13);
  close(t, [(factor as InnerFactor).logDeterminant()], [Math.log(2 * square)], 'log-determinant', 1e-13);
  const total = (factor as InnerFactor).leverages().reduce((sum, h) => sum + h, 0);
  close(t, [total], [1], 'one weight is determined', 1e-13);
});

function check(t: Test, found: Eliminated | null, { bias, alphaW }: LastLayer): void {
  const { factor, curvature, W } = found as Eliminated & { factor: InnerFactor };
  const Zt = withBias(features, bias);
  const [outputs, m] = [W.rows, W.cols];
  const order = outputs * m;
  // Entries (j, k) of all S_n: column j of S_n e_k.
  const S = Array.from({ length: outputs }, (_, k) =>
    curvature.times(
      matrix(
        N,
        outputs,
        Float64Array.from({ length: N * outputs }, (_, i) => Number(i % outputs === k)),
      ),
    ),
  );
  const H = matrix(order, order);
  for (let a = 0; a < order; a++) {
    for (let b = 0; b < order; b++) {
      const [j, i, k, l] = [Math.floor(a / m), a % m, Math.floor(b / m), b % m];
      for (let n = 0; n < N; n++) {
        H.data[a * order + b] += (S[k].data[n * outputs + j] * Zt.data[n * m + i] * Zt.data[n * m + l]) / N;
      }
    }
    H.data[a * (order + 1)] += alphaW;
  }
  const identity = Float64Array.from({ length: order * order }, (_, i) => Number(i % (order + 1) === 0));
  const inverse = factor.inverse();
  close(t, product(H, inverse).data, identity, 'H_W H_W⁻¹ = I', 1e-11);
  const K = matrix(outputs, m, normals(random, order));
  close(t, product(H, matrix(order, 1, factor.solve(K).data)).data, K.data, 'solve', 1e-11);
  const logs = symmetricEigen(H).values.reduce((sum, value) => sum + Math.log(value), 0);
  close(t, [factor.logDeterminant()], [logs], 'log-determinant', 1e-11);
  const leverages = Float64Array.from({ length: N }, (_, n) => leverage(n, S, Zt, inverse));
  close(t, factor.leverages(), leverages, 'leverages', 1e-11);
  let trace = 0;
  for (let i = 0; i < order; i++) trace += inverse.data[i * (order + 1)];
  const total = leverages.reduce((sum, h) => sum + h, 0);
  close(t, [total], [order - alphaW * trace], 'their sum is tm − α_W tr H_W⁻¹', 1e-11);
}

/** Σ_jk S_n[j, k] z̃_nᵀ (H_W⁻¹)[k, j] z̃_n/N, block by block. */
function leverage(n: number, S: Matrix[], Zt: Matrix, inverse: Matrix): number {
  const [outputs, m] = [S.length, Zt.cols];
  let sum = 0;
  for (let j = 0; j < outputs; j++) {
    for (let k = 0; k < outputs; k++) {
      for (let i = 0; i < m * m; i++) {
        const [a, b] = [Math.floor(i / m), i % m];
        const entry = inverse.data[(k * m + a) * outputs * m + j * m + b];
        sum += (S[k].data[n * outputs + j] * Zt.data[n * m + a] * entry * Zt.data[n * m + b]) / N;
      }
    }
  }
  return sum;
}
