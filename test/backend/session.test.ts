/** @file What a session promises besides its numbers: states, errors, ownership, cancellation; and `js` = `native`. */
import t from 'tap';
import { jacobians, type Session } from '../../lib/backend/backend.js';
import { selectBackend } from '../../lib/backend/select.js';
import { noCancel } from '../../lib/job/cancel.js';
import { normals } from '../support/numbers.js';
import { moveTo, openSession, relativeError } from '../support/reference.js';
import { coupled, inputs, krylov, N, network, onEach, P, problem, random, targets, theta } from './problem.js';

onEach('non-finite points are data', async (t, open) => {
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

onEach('misuse', async (t, open, backend) => {
  for (const wrong of [{ inputs: inputs.subarray(1) }, { targets: targets.subarray(1) }]) {
    t.throws(() => backend.createSession({ ...problem, ...wrong }), { code: 'ERR_ARGUMENT' });
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
  await t.rejects(async () => session.evaluate(new Float64Array(1)).async(), { code: 'ERR_ARGUMENT' });
  session.dispose();
  session.dispose();
  t.throws(() => session.W(), { code: 'ERR_DISPOSED' });
  await t.rejects(async () => session.gradient().async(), { code: 'ERR_DISPOSED' });
  for (const release of [(other: Session) => other.release().async(), (other: Session) => other.release().sync()]) {
    for (const other of [moved(open()), open()]) {
      await release(other);
      t.throws(() => other.W(), { code: 'ERR_DISPOSED' });
    }
  }
});

function moved(session: Session): Session {
  moveTo(session, theta);
  return session;
}

onEach('the caller’s arrays are neither kept nor lent', async (t, open) => {
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

onEach('cancellation leaves the current point', async (t, _, backend) => {
  const cancelFlag = noCancel();
  const session = backend.createSession({ ...problem, cancelFlag });
  moveTo(session, theta);
  const W = session.W();
  Atomics.store(cancelFlag, 0, 1);
  t.throws(() => session.evaluate(theta).sync(), { code: 'ERR_ABORTED' });
  await t.rejects(session.step(krylov).async(), { code: 'ERR_ABORTED' });
  Atomics.store(cancelFlag, 0, 0);
  t.same(session.W(), W);
  t.ok(session.step(krylov).sync().stepNorm > 0);
});

onEach('measurements', async (t, open) => {
  const session = open();
  moveTo(session, theta);
  session.step(krylov).sync();
  session.step({ ...krylov, solver: 'dense' }).sync();
  const { network, projection, krylov: space, dense } = session.timings();
  for (const seconds of [network, projection, space, dense]) t.ok(seconds > 0 && seconds < 60);
  t.ok(session.memoryBytes > inputs.byteLength + targets.byteLength);
});

for (const jacobian of jacobians) {
  for (const alphaW of [1e-3, 0]) {
    t.test(`native = js: ${jacobian}, α_W = ${alphaW}`, async (t) => {
      const regularizer = coupled();
      const options = { inputs, targets, samples: N, jacobian, alphaW, regularizer, pairs: 5 };
      const [js, native] = [selectBackend('js'), selectBackend('native')].map((backend) =>
        openSession(backend, network, options),
      );
      const agree = (what: string, of: (session: Session) => Float64Array, tolerance = 1e-10) => {
        const error = relativeError(of(native), of(js));
        t.ok(error <= tolerance, `${what}: ${error}`);
      };
      let x = theta;
      for (let iteration = 0; iteration < 4; iteration++) {
        agree('evaluation', (session) => Float64Array.from(Object.values(moveTo(session, x)), Number));
        agree('features', (session) => session.features());
        agree('W', (session) => session.W());
        agree('residual', (session) => session.residual());
        agree('gradient', (session) => session.gradient().sync());
        const v = normals(random, P);
        agree('J v', (session) => session.jacobianProduct(v));
        const u = normals(random, js.jacobianProduct(v).length);
        agree('Jᵀ u', (session) => session.jacobianTransposeProduct(u));
        agree('H v', (session) => session.hessianProduct(v).sync());
        agree('H', (session) => session.denseHessian());
        for (const radius of [null, 0.3]) {
          const options = { ...krylov, maxVectors: 4, radius, usePairs: true };
          agree(`Krylov step, radius ${radius}`, (session) => session.step(options).sync().step, 1e-8);
        }
        agree('dense step', (session) => session.step({ ...krylov, solver: 'dense' }).sync().step, 1e-8);
        const { step } = js.step({ ...krylov, radius: 0.3 }).sync();
        x = x.map((xi, i) => xi + step[i]);
      }
    });
  }
}
