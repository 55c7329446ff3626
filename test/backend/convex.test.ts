/** @file The reduced objective of convex losses and its derivatives, from their definitions, on each backend. */

import t, { type Test } from 'tap';
import type { Session } from '../../lib/backend/backend.js';
import { jsBackend } from '../../lib/backend/js/backend.js';
import { convexLoss } from '../../lib/backend/js/convexLoss.js';
import { nativeBackend } from '../../lib/backend/native.js';
import { matrix } from '../../lib/linalg/matrix.js';
import { dot, join } from '../../lib/linalg/vector.js';
import { crossEntropy } from '../../lib/loss/crossEntropy.js';
import { multiply } from '../../lib/regularizer/tikhonov.js';
import { convexLosses } from '../support/losses.js';
import { adjointError, decays, normals, taylorQuotients } from '../support/numbers.js';
import { moveTo, onBackends, openSession, relativeError } from '../support/reference.js';
import { coupled, inputs, krylov, N, network, P, random, theta } from './problem.js';

const targetColumns = 3;
const weights = Float64Array.from({ length: N }, (_, n) => 0.5 + (n % 3));
const losses = convexLosses(N);

/** [S ; Wᵀ] */
function stackOf(session: Session): Float64Array {
  const [Z, W] = [session.features(), session.W()];
  const m = W.length / targetColumns;
  const w = Z.length / N;
  const S = Float64Array.from({ length: N * targetColumns }, (_, i) => {
    const [n, k] = [Math.floor(i / targetColumns), i % targetColumns];
    let sum = m > w ? W[k * m + w] : 0;
    for (let j = 0; j < w; j++) sum += Z[n * w + j] * W[k * m + j];
    return sum;
  });
  return join(
    S,
    W.map((_, i) => W[(i % targetColumns) * m + Math.floor(i / targetColumns)]),
  );
}

for (const [name, { loss, targets }] of Object.entries(losses)) {
  for (const { bias, sampleWeights, alphaW } of [
    { bias: true, sampleWeights: null, alphaW: 1e-2 },
    { bias: false, sampleWeights: weights, alphaW: 1e-3 },
  ]) {
    const options = { inputs, targets, samples: N, alphaW, regularizer: coupled(), loss, bias, sampleWeights };
    t.test(`${name}, ${bias ? 'bias' : 'weights of the samples'}`, (t) =>
      onBackends(t, (t, backend) => {
        const open = (more = {}) => openSession(backend, network, { ...options, innerTolerance: 1e-13, ...more });
        const session = open();
        const { inner, finite } = moveTo(session, theta);
        t.ok(finite && inner !== null && inner.gradientNorm < 1e-12, `inner: ${JSON.stringify(inner)}`);
        checkDerivatives(t, session, open());
        const S = matrix(N, targetColumns, stackOf(session).slice(0, N * targetColumns));
        const { curvature } = convexLoss(loss, matrix(N, targetColumns, targets), sampleWeights).at(S);
        const curve = (dS: Float64Array) => curvature.times(matrix(N, targetColumns, dS)).data;
        checkProducts(t, session, open({ jacobian: 'kaufman' }), alphaW, curve);
      }),
    );
  }
}

t.test('both backends find the same point', async (t) => {
  for (const [name, { loss, targets }] of Object.entries(losses)) {
    const options = { inputs, targets, samples: N, alphaW: 1e-3, regularizer: coupled(), loss, innerTolerance: 1e-12 };
    const [native, js] = [nativeBackend, jsBackend].map((backend) => openSession(backend, network, options));
    const [a, b] = [native, js].map((session) => moveTo(session, theta));
    t.ok(Math.abs(a.objective / b.objective - 1) < 1e-13, `${name}: objective`);
    for (const part of ['W', 'residual'] as const) t.ok(relativeError(native[part](), js[part]()) < 1e-10, part);
    t.ok(relativeError(native.gradient().sync(), js.gradient().sync()) < 1e-10, 'gradient');
    const radius = 0.1;
    for (const solver of ['krylov', 'dense'] as const) {
      const [s, r] = [native, js].map((session) => session.step({ ...krylov, maxVectors: 6, solver, radius }).sync());
      t.ok(relativeError(s.step, r.step) < (solver === 'dense' ? 2e-3 : 1e-8), `${solver} step`);
      const [x, y] = [native, js].map((session) =>
        session
          .evaluate(
            theta.map((v, i) => v + s.step[i]),
            'afterStep',
          )
          .sync(),
      );
      t.ok(Math.abs(x.objective / y.objective - 1) < 1e-12, 'objective after the step');
    }
  }
});

t.test('any number of classes: the narrow kernels and those of BLAS', async (t) => {
  for (const classes of [1, 2, 5, 8, 9, 13, 17, 24, 25, 30]) {
    const targets = new Float64Array(N * classes);
    for (let n = 0; n < N; n++) targets[n * classes + (n % classes)] = 1;
    const loss = crossEntropy;
    const options = { inputs, targets, samples: N, alphaW: 1e-2, regularizer: coupled(), loss, innerTolerance: 1e-12 };
    const [native, js] = [nativeBackend, jsBackend].map((backend) => openSession(backend, network, options));
    const [a, b] = [native, js].map((session) => moveTo(session, theta));
    t.ok(Math.abs(a.objective - b.objective) <= 1e-13 * (1 + b.objective), `${classes} classes: objective`);
    const v = normals(random, P);
    t.ok(
      relativeError(native.hessianProduct(v).sync(), js.hessianProduct(v).sync()) < 1e-10,
      `${classes} classes: H v`,
    );
  }
});

function checkDerivatives(t: Test, session: Session, probe: Session): void {
  const v = normals(random, P);
  const slope = Float64Array.of(dot(session.gradient().sync(), v));
  const phi = (x: Float64Array) => Float64Array.of(probe.evaluate(x).sync().objective);
  const ofGradient = taylorQuotients(phi, theta, v, slope, 1e-3);
  t.ok(decays(ofGradient), `gradient: ${ofGradient}`);
  const Jv = session.jacobianProduct(v);
  const stack = (x: Float64Array) => {
    moveTo(probe, x);
    return stackOf(probe);
  };
  const ofStack = taylorQuotients(stack, theta, v, Jv, 1e-3);
  t.ok(decays(ofStack), `J v: ${ofStack}`);
  const u = normals(random, Jv.length);
  t.ok(adjointError(Jv, u, v, session.jacobianTransposeProduct(u)) < 1e-11, '⟨J v, u⟩ = ⟨v, Jᵀu⟩');
}

type Curve = (dS: Float64Array) => Float64Array;

/** H = Jᵀ blkdiag(S_n/N, α_W I) J + A by its quadratic form; Kaufman's is less. */
function checkProducts(t: Test, session: Session, kaufman: Session, alphaW: number, curve: Curve): void {
  const v = normals(random, P);
  const Hv = session.hessianProduct(v).sync();
  const H = session.denseHessian();
  const times = (matrix: Float64Array) => theta.map((_, i) => dot(matrix.subarray(i * P, (i + 1) * P), v));
  t.ok(relativeError(times(H), Hv) < 1e-11, `the dense H: ${relativeError(times(H), Hv)}`);
  const Jv = session.jacobianProduct(v);
  const [dS, dW] = [Jv.subarray(0, N * targetColumns), Jv.subarray(N * targetColumns)];
  const expected = dot(dS, curve(dS)) / N + alphaW * dot(dW, dW) + dot(v, multiply(coupled(), v));
  t.ok(Math.abs(dot(v, Hv) / expected - 1) < 1e-11, '⟨v, H v⟩ = ⟨dS, S dS⟩/N + α_W ‖dW‖² + ⟨v, A v⟩');
  moveTo(kaufman, theta);
  const Kv = kaufman.hessianProduct(v).sync();
  t.ok(relativeError(times(kaufman.denseHessian()), Kv) < 1e-11, 'dense, Kaufman');
  t.ok(dot(v, Kv) < dot(v, Hv), 'Kaufman’s part is the smaller');
}
