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

t.test('the first layer’s matrix is the Kronecker block', async (t) => {
  const network = sequential([dense(4), tanh(), dense(2)]);
  t.same(forms(network, 3), { kronecker: { offset: 0, inputs: 3, units: 4 }, columns: range(12, 26) });
});

t.test('the larger of two', async (t) => {
  const network = concat([dense(2, { bias: false }), dense(5, { bias: false }), identity()]);
  t.same(forms(network, 3), { kronecker: { offset: 6, inputs: 3, units: 5 }, columns: range(0, 6) });
});

t.test('none where the input is transformed first', async (t) => {
  t.same(forms(sequential([tanh(), dense(2)]), 3), { kronecker: null, columns: range(0, 8) });
  t.same(forms(residual(dense(2, { activation: 'tanh' }), { steps: 1 }), 2)?.kronecker, null, 'weights used twice');
});

t.test('a network with nothing but the block keeps one column of no weight', async (t) => {
  const { perSample } = new Network(dense(2, { bias: false }), 3).programs;
  t.same(perSample?.columns, new Int32Array(0));
  t.same(
    perSample?.program.sampleOutputs.map(({ cols }) => cols),
    [1, 2],
  );
});

t.test('no weights', async (t) => {
  t.equal(forms(tanh(), 3), null);
});
