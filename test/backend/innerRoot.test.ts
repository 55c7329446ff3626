/** @file The root of H_W⁻¹, which the posterior of W at given θ is kept as: of both backends, against the inverse. */
import t from 'tap';
import type { Backend, InnerFactor } from '../../lib/backend/backend.js';
import { jsBackend } from '../../lib/backend/js/backend.js';
import { type LossDefinition, largestInnerHessian } from '../../lib/backend/loss.js';
import { nativeBackend } from '../../lib/backend/native.js';
import { product } from '../../lib/linalg/matmul.js';
import { matrix } from '../../lib/linalg/matrix.js';
import { leastSquares } from '../../lib/loss/leastSquares.js';
import { tanh } from '../../lib/network/activation.js';
import { dense } from '../../lib/network/dense.js';
import { sequential } from '../../lib/network/sequential.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { convexLosses } from '../support/losses.js';
import { close, onBackends, openWalk, type WalkOptions } from '../support/reference.js';
import { coupled, inputs, N, network, targetColumns, targets, theta } from './problem.js';

const sampleWeights = Float64Array.from({ length: N }, (_, n) => n % 3);
const shared = { inputs, targets, samples: N, alphaW: 1e-2, regularizer: coupled(), innerTolerance: 1e-12 };
const kinds: Record<string, { loss: LossDefinition; targets: Float64Array }> = {
  'least squares': { loss: leastSquares, targets },
  ...convexLosses(N),
};
/** In how many blocks H_W comes: one for all outputs of least squares, one each where outputs do not mix, else one. */
const blocks: Record<string, number> = { logistic: 3, poisson: 3 };

for (const [name, { loss, targets }] of Object.entries(kinds)) {
  for (const more of [{}, { sampleWeights, bias: false }]) {
    const at = (backend: Backend) => {
      const walk = openWalk(backend, network, { ...shared, loss, targets, ...more });
      walk.moveTo(theta);
      return walk;
    };

    t.test(`TTᵀ is the inverse, ${name}, ${JSON.stringify(Object.keys(more))}`, async (t) => {
      await onBackends(t, (t, backend) => {
        const { point } = at(backend);
        const { inverse } = point.innerFactor().sync() as InnerFactor;
        const root = point.innerRoot().sync() as Float64Array;
        const order = Math.sqrt(inverse.length);
        const count = blocks[name] ?? 1;
        const n = Math.sqrt(root.length / count);
        t.equal(n, name === 'least squares' ? order / targetColumns : order / count);
        const whole = matrix(order, order);
        for (let first = 0, b = 0; first < order; first += n, b = (b + 1) % count) {
          const T = matrix(n, n, root.subarray(b * n * n, (b + 1) * n * n));
          product(T, T, { tb: true }).data.forEach((x, i) => {
            whole.data[(first + Math.floor(i / n)) * order + first + (i % n)] = x;
          });
        }
        close(t, whole.data, inverse, 'H_W⁻¹', 1e-9);
      });
    });

    if (name === 'least squares') continue; // whose root is one of many
    t.test(`native and js agree, ${name}, ${JSON.stringify(Object.keys(more))}`, async (t) => {
      const [native, js] = [nativeBackend, jsBackend].map((backend) => at(backend).point.innerRoot().sync());
      close(t, native as Float64Array, js as Float64Array, 'T', 1e-9);
    });
  }
}

t.test('none where H_W is too large for a factor, or W is given', async (t) => {
  const { softmax, logistic } = convexLosses(N);
  const width = Math.ceil(largestInnerHessian / 3);
  const wide = sequential([dense(width), tanh()]);
  const weights = width * (inputs.length / N + 1);
  const options: WalkOptions = { ...shared, ...softmax, regularizer: tikhonov(weights, 1e-3) };
  const large = openWalk(nativeBackend, wide, options);
  large.moveTo(new Float64Array(weights).fill(0.1));
  t.equal(large.point.innerRoot().sync(), null, 'tm > 2000');
  await onBackends(t, (t, backend) => {
    const joint = openWalk(backend, network, { ...shared, ...logistic, objective: 'joint' });
    joint.moveTo(Float64Array.from([...theta, ...new Float64Array(15)]));
    t.throws(() => joint.point.innerRoot().sync(), { code: 'ERR_ARGUMENT' });
  });
});
