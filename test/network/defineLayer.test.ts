/** @file Layers of the user's own: descriptions, weights, misuse. Their derivatives are in the conformance tests. */
import t from 'tap';
import { defineLayer } from '../../lib/network/defineLayer.js';
import { dense } from '../../lib/network/dense.js';
import { Network } from '../../lib/network/network.js';
import { sequential } from '../../lib/network/sequential.js';
import { Random } from '../../lib/random.js';

t.test('weights by name, in order, as they say', async (t) => {
  const draws = new Random(4);
  const layer = defineLayer<{ width: number }>({
    name: 'described',
    shape: (features, { width }) => features * width,
    parameters: (features, { width }) => ({
      constant: { shape: [1, 2], initialize: 7 },
      drawn: { shape: [1, 3], initialize: (random) => random.uniform() },
      he: { shape: [features, features * width] },
    }),
    apply: (b, x, { he }) => b.matmul(x, he),
  });
  const description = layer({ width: 2 });
  t.same(description, { type: 'described', width: 2 });
  const network = new Network(sequential([description, dense(1)]), 3);
  t.same(
    network.blocks.map(({ name, offset }) => [name, offset]),
    [
      ['0.constant', 0],
      ['0.drawn', 2],
      ['0.he', 5],
      ['1.K', 23],
      ['1.b', 29],
    ],
  );
  const theta = network.initialWeights(4);
  t.same([...theta.subarray(0, 5)], [7, 7, draws.uniform(), draws.uniform(), draws.uniform()]);
});

t.test('misuse', async (t) => {
  const apply = (_: unknown, x: never) => x;
  const wrong = (definition: unknown, message: RegExp) => {
    t.throws(() => defineLayer(definition as never), { code: 'ERR_LAYER', message });
  };
  wrong(undefined, /Expected \{ name, apply \}/);
  wrong({ name: '', apply }, /Expected \{ name, apply \}/);
  wrong({ name: 'noApply' }, /Expected \{ name, apply \}/);
  wrong({ name: 'dense', apply }, /"dense" is taken/);
  const fraction = defineLayer({ name: 'fraction', shape: () => 1.5, apply: (_, x) => x });
  t.throws(() => new Network(fraction(), 2), { code: 'ERR_OPTION', message: /result of shape\(\) of fraction/ });
  const empty = defineLayer({
    name: 'emptyWeights',
    parameters: () => ({ K: { shape: [0, 2] } }),
    apply: (_, x) => x,
  });
  t.throws(() => new Network(empty(), 2), { code: 'ERR_OPTION', message: /shape of K of emptyWeights/ });
  const sum = defineLayer({ name: 'sumOnly', apply: (b, x) => b.sumSamples(x) });
  t.throws(() => new Network(sum(), 2).trace(), { code: 'ERR_SHAPE', message: /must return N×2/ });
});
