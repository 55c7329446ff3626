/** @file The layers and integrators beside the paper's own against Meganet.m. */
import t from 'tap';
import { tanh } from '../../lib/network/activation.js';
import { affineScaling } from '../../lib/network/affineScaling.js';
import { connector } from '../../lib/network/connector.js';
import { dense } from '../../lib/network/dense.js';
import { doubleDense } from '../../lib/network/doubleDense.js';
import { doubleHamiltonian } from '../../lib/network/doubleHamiltonian.js';
import { doubleSymmetricDense } from '../../lib/network/doubleSymmetricDense.js';
import { hamiltonian } from '../../lib/network/hamiltonian.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { normalization } from '../../lib/network/normalization.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { arrayOf, fixture, oracle, type Reference } from '../support/fixtures.js';
import { checkPoint } from '../support/reference.js';

/** The rows of a matrix of a reference. */
function rowsOf(reference: Reference, name: string): number[][] {
  const data = arrayOf(reference, name);
  const cols = reference.arrays[name].shape[1];
  return Array.from({ length: data.length / cols }, (_, i) => [...data.subarray(i * cols, (i + 1) * cols)]);
}

const layers: Record<string, LayerDescription> = {
  singleLayer_tanh_BinBout: dense(5, {
    activation: 'tanh',
    bias: [
      [1, 0, 1, 0, 2],
      [0, 1, 1, 0, 0],
      [2, -1, 0, 1, 0],
    ],
    outputBias: [
      [1, 0, 1, -1, 0],
      [0, 1, 1, 0, 2],
    ],
  }),
  singleLayer_tanh_Bout_e1: dense(5, { activation: 'tanh', bias: false, outputBias: [[1, 0, 0, 0, 0]] }),
  doubleLayer_tanh: doubleDense(5, 4, { outputBias: true }),
};
for (const [name, layer] of Object.entries(layers)) t.test(name, (t) => checkPoint(t, fixture(name), layer));

t.test('the double symmetric layer', async (t) => {
  const outputBias = [[1, 1, 1, 1]];
  for (const [name, activation] of Object.entries({ tanh: 'tanh', relu: 'relu', smoothrelu: 'smoothRelu' } as const)) {
    await t.test(name, (t) =>
      checkPoint(t, fixture(`doubleSymLayer_${name}`), doubleSymmetricDense(5, { activation, outputBias })),
    );
  }
  await t.test('without inner bias', (t) =>
    checkPoint(t, fixture('doubleSymLayer_tanh_noBin'), doubleSymmetricDense(5, { bias: false, outputBias })),
  );
});

t.test('integrators', async (t) => {
  const dynamics = dense(4, { activation: 'tanh' });
  const h03 = { time: 1.5, steps: 5 };
  await t.test('leapfrog, a dense layer', (t) =>
    checkPoint(t, fixture('LeapFrogNN_single'), residual(dynamics, { integrator: 'leapfrog', time: 2, steps: 4 })),
  );
  await t.test('leapfrog, a double symmetric layer', (t) => {
    const layer = doubleSymmetricDense(5, { bias: false, outputBias: [[1, 1, 1, 1]] });
    return checkPoint(
      t,
      fixture('LeapFrogNN_doubleSym'),
      residual(layer, { integrator: 'leapfrog', time: 1.8, steps: 6 }),
    );
  });
  await t.test('forward Euler, a double symmetric layer', (t) =>
    checkPoint(t, fixture('ResNN_doubleSym'), residual(doubleSymmetricDense(5), { integrator: 'euler', ...h03 })),
  );
  await t.test('forward Euler, weights on a basis in time', (t) => {
    const reference = fixture('ResNN_tanh_A');
    const basis = rowsOf(reference, 'A');
    return checkPoint(t, reference, residual(dynamics, { integrator: 'euler', ...h03, basis }));
  });
  await t.test('Hamiltonian', (t) => checkPoint(t, fixture('HamiltonianNN'), hamiltonian(h03)));
  await t.test('double Hamiltonian', (t) => {
    const layer = doubleSymmetricDense(3);
    return checkPoint(t, fixture('DoubleHamiltonianNN'), doubleHamiltonian(layer, layer, h03));
  });
});

t.test('connectors', async (t) => {
  await t.test('the identity and a shift', (t) =>
    checkPoint(t, fixture('connector'), connector({ units: 4, b: [0.3, 0.3, 0.3, 0.3] })),
  );
  await t.test('between two layers', (t) => {
    const reference = fixture('Meganet_connector');
    const first = dense(4, { bias: false, activation: 'tanh' });
    const between = connector({ K: rowsOf(reference, 'Kc'), b: [...arrayOf(reference, 'bc')] });
    return checkPoint(t, reference, sequential([first, between, dense(2), tanh()]));
  });
});

t.test('normalisation of each sample and affine scaling', async (t) => {
  const skip = !process.env.GNVPRO_ORACLE_DIR && 'GNVPRO_ORACLE_DIR is not set';
  const perChannel = { channels: 5, by: 'channel' } as const;
  const perPixel = { channels: 5, by: 'pixel' } as const;
  const weighted = (layer: LayerDescription) => sequential([layer, affineScaling(perChannel)]);
  const instance = normalization(perChannel);
  const length = normalization({ ...perPixel, method: 'length' });
  const cases: [name: string, layer: LayerDescription, samples: number][] = [
    ['instNormLayer_w0', instance, 6],
    ['instNormLayer_w1', weighted(instance), 6],
    ['tvNormLayer_w0', length, 6],
    ['tvNormLayer_w1', weighted(length), 6],
    ['normLayer_100', normalization({ channels: 3, epsilon: 1e-3 }), 12],
    ['normLayer_010', normalization({ channels: 3, by: 'pixel', epsilon: 1e-3 }), 12],
    ['affineScalingLayer_100', affineScaling({ channels: 4 }), 10],
    ['affineScalingLayer_010', affineScaling({ channels: 4, by: 'channel' }), 10],
  ];
  for (const [name, layer, samples] of cases) {
    await t.test(name, { skip }, (t) => checkPoint(t, oracle(name) as Reference, layer, samples));
  }
});
