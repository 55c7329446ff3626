/** @file Residual networks against Meganet.m. */
import t from 'tap';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { dense } from '../../lib/network/dense.js';
import { residual } from '../../lib/network/residual.js';
import { cdrNetwork } from '../support/cdrNetwork.js';
import { fixture } from '../support/fixtures.js';
import { checkPoint } from '../support/reference.js';

const antisymmetric = antisymmetricDense({ gamma: 1e-4 });

t.test('forward Euler, dense', (t) =>
  checkPoint(
    t,
    fixture('ResNN_tanh'),
    residual(dense(4, { activation: 'tanh' }), { integrator: 'euler', time: 1.5, steps: 5 }),
  ),
);

t.test('forward Euler, antisymmetric', (t) =>
  checkPoint(t, fixture('ResNN_antisym'), residual(antisymmetric, { integrator: 'euler', time: 1.5, steps: 5 })),
);

t.test('RK4 on a nonuniform grid, weights on their own nodes', (t) =>
  checkPoint(
    t,
    fixture('ResNNrk4_antisym'),
    residual(antisymmetric, { integrator: 'rk4', stateTimes: [0, 0.4, 1, 1.5], nodeTimes: [0, 0.5, 1.5] }),
  ),
);

t.test('the network for CDR', (t) => checkPoint(t, fixture('Meganet_CDR'), cdrNetwork(2)));
