/** @file Every layer through the conformance suite. */
import t from 'tap';
import {
  activations,
  exp,
  identity,
  relu,
  sigmoid,
  sine,
  smoothRelu,
  softplus,
  tanh,
} from '../../lib/network/activation.js';
import { affineScaling } from '../../lib/network/affineScaling.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { concat } from '../../lib/network/concat.js';
import { connector } from '../../lib/network/connector.js';
import { conv2d } from '../../lib/network/conv2d.js';
import { defineLayer } from '../../lib/network/defineLayer.js';
import { dense } from '../../lib/network/dense.js';
import { doubleDense } from '../../lib/network/doubleDense.js';
import { doubleHamiltonian } from '../../lib/network/doubleHamiltonian.js';
import { doubleSymmetricConv2d } from '../../lib/network/doubleSymmetricConv2d.js';
import { doubleSymmetricDense } from '../../lib/network/doubleSymmetricDense.js';
import { toBase64 } from '../../lib/network/fittedNumbers.js';
import { hamiltonian } from '../../lib/network/hamiltonian.js';
import { flatten, image } from '../../lib/network/image.js';
import { integrators } from '../../lib/network/integrators.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { normalization, standardizeImages } from '../../lib/network/normalization.js';
import { type PatchDictionaryOptions, patchDictionary } from '../../lib/network/patchDictionary.js';
import { averagePool, globalAveragePool, maxPool } from '../../lib/network/pooling.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { Random } from '../../lib/random.js';
import { conformance } from './suite.js';

t.test('dense', async (t) => {
  await conformance(t, 'with bias', dense(4), 3, { outputs: 4 });
  await conformance(t, 'without bias', dense(4, { bias: false }), 3, { outputs: 4 });
  await conformance(t, 'one by one', dense(1), 1, { outputs: 1 });
  await conformance(t, 'of one sample', dense(2, { activation: 'tanh' }), 3, { samples: 1 });
  await conformance(t, 'of many samples', dense(2, { activation: 'tanh' }), 3, { samples: 1500 });
  for (const activation of activations) await conformance(t, activation, dense(4, { activation }), 3);
  const rows = [
    [1, 0, 2],
    [0, 1, -1],
  ];
  const activation = 'tanh';
  await conformance(t, 'output bias', dense(3, { bias: false, outputBias: true, activation }), 2);
  await conformance(t, 'biases from rows', dense(3, { bias: rows, outputBias: [[0, 1, 1]], activation }), 2);
});

t.test('patchDictionary', async (t) => {
  const images = image({ height: 3, width: 4, channels: 2 });
  const of = (filters: number, options: PatchDictionaryOptions) =>
    sequential([images, patchDictionary(filters, options)]);
  const fitted = (filters: number, entries: number) => {
    const random = new Random(filters);
    return toBase64([Float64Array.from({ length: filters * (entries + 1) }, () => 0.3 * random.normal())]);
  };
  const frozen = { kernel: [2, 3], fitted: fitted(3, 12) } as const;
  await conformance(t, 'fixed', of(3, frozen), 24, { outputs: 24 });
  await conformance(t, 'without a threshold', of(3, { ...frozen, threshold: 0, regions: 1 }), 24, { outputs: 6 });
  await conformance(t, 'uneven regions', of(3, { ...frozen, regions: [2, 1] }), 24, { outputs: 12 });
  await conformance(t, 'trained', of(3, { ...frozen, trainable: true, stride: [1, 2], regions: [2, 1] }), 24, {
    outputs: 12,
  });
  const many = { kernel: 1, fitted: fitted(70, 2), regions: [3, 4] } as const;
  await conformance(t, 'more filters than at once, of pixels', of(70, many), 24, { outputs: 140 * 12, samples: 2 });
  const behind = sequential([of(3, frozen), dense(2, { activation: 'tanh' })]);
  await conformance(t, 'in front of a dense layer', behind, 24, { outputs: 2 });
});

t.test('doubleDense', async (t) => {
  await conformance(t, 'of two widths', doubleDense(5, 2), 3, { outputs: 2 });
  const biases = { bias: false, secondBias: [[1, 2]], outputBias: true } as const;
  await conformance(t, 'all kinds of biases', doubleDense(3, 2, biases), 3);
  await conformance(t, 'two activations', doubleDense(3, 2, { activation: 'sine', secondActivation: 'identity' }), 3);
});

t.test('doubleSymmetricDense', async (t) => {
  await conformance(t, 'wider inside', doubleSymmetricDense(5), 3, { outputs: 3 });
  await conformance(t, 'biases', doubleSymmetricDense(2, { bias: [[1, 2]], outputBias: [[1, 1, 1]] }), 3);
  const weighted = sequential([normalization(), affineScaling()]);
  const normalized = { normalization: weighted, outputBias: true, bias: false };
  await conformance(t, 'normalised', doubleSymmetricDense(5, normalized), 3);
  for (const activation of activations) await conformance(t, activation, doubleSymmetricDense(4, { activation }), 3);
});

t.test('normalization', async (t) => {
  for (const method of ['standardize', 'length'] as const) {
    await conformance(t, `${method}, all features`, normalization({ method }), 5, { outputs: 5 });
    await conformance(t, `${method}, by channel`, normalization({ method, channels: 2 }), 6);
    await conformance(t, `${method}, by pixel`, normalization({ method, channels: 3, by: 'pixel' }), 6);
    await conformance(t, `${method}, behind a dense layer`, sequential([dense(5), normalization({ method })]), 3);
  }
});

t.test('affineScaling', async (t) => {
  await conformance(t, 'by feature', affineScaling(), 3, { outputs: 3 });
  await conformance(t, 'by channel', affineScaling({ channels: 2, by: 'channel' }), 6);
  await conformance(t, 'by pixel', affineScaling({ channels: 2 }), 6);
});

t.test('connector', async (t) => {
  const K = [
    [1, 2, 0],
    [-1, 0.5, 3],
  ];
  await conformance(t, 'a matrix', connector({ K }), 2, { outputs: 3 });
  await conformance(t, 'a matrix and a row', connector({ K, b: [1, 2, 3] }), 2);
  await conformance(t, 'wider', connector({ units: 4 }), 2, { outputs: 4 });
  await conformance(t, 'narrower', connector({ units: 2, b: [0.5, 1] }), 3, { outputs: 2 });
  await conformance(t, 'between dense layers', sequential([dense(2), tanh(), connector({ units: 3 }), dense(2)]), 3);
});

t.test('antisymmetricDense', async (t) => {
  await conformance(t, 'as the paper', antisymmetricDense(), 4, { outputs: 4 });
  await conformance(t, 'one feature', antisymmetricDense({ gamma: 0.3 }), 1);
  await conformance(t, 'without bias', antisymmetricDense({ bias: false, gamma: 0 }), 3);
  await conformance(t, 'without weights', antisymmetricDense({ bias: false }), 1);
  for (const activation of activations) await conformance(t, activation, antisymmetricDense({ activation }), 3);
});

t.test('activations', async (t) => {
  for (const layer of [
    tanh(),
    sigmoid(),
    relu(),
    smoothRelu(),
    smoothRelu({ eta: 2 }),
    softplus(),
    sine(),
    exp(),
    identity(),
  ]) {
    await conformance(t, layer.type, layer, 4, { outputs: 4 });
  }
});

t.test('sequential', async (t) => {
  await conformance(t, 'two dense layers', sequential([dense(4), tanh(), dense(2), sigmoid()]), 3, { outputs: 2 });
  await conformance(t, 'in itself', sequential([sequential([dense(4), tanh()]), dense(2)]), 3);
  await conformance(t, 'without weights', sequential([tanh(), sine()]), 3);
});

t.test('concat', async (t) => {
  await conformance(t, 'with the input passed on', concat([identity(), dense(4, { activation: 'tanh' })]), 3, {
    outputs: 7,
  });
  await conformance(t, 'input last', concat([dense(2, { activation: 'sine' }), identity()]), 3, { outputs: 5 });
  await conformance(t, 'of three', concat([dense(1), dense(2, { activation: 'tanh' }), tanh()]), 2, { outputs: 5 });
  await conformance(t, 'the input twice', concat([identity(), identity()]), 2, { outputs: 4 });
  const bottleneck = sequential([dense(2, { bias: false }), concat([identity(), dense(5, { activation: 'tanh' })])]);
  await conformance(t, 'behind a bottleneck', bottleneck, 6, { outputs: 7 });
});

t.test('residual', async (t) => {
  const basis = [
    [1, 0.5, 0],
    [-1, 1, 2],
  ];
  const layers = { dense: dense(3, { activation: 'tanh' }), antisymmetricDense: antisymmetricDense() };
  const grids = {
    'one step': { steps: 1 },
    'three steps': { steps: 3, time: 2 },
    'one node': { steps: 2, nodes: 1 },
    'two nodes, five steps': { steps: 5, nodes: 2 },
    'nodes between steps': { steps: 2, nodes: 4 },
    'uneven times': { stateTimes: [0, 0.2, 1], nodeTimes: [0.1, 0.5, 0.9] },
    'weights on a basis': { steps: 2, nodeTimes: [0, 1], basis },
  };
  for (const [layerName, layer] of Object.entries(layers)) {
    for (const integrator of integrators) {
      for (const [name, grid] of Object.entries(grids)) {
        await conformance(t, `${integrator}, ${layerName}, ${name}`, residual(layer, { integrator, ...grid }), 3);
      }
    }
  }
  await conformance(t, 'of an activation', residual(sine(), { steps: 2 }), 3);
  const wide = residual(sequential([dense(5, { activation: 'tanh' }), dense(3)]), { integrator: 'euler', steps: 2 });
  await conformance(t, 'of two layers', wide, 3);
});

t.test('hamiltonian', async (t) => {
  await conformance(t, 'one step', hamiltonian(), 3, { outputs: 3 });
  await conformance(t, 'one feature', hamiltonian({ steps: 2 }), 1);
  await conformance(t, 'two nodes', hamiltonian({ steps: 3, nodes: 2, bias: false, activation: 'sine' }), 3);
});

t.test('doubleHamiltonian', async (t) => {
  const [first, second] = [doubleSymmetricDense(3), dense(2, { activation: 'tanh' })];
  await conformance(t, 'one step', doubleHamiltonian(first, second), 4, { outputs: 4 });
  await conformance(t, 'three steps, two nodes', doubleHamiltonian(first, second, { steps: 3, nodes: 2 }), 4);
  await conformance(t, 'without weights', doubleHamiltonian(sine(), tanh(), { steps: 2 }), 2);
});

const ofImage = { channels: 'image' } as const;

/** Images of 5 × 4 pixels in so many channels. */
const images = (channels: number, ...layers: LayerDescription[]) =>
  sequential([image({ height: 5, width: 4, channels, order: 'chw' }), ...layers]);

t.test('conv2d', async (t) => {
  await conformance(t, 'same', images(2, conv2d(3)), 40, { outputs: 60 });
  await conformance(t, 'valid', images(1, conv2d(2, { kernel: [3, 2], padding: 'valid' })), 20, { outputs: 18 });
  await conformance(t, 'strides, even kernel', images(1, conv2d(2, { kernel: [4, 2], stride: [2, 3] })), 20, {
    outputs: 12,
  });
  await conformance(t, 'periodic', images(2, conv2d(2, { boundary: 'periodic', kernel: 5, bias: false })), 40);
  await conformance(t, 'wider than the image', images(1, conv2d(1, { boundary: 'periodic', kernel: 11 })), 20);
  await conformance(t, 'padding by number', images(1, conv2d(2, { padding: [2, 1], activation: 'tanh' })), 20, {
    outputs: 56,
  });
  await conformance(t, 'pointwise', images(3, conv2d(2, { kernel: 1 })), 60, { outputs: 40 });
  await conformance(t, 'pointwise with a stride', images(2, conv2d(2, { kernel: 1, stride: 2 })), 40, { outputs: 12 });
  await conformance(t, 'groups', images(4, conv2d(6, { groups: 2 })), 80);
  await conformance(t, 'each channel by itself', images(2, conv2d(2, { groups: 2 })), 40);
  const deep = [
    conv2d(3, { activation: 'tanh' }),
    conv2d(2, { stride: 2, activation: 'softplus' }),
    flatten(),
    dense(2),
  ];
  await conformance(t, 'one behind the other', images(2, ...deep), 40, { outputs: 2 });
  const flow = residual(conv2d(2, { activation: 'tanh', boundary: 'periodic' }), { steps: 2, nodes: 2 });
  await conformance(t, 'in a flow', images(2, flow), 40, { outputs: 40 });
  await conformance(t, 'of many samples', images(1, conv2d(1)), 20, { samples: 300 });
});

t.test('doubleSymmetricConv2d', async (t) => {
  await conformance(t, 'same', images(2, doubleSymmetricConv2d(3)), 40, { outputs: 40 });
  const normalized = {
    normalization: sequential([normalization(ofImage), affineScaling(ofImage)]),
    bias: false,
    stride: 2,
  };
  await conformance(t, 'normalised, with a stride', images(2, doubleSymmetricConv2d(2, normalized)), 40);
  const layer = doubleSymmetricConv2d(2, { boundary: 'periodic', activation: 'softplus', groups: 2 });
  await conformance(t, 'in a flow', images(2, residual(layer, { integrator: 'euler', steps: 2 })), 40);
});

t.test('pooling', async (t) => {
  await conformance(t, 'average', images(2, averagePool()), 40, { outputs: 8 });
  await conformance(t, 'average, overlapping', images(2, conv2d(2), averagePool({ size: 3, stride: 1 })), 40, {
    outputs: 12,
  });
  await conformance(t, 'max', images(2, maxPool()), 40, { outputs: 8 });
  await conformance(t, 'max, overlapping', images(2, conv2d(2), maxPool({ size: [3, 2], stride: [2, 1] })), 40, {
    outputs: 12,
  });
  await conformance(t, 'global average', images(2, conv2d(3, { activation: 'tanh' }), globalAveragePool()), 40, {
    outputs: 3,
  });
});

t.test('images', async (t) => {
  await conformance(t, 'pixel by pixel', image({ height: 2, width: 3, channels: 3 }), 18, { outputs: 18 });
  await conformance(t, 'standardised', images(2, standardizeImages(), conv2d(2)), 40);
  await conformance(
    t,
    'normalised by channel',
    images(2, conv2d(2), normalization(ofImage), affineScaling({ ...ofImage, by: 'channel' })),
    40,
  );
  await conformance(t, 'side by side', images(2, concat([identity(), conv2d(1)]), maxPool(), flatten()), 40, {
    outputs: 12,
  });
});

t.test('layers of the user’s own', async (t) => {
  const scaleAndShift = defineLayer({
    name: 'scaleAndShift',
    parameters: (features) => ({ scale: { shape: [1, features], initialize: 1 }, shift: { shape: [1, features] } }),
    apply: (b, x, { scale, shift }) => b.addRow(b.mulRow(x, scale), shift),
  });
  await conformance(t, 'scale and shift', scaleAndShift(), 3, { outputs: 3 });
  await conformance(t, 'behind a dense layer', sequential([dense(4), tanh(), scaleAndShift()]), 3);

  const lowRank = defineLayer<{ units: number; rank: number }>({
    name: 'lowRank',
    shape: (_, { units }) => units,
    parameters: (features, { units, rank }) => ({ U: { shape: [features, rank] }, V: { shape: [rank, units] } }),
    apply: (b, x, { U, V }) => b.unary(b.matmul(x, b.matmul(U, V)), { kind: 'tanh', parameter: null }),
  });
  await conformance(t, 'a product of two matrices', lowRank({ units: 4, rank: 2 }), 5, { perSample: false });

  const tied = defineLayer({
    name: 'tied',
    parameters: (features) => ({ K: { shape: [features, features], initialize: (random) => random.normal() } }),
    apply: (b, x, { K }) => b.matmul(b.unary(b.matmul(x, K), { kind: 'tanh', parameter: null }), K, { tb: true }),
  });
  await conformance(t, 'the same weights twice', tied(), 3);

  const gated = defineLayer({
    name: 'gated',
    parameters: (features) => ({ A: { shape: [features, features] }, B: { shape: [features, features] } }),
    apply: (b, x, { A, B }) => {
      const gate = b.unary(b.matmul(x, A), { kind: 'sigmoid', parameter: null });
      return b.sub(b.mul(gate, b.matmul(x, B)), b.scale(x, 0.5));
    },
  });
  await conformance(t, 'a gate', gated(), 3);
  await conformance(t, 'a gate in a flow', residual(gated(), { steps: 2 }), 3);
});
