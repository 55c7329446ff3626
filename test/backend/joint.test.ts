/** @file The objective in θ and W and its derivatives, from their definitions, on each backend. */

import t from 'tap';
import type { Session } from '../../lib/backend/backend.js';
import { jsBackend } from '../../lib/backend/js/backend.js';
import { convexLoss } from '../../lib/backend/js/convexLoss.js';
import type { LossDefinition } from '../../lib/backend/loss.js';
import { nativeBackend } from '../../lib/backend/native.js';
import { sharedArray } from '../../lib/data/buffers.js';
import { matrix } from '../../lib/linalg/matrix.js';
import { dot, join } from '../../lib/linalg/vector.js';
import { leastSquares } from '../../lib/loss/leastSquares.js';
import { multiply } from '../../lib/regularizer/tikhonov.js';
import { convexLosses } from '../support/losses.js';
import { adjointError, decays, normals, taylorQuotients } from '../support/numbers.js';
import { close, moveTo, onBackends, openSession, relativeError, transposed } from '../support/reference.js';
import { coupled, inputs, krylov, N, network, P, random, theta } from './problem.js';

const targetColumns = 3;
const weights = Float64Array.from({ length: N }, (_, n) => 0.5 + (n % 3));
const losses: Record<string, { loss: LossDefinition; targets: Float64Array }> = {
  leastSquares: { loss: leastSquares, targets: normals(random, N * targetColumns) },
  ...convexLosses(N),
};

function startOf(features: number): Float64Array {
  return join(theta, normals(random, targetColumns * features));
}

/** [S ; Wᵀ] */
function stackOf(session: Session, bias: boolean): Float64Array {
  const [Z, W] = [session.features(), session.W()];
  const m = W.length / targetColumns;
  const w = m - Number(bias);
  const S = Float64Array.from({ length: N * targetColumns }, (_, i) => {
    const [n, k] = [Math.floor(i / targetColumns), i % targetColumns];
    return dot(Z.subarray(n * w, (n + 1) * w), W.subarray(k * m, k * m + w)) + (bias ? W[k * m + w] : 0);
  });
  return join(S, transposed(W, targetColumns));
}

for (const [name, { loss, targets }] of Object.entries(losses)) {
  for (const { bias, sampleWeights, alphaW } of [
    { bias: true, sampleWeights: null, alphaW: 1e-2 },
    { bias: false, sampleWeights: weights, alphaW: 0 },
  ]) {
    const options = { inputs, targets, samples: N, alphaW, regularizer: coupled(), loss, bias, sampleWeights };
    t.test(`${name}, ${bias ? 'bias' : 'weights of the samples'}`, (t) =>
      onBackends(t, (t, backend) => {
        const open = () => openSession(backend, network, { ...options, objective: 'joint' });
        const [session, probe] = [open(), open()];
        const x = startOf(4 + Number(bias));
        const value = moveTo(session, x);
        t.equal(value.inner, null);
        t.same(session.weights(), theta);
        t.same(session.W(), x.subarray(P));
        t.equal(value.objective, value.loss + value.regularizationTheta + value.regularizationW);
        const W = x.subarray(P);
        close(t, [value.regularizationW + 1], [0.5 * alphaW * dot(W, W) + 1], 'regulariser of W', 1e-14);

        const v = normals(random, x.length);
        const phi = (y: Float64Array) => Float64Array.of(probe.evaluate(y).sync().objective);
        const ofGradient = taylorQuotients(phi, x, v, Float64Array.of(dot(session.gradient().sync(), v)), 1e-3);
        t.ok(decays(ofGradient), `gradient: ${ofGradient}`);
        const Jv = session.jacobianProduct(v);
        const stack = (y: Float64Array) => {
          moveTo(probe, y);
          return stackOf(probe, bias);
        };
        const ofStack = taylorQuotients(stack, x, v, Jv, 1e-3);
        t.ok(decays(ofStack), `J v: ${ofStack}`);
        const u = normals(random, Jv.length);
        t.ok(adjointError(Jv, u, v, session.jacobianTransposeProduct(u)) < 1e-11, '⟨J v, u⟩ = ⟨v, Jᵀu⟩');

        const Hv = session.hessianProduct(v).sync();
        const S = matrix(N, targetColumns, stackOf(session, bias).slice(0, N * targetColumns));
        const { curvature } = convexLoss(loss, matrix(N, targetColumns, targets), sampleWeights).at(S);
        const [dS, dW] = [Jv.subarray(0, N * targetColumns), v.subarray(P)];
        const curved = curvature.times(matrix(N, targetColumns, dS)).data;
        const [vTheta, H] = [v.subarray(0, P), session.denseHessian()];
        const expected = dot(dS, curved) / N + alphaW * dot(dW, dW) + dot(vTheta, multiply(coupled(), vTheta));
        t.ok(Math.abs(dot(v, Hv) / expected - 1) < 1e-11, '⟨v, H v⟩');
        const product = v.map((_, i) => dot(H.subarray(i * v.length, (i + 1) * v.length), v));
        close(t, product, Hv, 'the dense H', 1e-11);
      }),
    );
  }
}

t.test('where W is optimal, the part of θ is the reduced gradient and the part of W vanishes', (t) =>
  onBackends(t, (t, backend) => {
    for (const { loss, targets } of Object.values(losses)) {
      const options = {
        inputs,
        targets,
        samples: N,
        alphaW: 1e-2,
        regularizer: coupled(),
        loss,
        innerTolerance: 1e-12,
      };
      const reduced = openSession(backend, network, options);
      const { objective } = moveTo(reduced, theta);
      const joint = openSession(backend, network, { ...options, objective: 'joint' });
      close(t, [moveTo(joint, join(theta, reduced.W())).objective], [objective], 'objective', 1e-13);
      const [g, reference] = [joint.gradient().sync(), reduced.gradient().sync()];
      close(t, g.subarray(0, P), reference, '∇θ', 1e-9);
      t.ok(Math.hypot(...g.subarray(P)) < 1e-9, '∇W');
    }
  }),
);

t.test('both backends find the same point and step, and any number of threads the same bits', async (t) => {
  const x = startOf(5);
  for (const [name, { loss, targets }] of Object.entries(losses)) {
    const options = { inputs, targets, samples: N, alphaW: 1e-3, regularizer: coupled(), loss, pairs: 5 };
    const open = (backend: typeof jsBackend, threads = 1) =>
      openSession(backend, network, { ...options, objective: 'joint', threads });
    const [native, js, threaded] = [open(nativeBackend), open(jsBackend), open(nativeBackend, 3)];
    const sessions = [native, js, threaded];
    const at = (y: Float64Array) => sessions.map((session) => moveTo(session, y).objective);
    const results = [x, x.map((value) => 0.9 * value)].map((y) => {
      const objectives = at(y);
      t.ok(Math.abs(objectives[0] / objectives[1] - 1) < 1e-13, `${name}: objective`);
      return sessions.map((session) => session.gradient().sync());
    });
    for (const [a, b] of results) t.ok(relativeError(a, b) < 1e-11, 'gradient');
    const step = { ...krylov, maxVectors: 6, radius: 0.1, usePairs: true };
    const [s, r, same] = sessions.map((session) => session.step(step).sync());
    t.ok(relativeError(s.step, r.step) < 1e-7, `Krylov step: ${relativeError(s.step, r.step)}`);
    t.same(same.step, s.step, 'threads');
  }
});

t.test('data on shared memory are read in place', (t) =>
  onBackends(t, (t, backend) => {
    const { loss, targets } = losses.leastSquares;
    const share = (array: Float64Array) => {
      const copy = sharedArray(array.length);
      copy.set(array);
      return copy;
    };
    const window = { inputs: share(inputs), targets: share(targets) };
    const options = { samples: N, alphaW: 1e-3, regularizer: coupled(), loss, objective: 'joint' as const };
    const session = openSession(backend, network, { ...options, ...window });
    const x = startOf(5);
    const before = moveTo(session, x).objective;
    window.inputs.reverse();
    const after = moveTo(session, x).objective;
    t.not(after, before);
    const fresh = openSession(backend, network, { ...options, inputs: inputs.slice().reverse(), targets });
    t.equal(after, moveTo(fresh, x).objective);
  }),
);

t.test('a vector of another length is refused', (t) =>
  onBackends(t, async (t, backend) => {
    const { loss, targets } = losses.leastSquares;
    const options = { inputs, targets, samples: N, alphaW: 1e-3, regularizer: coupled(), loss };
    const session = openSession(backend, network, { ...options, objective: 'joint' });
    t.throws(() => session.evaluate(theta).sync(), { code: 'ERR_ARGUMENT' });
  }),
);
