/** @file Laplace's method by products: with all vectors of signs it is exact, and that with any loss. */
import t from 'tap';
import type { Backend, Laplace } from '../../lib/backend/backend.js';
import { laplaceByProbes, randomSigns } from '../../lib/evidence/probes.js';
import { dense, sequential, tanh } from '../../lib/index.js';
import { driveSync } from '../../lib/job/job.js';
import { cholesky, choleskyInverse } from '../../lib/linalg/cholesky.js';
import { matrix } from '../../lib/linalg/matrix.js';
import { join } from '../../lib/linalg/vector.js';
import { Network } from '../../lib/network/network.js';
import { Random } from '../../lib/random.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { convexLosses } from '../support/losses.js';
import { normals } from '../support/numbers.js';
import { close, onBackends, openWalk } from '../support/reference.js';

const [N, alpha, alphaW] = [30, 2e-2, 1e-2];
const network = sequential([dense(3), tanh()]);
const { weights: P } = new Network(network, 2);
const inputs = normals(new Random(4), 2 * N);
const theta = new Network(network, 2).initialWeights(3);
const alphas = new Float64Array(P).fill(alpha);
const { softmax, logistic } = convexLosses(N);
const sampleWeights = Float64Array.from({ length: N }, (_, n) => (n % 3) + 0.5);
const problems = {
  leastSquares: { targets: normals(new Random(5), 3 * N) },
  'leastSquares, weighted, no bias': { targets: normals(new Random(5), 3 * N), sampleWeights, bias: false },
  crossEntropy: softmax,
  'crossEntropy, weighted': { ...softmax, sampleWeights },
  logistic,
};

const allSigns = Array.from({ length: 2 ** P }, (_, k) =>
  Float64Array.from({ length: P }, (_, i) => ((k >> i) & 1 ? 1 : -1)),
);

function open(backend: Backend, problem: (typeof problems)[keyof typeof problems], objective: 'reduced' | 'joint') {
  const shared = { inputs, samples: N, alphaW, regularizer: tikhonov(P, alpha), jacobian: 'kaufman' as const };
  return openWalk(backend, network, { ...shared, ...problem, objective });
}

for (const [name, problem] of Object.entries(problems)) {
  t.test(`the blocks of the whole matrix and its inverse: ${name}`, async (t) => {
    await onBackends(t, (t, backend) => {
      const walk = open(backend, problem, 'reduced');
      walk.moveTo(theta);
      const found = driveSync(laplaceByProbes(walk.point, alphas, { probes: allSigns, tolerance: 1e-13 })) as Laplace;
      const joint = open(backend, problem, 'joint');
      joint.moveTo(join(theta, walk.point.W()));
      const n = P + walk.point.W().length;
      const L = cholesky(matrix(n, n, joint.point.denseHessian().sync()));
      if (L === null) throw new Error('not positive definite');
      const entries = (data: Float64Array) => Float64Array.from({ length: n }, (_, i) => data[i * (n + 1)]);
      const inverse = entries(choleskyInverse(L).data);
      const logDeterminant = 2 * entries(L.data).reduce((sum, pivot) => sum + Math.log(pivot), 0);
      const trace = inverse.subarray(P).reduce((sum, entry) => sum + entry, 0);
      close(t, found.inverseDiagonal, inverse.subarray(0, P), '(A⁻¹)_θθ', 1e-8);
      close(t, [found.innerTrace + found.slope], [trace], 'tr (A⁻¹)_WW', 1e-8);
      close(t, [found.logDeterminant + found.innerLogDeterminant], [logDeterminant], 'log |A|', 1e-8);
      const H = walk.point.denseHessian().sync();
      close(
        t,
        found.diagonal,
        Float64Array.from({ length: P }, (_, i) => H[i * (P + 1)]),
        'diag H',
        1e-8,
      );
    });
  });
}

t.test('random signs: an estimate of the same', async (t) => {
  await onBackends(t, (t, backend) => {
    const walk = open(backend, problems.leastSquares, 'reduced');
    walk.moveTo(theta);
    const exact = walk.point.laplace().sync() as Laplace;
    const found = driveSync(laplaceByProbes(walk.point, alphas)) as Laplace;
    const determined = ({ inverseDiagonal }: Laplace) => P - alpha * inverseDiagonal.reduce((sum, x) => sum + x, 0);
    t.ok(Math.abs(determined(found) - determined(exact)) < 2, `${determined(found)} for ${determined(exact)}`);
    t.not(determined(found), determined(exact));
    t.strictSame(driveSync(laplaceByProbes(walk.point, alphas)), found, 'the same signs each time');
  });
  t.equal(randomSigns(0).length, 0);
  t.equal(randomSigns(5000).length, 1);
  const [first, second] = randomSigns(600);
  t.notSame(first, second);
});

t.test('no weights θ: what is known of W alone', async (t) => {
  await onBackends(t, (t, backend) => {
    const walk = openWalk(backend, tanh(), { inputs, samples: N, alphaW, regularizer: tikhonov(0, 0), ...softmax });
    walk.moveTo(new Float64Array(0));
    const { logDeterminant, slope, innerTrace } = driveSync(
      laplaceByProbes(walk.point, new Float64Array(0)),
    ) as Laplace;
    t.strictSame([logDeterminant, slope], [0, 0]);
    t.ok(innerTrace > 0);
  });
});

t.test('refused where W is given', async (t) => {
  await onBackends(t, (t, backend) => {
    const joint = open(backend, problems.leastSquares, 'joint');
    joint.moveTo(new Float64Array(P + 12));
    t.throws(() => joint.point.innerLaplace().sync(), { code: 'ERR_ARGUMENT' });
    t.throws(() => joint.point.changeOfW(new Float64Array(P)).sync(), { code: 'ERR_ARGUMENT' });
  });
});
