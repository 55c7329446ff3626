/** @file Another α_W and regulariser of θ in the middle: the session is then as one that was opened with them. */
import type { Session } from '../../lib/backend/backend.js';
import { join } from '../../lib/linalg/vector.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { convexLosses } from '../support/losses.js';
import { normals } from '../support/numbers.js';
import { moveTo, relativeError, type SessionOptions } from '../support/reference.js';
import { coupled, krylov, N, onEach, P, random, theta } from './problem.js';

const sampleWeights = Float64Array.from({ length: N }, (_, n) => 0.5 + (n % 3));
const { softmax } = convexLosses(N);
const joint = join(theta, normals(random, 2 * 5));
const kinds: Record<string, { options: Partial<SessionOptions>; x: Float64Array; alphas: number[] }> = {
  'least squares': { options: { pairs: 3 }, x: theta, alphas: [1e-3, 1e-1, 0, 1e-6] },
  'least squares with weights': { options: { sampleWeights }, x: theta, alphas: [0, 1e-2, 0] },
  softmax: { options: { ...softmax, innerTolerance: 1e-12 }, x: theta, alphas: [1e-3, 1e-1, 1e-2] },
  'W given': { options: { objective: 'joint' }, x: joint, alphas: [1e-3, 0, 1e-1] },
};

for (const [name, { options, x, alphas }] of Object.entries(kinds)) {
  onEach(name, async (t, open) => {
    const v = normals(random, x.length);
    const session = open({ ...options, alphaW: alphas[0] });
    for (const [i, alphaW] of alphas.entries()) {
      const regularizer = i % 2 === 0 ? coupled() : tikhonov(P, 0.3);
      session.regularize(alphaW, regularizer);
      for (const early of [() => session.W(), () => session.gradient().sync(), () => session.accept()]) {
        t.throws(early, { code: 'ERR_STATE' }, 'nothing is known before the next evaluation');
      }
      const fresh = open({ ...options, alphaW, regularizer });
      const [a, b] = [session, fresh].map((one) => everything(one, x, v));
      a.forEach((part, k) => {
        const error = relativeError(part, b[k]);
        t.ok(error <= (name === 'softmax' ? 1e-9 : 0), `α_W = ${alphaW}, ${k}: ${error}`);
      });
    }
    t.throws(() => session.regularize(-1, coupled()), { code: 'ERR_ARGUMENT' });
    if (name === 'softmax') t.throws(() => session.regularize(0, coupled()), { code: 'ERR_ARGUMENT' });
    session.dispose();
    t.throws(() => session.regularize(1, coupled()), { code: 'ERR_DISPOSED' });
  });
}

function everything(session: Session, x: Float64Array, v: Float64Array): Float64Array[] {
  const { objective, loss, regularizationTheta, regularizationW } = moveTo(session, x);
  const { step } = session.step({ ...krylov, radius: 0.1, usePairs: true }).sync();
  return [
    Float64Array.of(objective, loss, regularizationTheta, regularizationW),
    session.W(),
    session.gradient().sync(),
    session.hessianProduct(v).sync(),
    session.denseHessian(),
    step,
  ];
}
