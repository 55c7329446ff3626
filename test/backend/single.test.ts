/** @file Objectives whose network is in single precision, against the same in double precision. */
import t from 'tap';
import { jacobians } from '../../lib/backend/backend.js';
import { crossEntropy } from '../../lib/loss/crossEntropy.js';
import { leastSquares } from '../../lib/loss/leastSquares.js';
import { logistic } from '../../lib/loss/logistic.js';
import { conv2d } from '../../lib/network/conv2d.js';
import { dense } from '../../lib/network/dense.js';
import { image } from '../../lib/network/image.js';
import { Network } from '../../lib/network/network.js';
import { maxPool } from '../../lib/network/pooling.js';
import { sequential } from '../../lib/network/sequential.js';
import { Random } from '../../lib/random.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { adjointError, normals } from '../support/numbers.js';
import { onBackends, relativeError } from '../support/reference.js';
import { coupled, inputs, krylov, N, onEach, P, problem, targetColumns, targets, theta } from './problem.js';

/** Of gradients and products: some hundred roundings. */
const tolerance = 200 * 2 ** -24;
const labels = Float64Array.from({ length: N * targetColumns }, (_, i) => Number((i >> 1) % 2 === i % 2));
const losses = [
  { loss: leastSquares, targets },
  { loss: crossEntropy, targets: labels },
  { loss: logistic, targets: labels },
];
const directions = { v: normals(new Random(5), P), u: normals(new Random(6), (N + 5) * targetColumns) };

onEach('objective, gradient and products are those of double precision, up to floats', async (t, open) => {
  for (const { loss, targets } of losses) {
    for (const jacobian of jacobians) {
      const [double, single] = [inputs, Float32Array.from(inputs)].map((inputs) => {
        const walk = open({ inputs, targets, loss, jacobian });
        walk.moveTo(theta);
        return walk;
      });
      const name = `${loss.name}, ${jacobian}`;
      const [expected, { objective }] = [double, single].map((walk) => walk.point.evaluation);
      t.ok(Math.abs(objective / expected.objective - 1) < 1e-6, `${name}: objective`);
      t.not(objective, expected.objective, 'which is another number');
      const error = (of: (walk: typeof double) => Float64Array) => relativeError(of(single), of(double));
      const { u, v } = directions;
      t.ok(error((walk) => walk.gradient()) < tolerance, `${name}: gradient`);
      t.ok(error((walk) => walk.hessianProduct(v)) < tolerance, `${name}: H v`);
      t.ok(error((walk) => walk.jacobianProduct(v)) < tolerance, `${name}: J v`);
      t.ok(error((walk) => walk.denseHessian()) < tolerance, `${name}: H`);
      const [Jv, Jtu] = [single.jacobianProduct(v), single.jacobianTransposeProduct(u)];
      t.ok(adjointError(Jv, u, v, Jtu) < tolerance, `${name}: ⟨J v, u⟩ = ⟨v, Jᵀu⟩`);
      t.ok(error((walk) => walk.step(krylov).step) < 1e-3, `${name}: step`);
    }
  }
});

onEach('where W is given, too', async (t, open) => {
  const x = Float64Array.from([...theta, ...normals(new Random(8), targetColumns * 5)]);
  const v = normals(new Random(9), x.length);
  const [double, single] = [inputs, Float32Array.from(inputs)].map((inputs) => {
    const walk = open({ inputs, objective: 'joint' });
    walk.moveTo(x);
    return walk;
  });
  t.ok(Math.abs(single.point.evaluation.objective / double.point.evaluation.objective - 1) < 1e-6, 'objective');
  t.ok(relativeError(single.gradient(), double.gradient()) < tolerance, 'gradient');
  t.ok(relativeError(single.hessianProduct(v), double.hessianProduct(v)) < tolerance, 'H v');
});

onEach('networks of images', async (t, open) => {
  const pixels = { height: 6, width: 5 };
  const description = sequential([image(pixels), conv2d(3, { activation: 'tanh' }), maxPool(), dense(4)]);
  const inputs = normals(new Random(10), N * 30);
  const network = new Network(description, 30);
  const regularizer = tikhonov(network.weights, 1e-3);
  const v = normals(new Random(11), network.weights);
  const [double, single] = [inputs, Float32Array.from(inputs)].map((inputs) => {
    const walk = open({ inputs, regularizer }, description);
    walk.moveTo(network.initialWeights(7));
    return walk;
  });
  t.ok(Math.abs(single.point.evaluation.objective / double.point.evaluation.objective - 1) < 1e-6, 'objective');
  t.not(single.point.evaluation.objective, double.point.evaluation.objective, 'which is another number');
  t.ok(relativeError(single.gradient(), double.gradient()) < tolerance, 'gradient');
  t.ok(relativeError(single.hessianProduct(v), double.hessianProduct(v)) < tolerance, 'H v');
});

t.test('features are floats', (t) =>
  onBackends(t, async (t, backend) => {
    const objective = backend.createObjective({ ...problem, inputs: Float32Array.from(inputs) });
    const point = objective.at(theta).sync();
    t.ok(point.features().every((z) => Math.fround(z) === z));
    t.notOk(
      point.W().every((w) => Math.fround(w) === w),
      'and W are doubles',
    );
    objective.dispose();
  }),
);

t.test('inputs of another length, and weights beyond floats', (t) =>
  onBackends(t, async (t, backend) => {
    const create = (inputs: Float32Array) => backend.createObjective({ ...problem, regularizer: coupled(), inputs });
    t.throws(() => create(new Float32Array(3)), { code: 'ERR_ARGUMENT' });
    const objective = create(Float32Array.from(inputs));
    t.equal(objective.at(theta.map(() => 1e39)).sync().evaluation.finite, false);
    objective.dispose();
  }),
);
