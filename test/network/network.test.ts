/** @file Networks: where the weights lie, how they start, and doubling the depth. */
import t from 'tap';
import { jsBackend } from '../../lib/backend/js/backend.js';
import { identity, tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { concat } from '../../lib/network/concat.js';
import { dense } from '../../lib/network/dense.js';
import { Network } from '../../lib/network/network.js';
import { type ResidualOptions, residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { Random } from '../../lib/random.js';
import { normals } from '../support/numbers.js';
import { relativeError } from '../support/reference.js';

function features(network: Network, theta: Float64Array, Y: Float64Array): Float64Array {
  const arrays = { samples: [Y], vectors: [theta] };
  return jsBackend
    .prepare(network.programs.forward)
    .run(Y.length / network.inputs, arrays)
    .sync().samples[0];
}

t.test('blocks lie one after the other, with names that say where', async (t) => {
  const flow = residual(antisymmetricDense(), { integrator: 'euler', steps: 2 });
  const network = new Network(sequential([dense(4, { bias: false }), concat([identity(), dense(2)]), flow]), 3);
  t.same(
    network.blocks.map(({ name, rows, cols, offset }) => [name, rows, cols, offset]),
    [
      ['0.K', 3, 4, 0],
      ['1.1.K', 4, 2, 12],
      ['1.1.b', 1, 2, 20],
      ['2.node0.M', 1, 30, 22],
      ['2.node0.b', 1, 6, 52],
      ['2.node1.M', 1, 30, 58],
      ['2.node1.b', 1, 6, 88],
    ],
  );
  t.equal(network.weights, 94);
  t.equal(network.features, 6);
});

t.test('initial weights follow the seed', async (t) => {
  const network = new Network(sequential([dense(4), tanh(), residual(antisymmetricDense(), { steps: 2 })]), 3);
  t.same(network.initialWeights(3), network.initialWeights(3));
  t.notSame(network.initialWeights(3), network.initialWeights(4));
  const theta = network.initialWeights(3);
  t.same([...theta.subarray(12, 16)], [0, 0, 0, 0], 'biases are zero');
  const nodes = [16, 32, 48].map((offset) => [...theta.subarray(offset, offset + 16)]);
  t.same(nodes[1], nodes[0], 'constant in time');
  t.same(nodes[2], nodes[0]);
});

t.test('the antisymmetric kernel', async (t) => {
  const n = 4;
  const gamma = 0.25;
  const network = new Network(antisymmetricDense({ gamma, bias: false, activation: 'identity' }), n);
  const unit = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  const K = features(network, network.initialWeights(1), unit);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const expected = i === j ? -2 * gamma : 0;
      if (Math.abs(K[i * n + j] + K[j * n + i] - expected) > 1e-15) t.fail(`K + Kᵀ = −2γI at ${i}, ${j}`);
    }
  }
  t.ok(K[1] !== 0);
});

t.test('doubling the nodes alone keeps the function, whatever the grid', async (t) => {
  const grids: ResidualOptions[] = [
    { integrator: 'rk4', steps: 2 },
    { integrator: 'rk4', steps: 4, nodes: 2, time: 3 },
    { integrator: 'rk4', steps: 3, nodes: 1 },
    { integrator: 'euler', steps: 3 },
    { integrator: 'euler', steps: 5, nodes: 2 },
    { integrator: 'rk4', stateTimes: [0, 0.1, 0.7], nodeTimes: [0.2, 0.3, 0.6] },
  ];
  for (const grid of grids) {
    const flow = residual(antisymmetricDense(), { ...grid, refine: 'nodes' });
    const coarse = new Network(sequential([dense(3), tanh(), flow, concat([identity(), flow])]), 2);
    const random = new Random(6);
    const theta = coarse.initialWeights(1).map((weight) => weight + 0.3 * random.normal());
    const fine = coarse.prolongate(theta);
    const Y = normals(random, 2 * 7);
    const error = relativeError(features(fine.network, fine.weights, Y), features(coarse, theta, Y));
    t.ok(error < 1e-14, `${JSON.stringify(grid)}: ${error}`);
    const single = grid.nodes === 1 && grid.integrator === 'rk4';
    t.ok(single || fine.weights.length > theta.length, 'with more weights');
    t.equal(fine.weights.length, fine.network.weights);
  }
});

t.test('doubling the steps too comes nearer to the flow, with the order of the integrator', async (t) => {
  for (const [integrator, order] of [
    ['euler', 1],
    ['rk4', 4],
  ] as const) {
    const random = new Random(3);
    let network = new Network(residual(antisymmetricDense(), { integrator, steps: 8, time: 2, nodes: 2 }), 3);
    let theta: Float64Array = network.initialWeights(1).map((weight) => weight + 0.2 * random.normal());
    const Y = normals(random, 15);
    const results = [features(network, theta, Y)];
    for (let level = 0; level < 2; level++) {
      ({ network, weights: theta } = network.prolongate(theta));
      results.push(features(network, theta, Y));
    }
    const [first, second] = [1, 2].map((level) => relativeError(results[level - 1], results[level]));
    const observed = Math.log2(first / second);
    t.ok(Math.abs(observed - order) < 0.4, `${integrator}: order ${observed.toFixed(2)}`);
  }
});

t.test('a network without depth stays as it is', async (t) => {
  const network = new Network(sequential([dense(3), tanh()]), 2);
  const theta = network.initialWeights(1);
  const fine = network.prolongate(theta);
  t.same(fine.weights, theta);
  t.same(fine.network.description, network.description);
});
