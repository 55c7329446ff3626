/** @file Networks as they are used, through the conformance suite. */
import t from 'tap';
import { identity, tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { concat } from '../../lib/network/concat.js';
import { dense } from '../../lib/network/dense.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { conformance } from './suite.js';

t.test('the paper’s network: dense, tanh, antisymmetric RK4 flow', async (t) => {
  const flow = residual(antisymmetricDense(), { steps: 4, nodes: 4, time: 4 });
  await conformance(t, 'as in section 5', sequential([dense(8, { bias: false }), tanh(), flow]), 6, { outputs: 8 });
});

t.test('a residual network of Euler steps', async (t) => {
  const flow = residual(dense(5, { activation: 'relu' }), { integrator: 'euler', steps: 3 });
  await conformance(t, 'with rectifiers', sequential([dense(5), flow]), 4);
});

t.test('a surrogate: linear bottleneck, passed on beside a nonlinear layer', async (t) => {
  const network = sequential([
    dense(3, { bias: false }),
    concat([identity(), dense(8, { activation: 'tanh', initializer: 'lecun' })]),
  ]);
  await conformance(t, 'many inputs', network, 20, { outputs: 11, samples: 40 });
});

t.test('a flow on some of the features', async (t) => {
  const network = concat([
    identity(),
    sequential([dense(4), residual(antisymmetricDense({ activation: 'softplus' }), { steps: 2, nodes: 3 })]),
  ]);
  await conformance(t, 'in concat', network, 3, { outputs: 7 });
});
