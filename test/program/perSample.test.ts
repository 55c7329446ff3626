/** @file Gradients by sample: which weights form the Kronecker block, which stay columns. */
import t from 'tap';
import { identity, tanh } from '../../lib/network/activation.js';
import { concat } from '../../lib/network/concat.js';
import { dense } from '../../lib/network/dense.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { Network } from '../../lib/network/network.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';

function forms(description: LayerDescription, inputs: number) {
  const { perSample } = new Network(description, inputs).programs;
  return perSample && { kronecker: perSample.kronecker, columns: [...perSample.columns] };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

t.test('every dense matrix is a Kronecker block; biases stay columns', async (t) => {
  const network = sequential([dense(4), tanh(), dense(2)]);
  t.same(forms(network, 3), {
    kronecker: [
      { array: 0, offset: 0, inputs: 3, units: 4 },
      { array: 2, offset: 16, inputs: 4, units: 2 },
    ],
    columns: [...range(12, 16), ...range(24, 26)],
  });
});

t.test('several on the same input', async (t) => {
  const network = concat([dense(2, { bias: false }), dense(5, { bias: false }), identity()]);
  t.same(forms(network, 3), {
    kronecker: [
      { array: 0, offset: 0, inputs: 3, units: 2 },
      { array: 0, offset: 6, inputs: 3, units: 5 },
    ],
    columns: [],
  });
});

t.test('none where weights are used several times', async (t) => {
  t.same(forms(residual(dense(2, { activation: 'tanh' }), { steps: 1 }), 2)?.kronecker, []);
});

t.test('a network with nothing but a block has no gradients', async (t) => {
  const { perSample } = new Network(dense(2, { bias: false }), 3).programs;
  t.same(perSample?.columns, new Int32Array(0));
  t.same(
    perSample?.program.sampleOutputs.map(({ name, cols }) => [name, cols]),
    [['factor', 2]],
  );
});

t.test('no weights', async (t) => {
  t.equal(forms(tanh(), 3), null);
});
