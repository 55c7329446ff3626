/** @file What an objective and its points promise besides their numbers: ownership, errors, cancellation; and `js` = `native`. */
import t from 'tap';
import { jacobians, type Objective } from '../../lib/backend/backend.js';
import { selectBackend } from '../../lib/backend/select.js';
import { noCancel } from '../../lib/job/cancel.js';
import { normals } from '../support/numbers.js';
import { openWalk, relativeError } from '../support/reference.js';
import { Walk } from '../support/walk.js';
import { coupled, inputs, krylov, N, network, onEach, P, problem, random, targets, theta } from './problem.js';

onEach('non-finite points are data', async (t, open) => {
  const walk = open();
  walk.moveTo(theta);
  const W = walk.W();
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const point = walk.at(theta.map((x, i) => (i === 0 ? bad : x))).sync();
    t.equal(point.evaluation.finite, false);
    for (const use of [() => point.W(), () => point.gradient().sync(), () => walk.objective.at(theta, point).sync()]) {
      t.throws(use, { code: 'ERR_NONFINITE' });
    }
    point.drop();
  }
  t.same(walk.W(), W, 'other points stay');
});

onEach('points are values: each knows its own, in any order', async (t, open) => {
  const { objective } = open();
  const xs = [1, 1.5, -0.5, 2].map((factor) => theta.map((x) => factor * x));
  const v = normals(random, P);
  const alone = xs.map((x) => {
    const walk = open();
    walk.moveTo(x);
    const steps = [walk.step({ ...krylov, maxVectors: 4, radius: 0.1 }), walk.step({ ...krylov, solver: 'dense' })];
    return [walk.W(), walk.gradient(), walk.hessianProduct(v), walk.residual(), ...steps.map(({ step }) => step)];
  });
  const walks = xs.map((x) => {
    const walk = new Walk(objective);
    walk.moveTo(x);
    return walk;
  });
  const seen: unknown[][] = xs.map(() => []);
  const ask = (get: (walk: Walk) => unknown) => {
    for (const k of [2, 0, 3, 1]) seen[k].push(get(walks[k]));
  };
  ask((walk) => walk.W());
  ask((walk) => walk.gradient());
  ask((walk) => walk.hessianProduct(v));
  ask((walk) => walk.residual());
  ask((walk) => walk.step({ ...krylov, maxVectors: 4, radius: 0.1 }).step);
  ask((walk) => walk.step({ ...krylov, solver: 'dense' }).step);
  t.strictSame(seen, alone);
});

onEach('what is dropped serves the next point', async (t, open) => {
  const { objective } = open();
  const points = [1, 2, 3].map((factor) => objective.at(theta.map((x) => factor * x)).sync());
  const bytes = objective.memoryBytes;
  for (const point of points) point.drop();
  for (const point of points) {
    const later = [() => point.gradient().sync(), () => point.step(krylov, null).sync(), () => point.W()];
    for (const use of [
      ...later,
      () => point.features(),
      () => point.residual(),
      () => objective.at(theta, point).sync(),
    ])
      t.throws(use, { code: 'ERR_DISPOSED' });
    t.ok(point.x.length === P && point.evaluation.finite, 'x and the evaluation stay');
    point.drop();
  }
  for (let k = 0; k < 3; k++) objective.at(theta).sync();
  t.equal(objective.memoryBytes, bytes);
});

onEach('a job does not outlive what its point was found with', async (t, open) => {
  const ends = {
    'another regularization': ({ objective }: Walk) => objective.regularize(0.5, coupled()),
    'the end of the objective': ({ objective }: Walk) => objective.dispose(),
  };
  for (const [name, end] of Object.entries(ends)) {
    const walk = open();
    walk.moveTo(theta);
    const v = normals(random, P);
    const makeJobs = ({ objective, point }: Walk) => [
      point.gradient(),
      point.step(krylov, null),
      objective.at(theta, point),
      objective.at(theta, { afterStepFrom: point }),
      point.hessianProduct(v),
      point.jacobianProduct(v),
      point.denseHessian(),
      point.innerFactor(),
    ];
    const jobs = [makeJobs(walk), makeJobs(walk)];
    end(walk);
    for (const job of jobs[0]) t.throws(() => job.sync(), { code: 'ERR_DISPOSED' }, `${name}, here and now`);
    for (const job of jobs[1]) await t.rejects(async () => job.async(), { code: 'ERR_DISPOSED' }, `${name}, later`);
  }
});

onEach('misuse', async (t, open, backend) => {
  for (const wrong of [{ inputs: inputs.subarray(1) }, { targets: targets.subarray(1) }]) {
    t.throws(() => backend.createObjective({ ...problem, ...wrong }), { code: 'ERR_ARGUMENT' });
  }
  const walk = open();
  t.throws(() => walk.evaluate(new Float64Array(P + 1)), { code: 'ERR_ARGUMENT' });
  walk.moveTo(theta);
  t.throws(() => walk.jacobianTransposeProduct(new Float64Array(3)), { code: 'ERR_ARGUMENT' });
  t.throws(() => walk.jacobianProduct(new Float64Array(3)), { code: 'ERR_ARGUMENT' });
  t.throws(() => walk.hessianProduct(new Float64Array(3)), { code: 'ERR_ARGUMENT' });
  await t.rejects(async () => walk.at(new Float64Array(1)).async(), { code: 'ERR_ARGUMENT' });
  const other = open();
  other.moveTo(theta);
  t.throws(() => walk.objective.at(theta, other.point).sync(), { code: 'ERR_ARGUMENT', message: /this objective/ });
  walk.dispose();
  walk.dispose();
  t.throws(() => walk.W(), { code: 'ERR_DISPOSED' });
  walk.point.drop();
  await t.rejects(async () => walk.point.gradient().async(), { code: 'ERR_DISPOSED' });
  for (const release of [(one: Objective) => one.release().async(), (one: Objective) => one.release().sync()]) {
    for (const one of [moved(open()), open()]) {
      await release(one.objective);
      t.throws(() => one.evaluate(theta, new Float64Array(10)), { code: 'ERR_DISPOSED' });
    }
  }
});

function moved(walk: Walk): Walk {
  walk.moveTo(theta);
  return walk;
}

onEach('the caller’s arrays are neither kept nor lent', async (t, open) => {
  const mine = { inputs: inputs.slice(), targets: targets.slice(), theta: theta.slice() };
  const walk = open(mine);
  walk.moveTo(mine.theta);
  const before = walk.gradient().slice();
  for (const array of Object.values(mine)) array.fill(0);
  for (const result of [walk.W(), walk.features(), walk.residual(), walk.gradient()]) result.fill(0);
  t.same(walk.point.x, theta);
  t.same(walk.gradient(), before);
  const v = normals(random, P);
  const fresh = open();
  fresh.moveTo(theta);
  t.same(walk.hessianProduct(v), fresh.hessianProduct(v));
});

onEach('cancellation leaves the points', async (t, _, backend) => {
  const cancelFlag = noCancel();
  const walk = Walk.on(backend, { ...problem, cancelFlag });
  walk.moveTo(theta);
  const W = walk.W();
  Atomics.store(cancelFlag, 0, 1);
  t.throws(() => walk.evaluate(theta), { code: 'ERR_ABORTED' });
  t.throws(() => walk.hessianProduct(theta), { code: 'ERR_ABORTED' });
  await t.rejects(walk.point.step(krylov, null).async(), { code: 'ERR_ABORTED' });
  Atomics.store(cancelFlag, 0, 0);
  t.same(walk.W(), W);
  t.ok(walk.step(krylov).stepNorm > 0);
});

onEach('measurements', async (t, open) => {
  const walk = open();
  const { objective } = walk;
  t.equal(objective.passes, 0);
  walk.moveTo(theta);
  t.equal(objective.passes, 1);
  walk.gradient();
  walk.gradient();
  t.equal(objective.passes, 2, 'a gradient is computed once');
  const { products } = walk.step(krylov);
  t.equal(objective.passes, 2 + 2 * products);
  walk.step({ ...krylov, solver: 'dense' });
  const { network, projection, krylov: space, dense } = objective.timings();
  for (const seconds of [network, projection, space, dense]) t.ok(seconds > 0 && seconds < 60);
  t.ok(objective.memoryBytes > inputs.byteLength + targets.byteLength);
});

for (const jacobian of jacobians) {
  for (const alphaW of [1e-3, 0]) {
    t.test(`native = js: ${jacobian}, α_W = ${alphaW}`, async (t) => {
      const regularizer = coupled();
      const options = { inputs, targets, samples: N, jacobian, alphaW, regularizer, pairs: 5 };
      const [js, native] = [selectBackend('js'), selectBackend('native')].map((backend) =>
        openWalk(backend, network, options),
      );
      const agree = (what: string, of: (walk: Walk) => Float64Array, tolerance = 1e-10) => {
        const error = relativeError(of(native), of(js));
        t.ok(error <= tolerance, `${what}: ${error}`);
      };
      let x = theta;
      for (let iteration = 0; iteration < 4; iteration++) {
        agree('evaluation', (walk) => Float64Array.from(Object.values(walk.moveTo(x)), Number));
        agree('features', (walk) => walk.features());
        agree('W', (walk) => walk.W());
        agree('residual', (walk) => walk.residual());
        agree('gradient', (walk) => walk.gradient());
        const v = normals(random, P);
        agree('J v', (walk) => walk.jacobianProduct(v));
        const u = normals(random, js.jacobianProduct(v).length);
        agree('Jᵀ u', (walk) => walk.jacobianTransposeProduct(u));
        agree('H v', (walk) => walk.hessianProduct(v));
        agree('H', (walk) => walk.denseHessian());
        for (const radius of [null, 0.3]) {
          const options = { ...krylov, maxVectors: 4, radius, usePairs: true };
          agree(`Krylov step, radius ${radius}`, (walk) => walk.step(options).step, 1e-8);
        }
        agree('dense step', (walk) => walk.step({ ...krylov, solver: 'dense' }).step, 1e-8);
        const { step } = js.step({ ...krylov, radius: 0.3 });
        x = x.map((xi, i) => xi + step[i]);
      }
    });
  }
}
