/** @file The reduced objective, its derivatives and its steps, from their definitions. */
import t, { type Test } from 'tap';
import type { Jacobian, ProblemDefinition, Session, StepOptions, StepResult } from '../../../lib/backend/backend.js';
import { jsBackend } from '../../../lib/backend/js/backend.js';
import { dot, norm } from '../../../lib/linalg/vector.js';
import { identity, tanh } from '../../../lib/network/activation.js';
import { antisymmetricDense } from '../../../lib/network/antisymmetricDense.js';
import { concat } from '../../../lib/network/concat.js';
import { dense } from '../../../lib/network/dense.js';
import type { LayerDescription } from '../../../lib/network/layer.js';
import { Network } from '../../../lib/network/network.js';
import { residual } from '../../../lib/network/residual.js';
import { sequential } from '../../../lib/network/sequential.js';
import { Random } from '../../../lib/random.js';
import { multiply, regularizerGradient, tikhonov } from '../../../lib/regularizer/tikhonov.js';
import { adjointError, decays, normals, taylorQuotients } from '../../support/numbers.js';
import { join, moveTo, openSession, quadratic, relativeError, type SessionOptions } from '../../support/reference.js';

const N = 25;
const d = 3;
const targetColumns = 2;
const network = sequential([dense(4), tanh(), residual(antisymmetricDense(), { steps: 1 })]);
const P = new Network(network, d).weights;
const random = new Random(21);
const inputs = normals(random, N * d);
const targets = normals(random, N * targetColumns);
const theta = new Network(network, d).initialWeights(7);

/** A sparse symmetric A with couplings, and a reference. */
function coupled() {
  const A = new Float64Array(P * P);
  for (let i = 0; i < P; i++) A[i * P + i] = 0.02;
  for (let i = 0; i + 5 < P; i++) A[i * P + i + 5] = A[(i + 5) * P + i] = -0.005;
  return quadratic(A, P, normals(new Random(3), P));
}

function open(options: Partial<SessionOptions> = {}, description: LayerDescription = network): Session {
  const base = { inputs, targets, samples: N, alphaW: 1e-3, regularizer: coupled() };
  return openSession(jsBackend, description, { ...base, ...options });
}

const problem: ProblemDefinition = {
  programs: new Network(network, d).programs,
  weights: P,
  inputs,
  targets,
  samples: N,
  targetColumns,
  bias: true,
  alphaW: 1e-3,
  regularizer: tikhonov(P, 0),
  jacobian: 'kaufman',
  pairs: 0,
  threads: 1,
  cancelFlag: new Int32Array(1),
};

const krylov: StepOptions = { solver: 'krylov', maxVectors: P, tolerance: 1e-12, radius: null, usePairs: false };

/** [R/√N ; √α_W Wᵀ] */
function stackOf(session: Session, alphaW: number): Float64Array {
  const W = session.W();
  const m = W.length / targetColumns;
  const transposedW = Float64Array.from(W, (_, i) => W[(i % targetColumns) * m + Math.floor(i / targetColumns)]);
  return join(
    session.residual().map((r) => r / Math.sqrt(N)),
    transposedW.map((w) => w * Math.sqrt(alphaW)),
  );
}

const variants = [
  { alphaW: 1e-3, bias: true },
  { alphaW: 0, bias: true },
  { alphaW: 1e-3, bias: false },
  { alphaW: 1e-10, bias: true },
];

for (const jacobian of ['golub-pereyra', 'kaufman'] as Jacobian[]) {
  for (const { alphaW, bias } of variants) {
    t.test(`${jacobian}, α_W = ${alphaW}, bias ${bias}`, async (t) => {
      const session = open({ jacobian, alphaW, bias });
      const evaluation = moveTo(session, theta);
      checkObjective(t, session, evaluation.objective, alphaW, bias);
      checkDerivatives(t, session, jacobian, alphaW);
    });
  }
}

function checkObjective(t: Test, session: Session, objective: number, alphaW: number, bias: boolean): void {
  const [Z, W, R] = [session.features(), session.W(), session.residual()];
  const w = Z.length / N;
  const m = w + Number(bias);
  const Zt = (n: number, j: number) => (j < w ? Z[n * w + j] : 1);
  const stationarity = W.map((_, i) => alphaW * W[i]);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < targetColumns; k++) {
      let prediction = 0;
      for (let j = 0; j < m; j++) prediction += Zt(n, j) * W[k * m + j];
      const r = prediction - targets[n * targetColumns + k];
      if (Math.abs(r - R[n * targetColumns + k]) > 1e-13) t.fail('R = Z̃Wᵀ − C');
      for (let j = 0; j < m; j++) stationarity[k * m + j] += (r * Zt(n, j)) / N;
    }
  }
  t.ok(norm(stationarity) < 1e-13, 'W is optimal');
  const away = theta.map((x, i) => x - (coupled().reference as Float64Array)[i]);
  const expected = dot(R, R) / (2 * N) + 0.5 * alphaW * dot(W, W) + 0.5 * dot(away, multiply(coupled(), away));
  t.ok(Math.abs(objective / expected - 1) < 1e-14, 'objective');
}

function checkDerivatives(t: Test, session: Session, jacobian: Jacobian, alphaW: number): void {
  const v = normals(random, P);
  const probe = open({ jacobian, alphaW, bias: session.W().length / targetColumns > 4 });
  const gradient = session.gradient().sync();
  const slope = Float64Array.of(dot(gradient, v));
  const phi = (x: Float64Array) => Float64Array.of(probe.evaluate(x).sync().objective);
  t.ok(decays(taylorQuotients(phi, theta, v, slope)), `gradient: ${taylorQuotients(phi, theta, v, slope)}`);

  const Jv = session.jacobianProduct(v);
  const stack = (x: Float64Array) => {
    moveTo(probe, x);
    return stackOf(probe, alphaW);
  };
  if (jacobian === 'golub-pereyra') {
    t.ok(decays(taylorQuotients(stack, theta, v, Jv)), `J v: ${taylorQuotients(stack, theta, v, Jv)}`);
  }
  const u = normals(random, Jv.length);
  t.ok(adjointError(Jv, u, v, session.jacobianTransposeProduct(u)) < 1e-12, '⟨J v, u⟩ = ⟨v, Jᵀu⟩');

  const regularizer = coupled();
  const JtR = session.jacobianTransposeProduct(stackOf(session, alphaW));
  const gradientOfA = regularizerGradient(regularizer, theta);
  t.ok(
    relativeError(
      JtR.map((x, i) => x + gradientOfA[i]),
      gradient,
    ) < 1e-11,
    'the gradient is Jᵀ times the stack',
  );
  const Av = multiply(regularizer, v);
  const JtJv = session.jacobianTransposeProduct(Jv).map((x, i) => x + Av[i]);
  const Hv = session.hessianProduct(v).sync();
  t.ok(relativeError(Hv, JtJv) < 1e-11, 'H v = JᵀJ v + A v');
  const H = session.denseHessian();
  t.ok(
    relativeError(
      theta.map((_, i) => dot(H.subarray(i * P, (i + 1) * P), v)),
      Hv,
    ) < 1e-11,
    'the dense H',
  );
  t.ok(
    H.every((x, k) => x === H[(k % P) * P + Math.floor(k / P)]),
    'is symmetric',
  );
}

t.test('Kaufman’s Jacobian leaves out a part that is orthogonal to the rest', async (t) => {
  const [full, kaufman] = (['golub-pereyra', 'kaufman'] as Jacobian[]).map((jacobian) => open({ jacobian }));
  for (const session of [full, kaufman]) moveTo(session, theta);
  const v = normals(random, P);
  const [a, b] = [full, kaufman].map((session) => session.jacobianProduct(v));
  t.ok(norm(a) > norm(b));
  t.ok(Math.abs(norm(a) ** 2 - norm(b) ** 2 - norm(a.map((x, i) => x - b[i])) ** 2) < 1e-12 * norm(a) ** 2);
});

t.test('at a zero residual H is the Hessian of φ', async (t) => {
  const session = open();
  moveTo(session, theta);
  const Z = session.features();
  const exact = Float64Array.from({ length: N }, (_, n) => Z[4 * n] - 2 * Z[4 * n + 3] + 0.5);
  for (const jacobian of ['golub-pereyra', 'kaufman'] as Jacobian[]) {
    const zero = open({ targets: exact, alphaW: 0, regularizer: tikhonov(P, 0), jacobian });
    t.ok(moveTo(zero, theta).objective < 1e-25, 'zero residual');
    const v = normals(random, P);
    const Hv = zero.hessianProduct(v).sync();
    const h = 1e-4;
    const gradientAt = (step: number) => {
      moveTo(
        zero,
        theta.map((x, i) => x + step * v[i]),
      );
      return zero.gradient().sync();
    };
    const [plus, minus] = [gradientAt(h), gradientAt(-h)];
    const error = relativeError(
      plus.map((x, i) => (x - minus[i]) / (2 * h)),
      Hv,
    );
    t.ok(error < 1e-5, `${jacobian}: ${error}`);
  }
});

t.test('features without full rank', async (t) => {
  const twice = concat([dense(3, { activation: 'tanh' }), identity(), identity()]);
  const weights = new Network(twice, d).weights;
  const start = new Network(twice, d).initialWeights(1);
  const regularizer = tikhonov(weights, 1e-6);
  const session = open({ alphaW: 0, regularizer }, twice);
  const evaluation = moveTo(session, start);
  t.equal(evaluation.rank, 3 + d + 1);
  const W = session.W();
  for (let j = 3; j < 3 + d; j++) t.ok(Math.abs(W[j] - W[j + d]) < 1e-12, 'minimum norm: equal shares');
  const once = open({ alphaW: 0, regularizer }, concat([dense(3, { activation: 'tanh' }), identity()]));
  const other = moveTo(once, start);
  t.ok(Math.abs(evaluation.objective - other.objective) < 1e-14, 'the same fit as without the copy');
  t.ok(relativeError(session.gradient().sync(), once.gradient().sync()) < 1e-11, 'the same gradient');
  const v = normals(random, weights);
  const [a, b] = [session, once].map((one) => one.jacobianProduct(v).subarray(0, N * targetColumns));
  t.ok(relativeError(a, b) < 1e-11, 'the same derivative of the residual');
});

t.test('fewer samples than features', async (t) => {
  for (const alphaW of [0, 1e-4]) {
    const few = {
      inputs: inputs.subarray(0, 3 * d),
      targets: targets.subarray(0, 3 * targetColumns),
      samples: 3,
      alphaW,
    };
    const session = open(few);
    const { rank, loss } = moveTo(session, theta);
    t.equal(rank, 3);
    if (alphaW === 0) t.ok(loss < 1e-28, 'interpolates');
    const v = normals(random, P);
    const Jv = session.jacobianProduct(v);
    const u = normals(random, Jv.length);
    const Av = multiply(coupled(), v);
    const JtJv = session.jacobianTransposeProduct(Jv).map((x, i) => x + Av[i]);
    t.ok(relativeError(session.hessianProduct(v).sync(), JtJv) < 1e-10, 'H v = JᵀJ v + A v');
    if (alphaW === 0) {
      t.ok(norm(Jv) < 1e-12, 'the residual stays zero');
      continue;
    }
    t.ok(adjointError(Jv, u, v, session.jacobianTransposeProduct(u)) < 1e-12, '⟨J v, u⟩ = ⟨v, Jᵀu⟩');
    const probe = open(few);
    const slope = Float64Array.of(dot(session.gradient().sync(), v));
    const phi = (x: Float64Array) => Float64Array.of(probe.evaluate(x).sync().objective);
    t.ok(decays(taylorQuotients(phi, theta, v, slope)), 'gradient');
  }
});

for (const solver of ['krylov', 'dense'] as const) {
  t.test(`steps by ${solver}`, async (t) => {
    const session = open();
    const { objective } = moveTo(session, theta);
    const g = session.gradient().sync();
    const first = session.step({ ...krylov, solver }).sync();
    t.same([first.onBoundary, first.multiplier], [false, 0]);
    t.equal(first.radius, first.stepNorm);
    t.ok(first.products > 0 && first.passes === 2 * first.products);
    for (const share of [2, 1.0000001, 0.5, 1e-2, 1e-6]) {
      const radius = share * first.stepNorm;
      const result = session.step({ ...krylov, solver, radius }).sync();
      checkStep(t, session, g, result, radius);
      t.same([result.products, result.passes, result.factorizations], [0, 0, 0], 'the space is used again');
      t.equal(result.onBoundary, share < 1);
    }
    const tiny = session.step({ ...krylov, solver, radius: 1e-4 }).sync();
    const after = session.evaluate(theta.map((x, i) => x + tiny.step[i])).sync();
    t.ok(Math.abs((objective - after.objective) / tiny.predictedReduction - 1) < 1e-2, 'the model predicts φ');
  });
}

function checkStep(t: Test, session: Session, g: Float64Array, result: StepResult, radius: number): void {
  const { step, multiplier, stepNorm } = result;
  const Hs = session.hessianProduct(step).sync();
  const left = Hs.map((x, i) => x + multiplier * step[i]);
  t.ok(
    relativeError(
      left,
      g.map((x) => -x),
    ) < 1e-9,
    '(H + λI) s = −g',
  );
  t.ok(Math.abs(norm(step) - stepNorm) < 1e-12 * stepNorm, '‖s‖');
  t.ok(stepNorm <= radius * (1 + 1e-12), 'inside the region');
  t.ok(multiplier === 0 || Math.abs(stepNorm / radius - 1) < 1e-12, 'complementarity');
  const reduction = -dot(g, step) - 0.5 * dot(step, Hs);
  t.ok(Math.abs(result.predictedReduction / reduction - 1) < 1e-9, 'predicted reduction');
}

t.test('pairs of accepted steps precondition the space', async (t) => {
  const run = (usePairs: boolean) => {
    const session = open({ pairs: 20 });
    let x = theta;
    const residuals: number[] = [];
    moveTo(session, x);
    for (let i = 0; i < 12; i++) {
      session.gradient().sync();
      const { step, relativeResidual } = session.step({ ...krylov, maxVectors: 3, usePairs, radius: 0.1 }).sync();
      residuals.push(relativeResidual);
      x = x.map((xi, k) => xi + step[k]);
      moveTo(session, x);
    }
    return residuals;
  };
  const [plain, preconditioned] = [run(false), run(true)];
  t.equal(plain[0], preconditioned[0], 'without pairs it is the plain space');
  t.not(plain[2], preconditioned[2]);
  t.ok(preconditioned.every((residual) => Number.isFinite(residual)));
});

t.test('non-finite points are data', async (t) => {
  const session = open();
  moveTo(session, theta);
  const W = session.W();
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const { finite } = session.evaluate(theta.map((x, i) => (i === 0 ? bad : x))).sync();
    t.equal(finite, false);
    t.throws(() => session.accept(), { code: 'ERR_STATE' });
  }
  t.same(session.W(), W, 'the current point stays');
});

t.test('misuse', async (t) => {
  for (const wrong of [{ inputs: inputs.subarray(1) }, { targets: targets.subarray(1) }]) {
    t.throws(() => jsBackend.createSession({ ...problem, ...wrong }), { code: 'ERR_ARGUMENT' });
  }
  const session = open();
  for (const early of [
    () => session.gradient().sync(),
    () => session.W(),
    () => session.accept(),
    () => session.trialW(),
  ]) {
    t.throws(early, { code: 'ERR_STATE' });
  }
  t.throws(() => session.evaluate(new Float64Array(P + 1)).sync(), { code: 'ERR_ARGUMENT' });
  moveTo(session, theta);
  t.throws(() => session.jacobianTransposeProduct(new Float64Array(3)), { code: 'ERR_ARGUMENT' });
  t.throws(() => session.jacobianProduct(new Float64Array(3)), { code: 'ERR_ARGUMENT' });
  t.throws(() => session.hessianProduct(new Float64Array(3)).sync(), { code: 'ERR_ARGUMENT' });
  await t.rejects(session.evaluate(new Float64Array(1)).async(), { code: 'ERR_ARGUMENT' });
  session.dispose();
  session.dispose();
  t.throws(() => session.W(), { code: 'ERR_DISPOSED' });
  await t.rejects(session.gradient().async(), { code: 'ERR_DISPOSED' });
});

t.test('the caller’s arrays are neither kept nor lent', async (t) => {
  const mine = { inputs: inputs.slice(), targets: targets.slice(), theta: theta.slice() };
  const session = open(mine);
  session.evaluate(mine.theta).sync();
  t.ok(session.trialW().length > 0);
  session.accept();
  const before = session.gradient().sync().slice();
  for (const array of Object.values(mine)) array.fill(0);
  for (const result of [session.W(), session.features(), session.residual(), session.gradient().sync()]) result.fill(0);
  t.same(session.weights(), theta);
  t.same(session.gradient().sync(), before);
  const v = normals(random, P);
  const fresh = open();
  moveTo(fresh, theta);
  t.same(session.hessianProduct(v).sync(), fresh.hessianProduct(v).sync());
});

t.test('cancellation leaves the current point', async (t) => {
  const cancelFlag = new Int32Array(new SharedArrayBuffer(4));
  const session = jsBackend.createSession({ ...problem, cancelFlag });
  moveTo(session, theta);
  const W = session.W();
  Atomics.store(cancelFlag, 0, 1);
  t.throws(() => session.evaluate(theta).sync(), { code: 'ERR_ABORTED' });
  await t.rejects(session.step(krylov).async(), { code: 'ERR_ABORTED' });
  Atomics.store(cancelFlag, 0, 0);
  t.same(session.W(), W);
  t.ok(session.step(krylov).sync().stepNorm > 0);
});

t.test('measurements', async (t) => {
  const session = open();
  moveTo(session, theta);
  session.step(krylov).sync();
  session.step({ ...krylov, solver: 'dense' }).sync();
  const { network, projection, krylov: space, dense } = session.timings();
  for (const seconds of [network, projection, space, dense]) t.ok(seconds > 0 && seconds < 60);
  t.ok(session.memoryBytes > inputs.byteLength + targets.byteLength);
});
