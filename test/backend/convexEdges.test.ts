/** @file Convex losses at the edges: huge logits, classes that separate or are missing, no weight, stopped iterations. */

import { Worker } from 'node:worker_threads';
import t, { type Test } from 'tap';
import type { Evaluation, Session } from '../../lib/backend/backend.js';
import { jsBackend } from '../../lib/backend/js/backend.js';
import type { LossDefinition } from '../../lib/backend/loss.js';
import { nativeBackend } from '../../lib/backend/native.js';
import { noCancel } from '../../lib/job/cancel.js';
import { dot } from '../../lib/linalg/vector.js';
import { crossEntropy } from '../../lib/loss/crossEntropy.js';
import type { Formulas } from '../../lib/loss/formulas.js';
import { leastSquares } from '../../lib/loss/leastSquares.js';
import { logistic } from '../../lib/loss/logistic.js';
import { tanh } from '../../lib/network/activation.js';
import { dense } from '../../lib/network/dense.js';
import { Network } from '../../lib/network/network.js';
import { sequential } from '../../lib/network/sequential.js';
import { Random } from '../../lib/random.js';
import { multiply, tikhonov } from '../../lib/regularizer/tikhonov.js';
import { linearFeatures, linearInputs } from '../support/linearFeatures.js';
import { convexLosses, lossOf } from '../support/losses.js';
import { decays, normals, taylorQuotients } from '../support/numbers.js';
import { moveTo, onBackends, openSession, relativeError, type SessionOptions } from '../support/reference.js';
import { krylov } from './problem.js';

const random = new Random(17);
const [w, directions] = [3, 2];
const layer = linearFeatures(w, directions);
const zero = new Float64Array(directions);
const regularizer = tikhonov(directions, 1e-2);
const dense2 = { ...krylov, maxVectors: directions, radius: 0.1 };

interface Prescribed extends Partial<SessionOptions> {
  Z: Float64Array;
  targets: Float64Array;
}

/** A problem with these features at θ = 0, and random ones of the same size along each direction. */
function prescribed({ Z, targets, ...more }: Prescribed): SessionOptions {
  const size = Math.max(...Z.map(Math.abs), 0) || 1;
  const inputs = linearInputs(Z, normals(random, directions * Z.length, size), Z.length / w);
  const loss = crossEntropy;
  return { inputs, targets, samples: Z.length / w, alphaW: 1e-3, regularizer, loss, ...more };
}

function labels(N: number, classes: number, of = (n: number) => n % classes): Float64Array {
  const targets = new Float64Array(N * classes);
  for (let n = 0; n < N; n++) targets[n * classes + of(n)] = 1;
  return targets;
}

const allFinite = (session: Session) =>
  [session.W(), session.residual(), session.gradient().sync(), session.hessianProduct(Float64Array.of(1, -1)).sync()]
    .concat((['krylov', 'dense'] as const).map((solver) => session.step({ ...dense2, solver }).sync().step))
    .every((array) => array.every(Number.isFinite));

/** Moves to θ = 0 and to where a step leads; both must be points, found by an iteration that ended by itself. */
function visit(t: Test, session: Session, what: string, start?: Float64Array): void {
  for (const [theta, from] of [
    [zero, start],
    [Float64Array.of(0.01, -0.02), 'afterStep'],
  ] as const) {
    const { finite, objective, inner } = session.evaluate(theta, from).sync();
    t.ok(finite && Number.isFinite(objective), `${what}: finite`);
    const ended = inner !== null && ['converged', 'rounding'].includes(inner.status) && inner.iterations <= 200;
    t.ok(ended, `${what}: ${JSON.stringify(inner)}`);
    session.accept();
    t.ok(allFinite(session), `${what}: derivatives`);
  }
}

/** Both backends: they find the same objective. */
function check(t: Test, what: string, problem: SessionOptions, start?: Float64Array): void {
  const sessions = [nativeBackend, jsBackend].map((backend) => openSession(backend, layer, problem));
  for (const [i, session] of sessions.entries()) visit(t, session, `${what}, ${['native', 'js'][i]}`, start);
  const [a, b] = sessions.map((session) => session.evaluate(zero).sync().objective);
  t.ok(Math.abs(a - b) <= Math.max(1e-9, problem.innerTolerance ?? 0) * (1 + Math.abs(b)), `${what}: ${a} = ${b}`);
}

t.test('logits of ±10,000', (t) => {
  const Z = normals(random, 40 * w, 1e4);
  for (const [name, { loss, targets }] of Object.entries(convexLosses(40))) {
    check(t, name, prescribed({ Z, targets, loss, alphaW: 1e-2 }));
    check(t, `${name}, a start too large`, prescribed({ Z, targets, loss }), new Float64Array(12).fill(1e4));
    check(t, `${name}, a start that overflows`, prescribed({ Z, targets, loss }), new Float64Array(12).fill(1e306));
  }
  t.end();
});

t.test('classes that separate, next to no regulariser', (t) => {
  const N = 30;
  const targets = labels(N, 3);
  const Z = Float64Array.from({ length: N * w }, (_, i) => targets[i] + 0.1 * random.normal());
  for (const loss of [crossEntropy, logistic]) {
    for (const innerTolerance of [1e-6, 1e-10]) {
      const problem = prescribed({ Z, targets, loss, alphaW: 1e-12, innerTolerance });
      check(t, loss.name, problem);
      // W = 10⁴ I gives every sample its class with certainty.
      const right = Float64Array.from({ length: 3 * (w + 1) }, (_, i) => (i % (w + 2) === 0 ? 1e4 : 0));
      check(t, `${loss.name}, from certainty`, problem, right);
    }
  }
  t.end();
});

t.test('one sample; a class without samples', (t) => {
  const Z = normals(random, 20 * w);
  for (const loss of [crossEntropy, logistic]) {
    check(t, `${loss.name}, one sample`, prescribed({ Z: Z.slice(0, w), targets: labels(1, 4), loss }));
    const targets = labels(20, 4, (n) => n % 3);
    check(t, `${loss.name}, a class missing`, prescribed({ Z, targets, loss }));
    check(t, `${loss.name}, the same, next to no regulariser`, prescribed({ Z, targets, loss, alphaW: 1e-10 }));
  }
  t.end();
});

t.test('losses that are constant: one class, or no weight', (t) => {
  const N = 15;
  const Z = normals(random, N * w);
  const losses = convexLosses(N);
  const none = new Float64Array(N);
  const problems: [string, SessionOptions][] = [
    ['one class', prescribed({ Z, targets: labels(N, 1) })],
    ...Object.entries(losses).map(([name, { loss, targets }]): [string, SessionOptions] => [
      name,
      prescribed({ Z, targets, loss, sampleWeights: none }),
    ]),
    ['least squares', prescribed({ Z, targets: labels(N, 2), loss: leastSquares, sampleWeights: none })],
  ];
  const v = Float64Array.of(1, 2);
  for (const [name, problem] of problems) {
    for (const backend of [nativeBackend, jsBackend]) {
      const session = openSession(backend, layer, problem);
      const theta = Float64Array.of(0.1, 0.2);
      const { finite, loss, regularizationW, inner } = moveTo(session, theta);
      t.ok(finite && loss === 0 && regularizationW === 0, `${name}, ${backend.name}: ${loss}`);
      if (inner !== null) t.strictSame([inner.iterations, inner.status, inner.gradientNorm], [0, 'converged', 0]);
      t.ok(session.W().every((x) => x === 0));
      t.strictSame(session.gradient().sync(), multiply(regularizer, theta), 'what is left is the regulariser');
      t.strictSame(session.hessianProduct(v).sync(), multiply(regularizer, v));
      t.ok(allFinite(session), 'steps');
    }
  }
  t.end();
});

t.test('features twice, and features that are zero', (t) => {
  const N = 25;
  for (const [name, { loss, targets }] of Object.entries(convexLosses(N))) {
    for (const alphaW of [1e-3, 1e-12]) {
      const twice = Float64Array.from(normals(random, N), (x) => x);
      const Z = Float64Array.from({ length: N * w }, (_, i) => (i % w === 2 ? 0 : twice[Math.floor(i / w)]));
      // The gradient of W ends at rounding, the objective does not show more.
      check(t, `${name}, α_W = ${alphaW}`, prescribed({ Z, targets, loss, alphaW, innerTolerance: 1e-9 }));
      const nothing = prescribed({ Z: new Float64Array(N * w), targets, loss, alphaW, innerTolerance: 1e-9 });
      check(t, `${name}, no features`, nothing);
    }
  }
  t.end();
});

t.test('features that overflow: points that are not finite', (t) =>
  onBackends(t, (t, backend) => {
    for (const [name, { loss, targets }] of Object.entries(convexLosses(10))) {
      for (const size of [1e160, 1e300]) {
        const session = openSession(backend, layer, prescribed({ Z: normals(random, 10 * w, size), targets, loss }));
        for (const start of [undefined, new Float64Array(12).fill(1e-300)]) {
          t.equal(session.evaluate(zero, start).sync().finite, false, `${name}, ${size}`);
          t.throws(() => session.accept(), { code: 'ERR_STATE' });
        }
      }
    }
  }),
);

t.test('losses that break their promises', (t) =>
  onBackends(t, (t, backend) => {
    const [N, targets] = [10, labels(10, 2)];
    const open = ({ curvature, ...functions }: Omit<Formulas, 'value'> & Pick<LossDefinition, 'curvature'>) => {
      const value: Formulas['value'] = (b, s) => b.matmul(s, b.constant(2, 1, [-1, -1]));
      const loss = lossOf({ value, ...functions }, curvature);
      return openSession(backend, layer, prescribed({ Z: normals(random, N * w), targets, loss }));
    };
    const gradient: Formulas['gradient'] = (b, s) => b.scale(s, 0);
    const slope: Formulas['gradient'] = (b, s) => b.addRow(b.scale(s, 0), b.constant(1, 2, [-1, -1]));
    for (const curvature of ['full', 'diagonal'] as const) {
      for (const by of [-1e9, Number.NaN]) {
        const session = open({ gradient: slope, hessianProduct: (b, _s, _c, v) => b.scale(v, by), curvature });
        if (by < 0) t.throws(() => session.evaluate(zero).sync(), { code: 'ERR_LAPACK' }, 'not convex');
        else t.equal(session.evaluate(zero).sync().finite, false, 'a curvature of NaN');
      }
      const hessianProduct: Formulas['hessianProduct'] = (_b, _s, _c, v) => v;
      const nan: Formulas['gradient'] = (b, s, c) => b.scale(gradient(b, s, c), Number.NaN);
      for (const start of [undefined, new Float64Array(8).fill(0.1)]) {
        t.equal(open({ gradient: nan, hessianProduct, curvature }).evaluate(zero, start).sync().finite, false);
      }
    }
  }),
);

t.test('weights of the samples that are none', (t) => {
  for (const bad of [-1e-300, Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const loss of [leastSquares, crossEntropy]) {
      const sampleWeights = Float64Array.of(1, bad, 1);
      const problem = prescribed({ Z: normals(random, 3 * w), targets: labels(3, 2), loss, sampleWeights });
      t.throws(() => openSession(nativeBackend, layer, problem), { code: 'ERR_ARGUMENT' }, `${bad}`);
    }
  }
  t.end();
});

t.test('a tolerance of 0 ends at rounding', (t) =>
  onBackends(t, (t, backend) => {
    const N = 50;
    for (const [name, { loss, targets }] of Object.entries(convexLosses(N))) {
      for (const alphaW of [1e-8, 1e-2, 1e4]) {
        const Z = normals(random, N * w);
        const session = openSession(backend, layer, prescribed({ Z, targets, loss, alphaW, innerTolerance: 0 }));
        for (const theta of [zero, Float64Array.of(0.3, 0.1)]) {
          const { inner } = moveTo(session, theta);
          const status = inner?.gradientNorm === 0 ? 'converged' : 'rounding';
          t.equal(inner?.status, status, `${name}: ${JSON.stringify(inner)}`);
          t.ok(inner !== null && inner.gradientNorm < 1e-10);
        }
      }
    }
  }),
);

/** Σ_n dsᵀ(diag(p) − ppᵀ)ds of the probabilities p = g + c. */
function curved(g: Float64Array, targets: Float64Array, dS: Float64Array, columns: number): number {
  const p = g.map((x, i) => x + targets[i]);
  let sum = 0;
  for (let row = 0; row < p.length; row += columns) {
    let mean = 0;
    for (let j = row; j < row + columns; j++) mean += p[j] * dS[j];
    for (let j = row; j < row + columns; j++) sum += p[j] * (dS[j] - mean) ** 2;
  }
  return sum;
}

t.test('more unknowns in W than are factorised', (t) => {
  const [N, d, classes] = [60, 2, 501]; // times 4 columns of Z̃
  const network = sequential([dense(3), tanh()]);
  const [P, theta] = [new Network(network, d).weights, new Network(network, d).initialWeights(1)];
  const tikhonovP = tikhonov(P, 1e-3);
  const common = { inputs: normals(random, N * d), samples: N, alphaW: 1e-2, regularizer: tikhonovP };
  const options = {
    ...common,
    targets: labels(N, classes, (n) => (17 * n) % classes),
    loss: crossEntropy,
  };
  const open = (more = {}) => openSession(nativeBackend, network, { ...options, ...more });
  const native = open();
  const { inner } = moveTo(native, theta);
  t.ok(inner?.status === 'converged' && inner.krylovIterations > 0, JSON.stringify(inner));

  // js factorises H_W, which takes it long: from this W it need not.
  const js = openSession(jsBackend, network, options);
  const there = js.evaluate(theta, native.W()).sync();
  js.accept();
  t.ok(there.inner?.status === 'converged' && there.inner.iterations === 0, JSON.stringify(there.inner));
  for (const part of ['W', 'residual'] as const) t.ok(relativeError(native[part](), js[part]()) < 1e-8, part);
  t.ok(relativeError(native.gradient().sync(), js.gradient().sync()) < 1e-8, 'gradient');

  const v = normals(random, P);
  const probe = open({ innerTolerance: 1e-13 });
  const W = (x: Float64Array) => {
    moveTo(probe, x);
    return probe.W();
  };
  const Jv = native.jacobianProduct(v);
  const m = 4;
  const dW = Float64Array.from({ length: classes * m }, (_, i) => Jv[(N + (i % m)) * classes + Math.floor(i / m)]);
  const quotients = taylorQuotients(W, theta, v, dW, 1e-3);
  t.ok(decays(quotients), `dW: ${quotients}`);
  for (const jacobian of ['golub-pereyra', 'kaufman'] as const) {
    const session = open({ jacobian });
    moveTo(session, theta);
    const Hv = session.hessianProduct(v).sync();
    const H = session.denseHessian();
    const times = theta.map((_, i) => dot(H.subarray(i * P, (i + 1) * P), v));
    t.ok(relativeError(times, Hv) < 1e-9, `${jacobian}: the dense H is off by ${relativeError(times, Hv)}`);
    const full = { ...krylov, maxVectors: P, radius: 0.1 };
    const [a, b] = (['krylov', 'dense'] as const).map((solver) => session.step({ ...full, solver }).sync());
    t.ok(relativeError(a.step, b.step) < 2e-3, 'the dense step is the same');
    if (jacobian === 'kaufman') continue;
    const dS = curved(session.residual(), options.targets, Jv.subarray(0, N * classes), classes);
    const expected = dS / N + options.alphaW * dot(dW, dW) + dot(v, multiply(tikhonovP, v));
    t.ok(Math.abs(dot(v, Hv) / expected - 1) < 1e-9, '⟨v, H v⟩ = ⟨dS, S dS⟩/N + α_W ‖dW‖² + ⟨v, A v⟩');
  }
  t.end();
});

t.test('as many unknowns in W as are factorised, of many classes: H_W is summed up in little memory', (t) => {
  const [N, d, classes] = [2100, 2, 400]; // times 5 columns of Z̃
  const network = sequential([dense(4), tanh()]);
  const [P, theta] = [new Network(network, d).weights, new Network(network, d).initialWeights(1)];
  const [targets, tikhonovP, alphaW] = [labels(N, classes), tikhonov(P, 1e-3), 1e-2];
  const inputs = normals(random, N * d);
  const loss = crossEntropy;
  const options = { inputs, targets, samples: N, alphaW, regularizer: tikhonovP, loss, threads: 2 };
  const session = openSession(nativeBackend, network, options);
  const { inner, finite } = moveTo(session, theta);
  t.ok(finite && inner?.status === 'converged', JSON.stringify(inner));
  t.ok(session.memoryBytes < 600e6, `${(session.memoryBytes / 1e6).toFixed(0)} MB`);
  const v = normals(random, P);
  const Jv = session.jacobianProduct(v);
  const [dS, dW] = [Jv.subarray(0, N * classes), Jv.subarray(N * classes)];
  const expected =
    curved(session.residual(), targets, dS, classes) / N + alphaW * dot(dW, dW) + dot(v, multiply(tikhonovP, v));
  t.ok(Math.abs(dot(v, session.hessianProduct(v).sync()) / expected - 1) < 1e-11, 'the factor is that of H_W');
  session.dispose();
  t.end();
});

t.test('one sample of many counts: as if it were alone', (t) =>
  onBackends(t, (t, backend) => {
    const [N, at] = [30, 7];
    const Z = normals(random, N * w);
    const sampleWeights = Float64Array.from({ length: N }, (_, n) => (n === at ? N : 0));
    for (const [name, { loss, targets }] of Object.entries(convexLosses(N))) {
      const one = openSession(backend, layer, prescribed({ Z, targets, loss, sampleWeights }));
      const row = (array: Float64Array, columns: number) => array.slice(at * columns, (at + 1) * columns);
      const alone = openSession(backend, layer, prescribed({ Z: row(Z, w), targets: row(targets, 3), loss }));
      const [a, b] = [one, alone].map((session) => moveTo(session, zero).objective);
      t.ok(Math.abs(a / b - 1) < 1e-12, `${name}: ${a}, ${b}`);
      t.ok(relativeError(one.W(), alone.W()) < 1e-9, `${name}: W`);
    }
  }),
);

t.test('features next to nothing are no obstacle', (t) =>
  onBackends(t, (t, backend) => {
    for (const [name, { loss, targets }] of Object.entries(convexLosses(10))) {
      for (const size of [1e-310, 1e-160, 1e-20]) {
        const session = openSession(backend, layer, prescribed({ Z: normals(random, 10 * w, size), targets, loss }));
        visit(t, session, `${name}, ${size}`);
      }
    }
  }),
);

t.test('cancelled in the middle of the projection', async (t) => {
  const N = 40000;
  const Z = normals(random, N * w);
  for (const [name, { loss, targets }] of Object.entries(convexLosses(N))) {
    const cancelFlag = noCancel();
    // A tolerance that takes iterations, and next to no time for the network.
    const problem = prescribed({ Z, targets, loss, alphaW: 1e-6, innerTolerance: 0, cancelFlag });
    const session = openSession(nativeBackend, layer, problem);
    moveTo(session, zero);
    const moved = Float64Array.of(2, -1);
    const start = performance.now();
    const expected = session.evaluate(moved).sync();
    const elapsed = performance.now() - start;
    moveTo(session, zero); // no trial point is left
    const before = session.W();

    const job = session.evaluate(moved).async();
    Atomics.store(cancelFlag, 0, 1);
    await t.rejects(job, { code: 'ERR_ABORTED' }, `${name}, at once`);
    t.throws(() => session.accept(), { code: 'ERR_STATE' }, 'there is no trial point');
    t.throws(() => session.step(dense2).sync(), { code: 'ERR_ABORTED' });
    Atomics.store(cancelFlag, 0, 0);
    t.strictSame(session.W(), before, 'the current point stays');

    // One after the other: whichever is under way when the flag is set, ends by it.
    const jobs = (async () => {
      for (let n = 0; n < 1000; n++) await session.evaluate(moved).async();
    })();
    setTimeout(() => Atomics.store(cancelFlag, 0, 1), 0.3 * elapsed);
    await t.rejects(jobs, { code: 'ERR_ABORTED' }, `${name}, after 0.3 of ${elapsed} ms`);
    Atomics.store(cancelFlag, 0, 0);
    t.strictSame(session.W(), before, 'the current point stays');
    // By another thread while this one is in the call.
    const code = `
      const { workerData: { flag, after }, parentPort } = require('node:worker_threads');
      parentPort.postMessage('ready');
      setTimeout(() => Atomics.store(flag, 0, 1), after);`;
    const worker = new Worker(code, { eval: true, workerData: { flag: cancelFlag, after: 0.3 * elapsed } });
    await new Promise((resolve) => worker.once('message', resolve));
    t.throws(
      () => {
        for (let n = 0; n < 1000; n++) session.evaluate(moved).sync();
      },
      { code: 'ERR_ABORTED' },
    );
    await worker.terminate();
    Atomics.store(cancelFlag, 0, 0);

    const { objective, finite } = session.evaluate(moved).sync();
    t.ok(finite && Math.abs(objective / expected.objective - 1) < 1e-12, 'and the session goes on');
    session.accept();
    t.ok(session.step(dense2).sync().stepNorm > 0);
  }
});

t.test('cancelled before the projection', (t) =>
  onBackends(t, (t, backend) => {
    const N = 20;
    for (const [name, { loss, targets }] of Object.entries(convexLosses(N))) {
      const cancelFlag = noCancel();
      const session = openSession(backend, layer, prescribed({ Z: normals(random, N * w), targets, loss, cancelFlag }));
      cancelFlag.fill(1);
      t.throws(() => session.evaluate(zero).sync(), { code: 'ERR_ABORTED' }, name);
      cancelFlag.fill(0);
      visit(t, session, name);
    }
  }),
);

const timeless = ({ inner, ...rest }: Evaluation) => ({ ...rest, inner: { ...inner, seconds: 0 } });

t.test('the same bits on any number of threads', (t) => {
  const N = 5000; // many tiles, and several chunks of H_W
  const network = sequential([dense(6), tanh()]);
  const P = new Network(network, 4).weights;
  const theta = new Network(network, 4).initialWeights(2);
  const inputs = normals(random, N * 4);
  const sampleWeights = Float64Array.from({ length: N }, (_, n) => n % 3);
  const v = normals(random, P);
  for (const [name, { loss, targets }] of Object.entries(convexLosses(N))) {
    const run = (threads: number) => {
      const tikhonovP = tikhonov(P, 1e-3);
      const options = {
        inputs,
        targets,
        samples: N,
        alphaW: 1e-3,
        regularizer: tikhonovP,
        loss,
        sampleWeights,
        threads,
      };
      const session = openSession(nativeBackend, network, options);
      const seen: unknown[] = [timeless(moveTo(session, theta))];
      for (const solver of ['krylov', 'dense'] as const) {
        const { step } = session.step({ ...krylov, maxVectors: 5, solver, radius: 0.1 }).sync();
        const after = theta.map((x, i) => x + step[i]);
        seen.push(step, timeless(session.evaluate(after, 'afterStep').sync()), session.trialW());
      }
      return [...seen, session.residual(), session.hessianProduct(v).sync(), session.jacobianProduct(v)];
    };
    const one = run(1);
    for (const threads of [2, 4]) t.strictSame(run(threads), one, `${name}, ${threads} threads`);
  }
  t.end();
});
