/** @file What both backends say of the posterior, against the whole Gauss–Newton matrix of θ and W. */
import t from 'tap';
import type { Laplace } from '../../lib/backend/backend.js';
import { jsBackend } from '../../lib/backend/js/backend.js';
import { nativeBackend } from '../../lib/backend/native.js';
import { cholesky, choleskyInverse } from '../../lib/linalg/cholesky.js';
import { matrix } from '../../lib/linalg/matrix.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { convexLosses } from '../support/losses.js';
import { close, onBackends, openWalk, type WalkOptions } from '../support/reference.js';
import { coupled, inputs, N, network, P, targets, theta } from './problem.js';

const sampleWeights = Float64Array.from({ length: N }, (_, n) => n % 3);
const alphaW = 1e-2;
const shared = { inputs, targets, samples: N, alphaW, regularizer: coupled() };
const variants: Partial<WalkOptions>[] = [
  {},
  { jacobian: 'kaufman', sampleWeights },
  { bias: false, regularizer: tikhonov(P, 1e-3) },
];
const sum = (numbers: Float64Array) => numbers.reduce((total, x) => total + x, 0);

for (const [k, options] of variants.entries()) {
  t.test(`native and js agree, ${k}`, async (t) => {
    const [native, js] = [nativeBackend, jsBackend].map((backend) => {
      const walk = openWalk(backend, network, { ...shared, ...options });
      walk.moveTo(theta);
      return walk.point.laplace().sync() as Laplace;
    });
    close(t, native.inverseDiagonal, js.inverseDiagonal, 'diag H⁻¹');
    for (const part of ['logDeterminant', 'slope', 'innerTrace', 'innerLogDeterminant'] as const) {
      close(t, [native[part]], [js[part]], part);
    }
  });

  t.test(`the blocks of the whole matrix, ${k}`, async (t) => {
    await onBackends(t, (t, backend) => {
      const walk = openWalk(backend, network, { ...shared, ...options });
      walk.moveTo(theta);
      const { W } = walk.point as { W(): Float64Array };
      const joint = openWalk(backend, network, { ...shared, ...options, objective: 'joint' });
      const w = W.call(walk.point);
      const x = new Float64Array(P + w.length);
      x.set(theta);
      x.set(w, P);
      joint.moveTo(x);
      const n = x.length;
      const A = joint.point.denseHessian().sync();
      const L = cholesky(matrix(n, n, A));
      if (L === null) throw new Error('not positive definite');
      const inverse = choleskyInverse(L);
      const diagonal = Float64Array.from({ length: n }, (_, i) => inverse.data[i * (n + 1)]);
      const logDeterminant = Array.from({ length: n }, (_, i) => 2 * Math.log(L.data[i * (n + 1)])).reduce(
        (a, b) => a + b,
      );
      const laplace = walk.point.laplace().sync() as Laplace;
      close(t, laplace.inverseDiagonal, diagonal.subarray(0, P), '(A⁻¹)_θθ', 1e-9);
      close(t, [laplace.innerTrace + laplace.slope], [sum(diagonal.subarray(P))], 'tr (A⁻¹)_WW', 1e-9);
      close(t, [laplace.logDeterminant + laplace.innerLogDeterminant], [logDeterminant], 'log |A|', 1e-9);
    });
  });
}

t.test('refused where it means nothing', async (t) => {
  await onBackends(t, (t, backend) => {
    const { softmax } = convexLosses(N);
    const convex = openWalk(backend, network, { ...shared, ...softmax });
    convex.moveTo(theta);
    t.throws(() => convex.point.laplace().sync(), { code: 'ERR_ARGUMENT' });
    const flat = openWalk(backend, network, { ...shared, regularizer: tikhonov(P, 0) });
    flat.moveTo(new Float64Array(P));
    t.equal(flat.point.laplace().sync(), null, 'H is 0');
  });
});
