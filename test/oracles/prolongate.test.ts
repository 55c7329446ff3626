/** @file Doubling the depth of residual networks against Meganet.m. */
import t from 'tap';
import { identity } from '../../lib/network/activation.js';
import { dense } from '../../lib/network/dense.js';
import { doubleHamiltonian } from '../../lib/network/doubleHamiltonian.js';
import type { TimeGrids } from '../../lib/network/flow.js';
import { hamiltonian } from '../../lib/network/hamiltonian.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { Network } from '../../lib/network/network.js';
import { residual } from '../../lib/network/residual.js';
import { arrayOf, fixture } from '../support/fixtures.js';
import { close } from '../support/reference.js';

const reference = fixture('prolongate');
const layer = dense(4, { activation: 'tanh' });

/** Prolongates and returns the description of the finer residual network too. */
function prolongate(description: LayerDescription, theta: Float64Array, inputs = 4) {
  const { network, weights } = new Network(description, inputs).prolongate(theta);
  return { weights, description: network.description as unknown as TimeGrids };
}

t.test('forward Euler: 4 steps of 0.5 become 8 of 0.25', async (t) => {
  const coarse = residual(layer, { integrator: 'euler', time: 2, steps: 4 });
  const { weights, description } = prolongate(coarse, arrayOf(reference, 'ResNN_theta'));
  close(t, weights, arrayOf(reference, 'ResNN_theta2'), 'weights', 1e-15);
  close(t, description.stateTimes, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2], 'times of the states', 1e-15);
  close(t, description.nodeTimes, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75], 'times of the weights', 1e-15);
});

t.test('leapfrog and Hamiltonian: the same', async (t) => {
  const coarse = {
    LeapFrogNN: residual(layer, { integrator: 'leapfrog', time: 2, steps: 4 }),
    HamiltonianNN: hamiltonian({ time: 2, steps: 4 }),
    // The weights at a node have the same layout: those of the first layer, none of the second.
    HamiltonianNN_double: doubleHamiltonian(dense(4, { activation: 'tanh' }), identity(), { time: 2, steps: 4 }),
  };
  for (const [name, description] of Object.entries(coarse)) {
    const [source, inputs] = name.endsWith('_double') ? ['HamiltonianNN', 8] : [name, 4];
    const fine = prolongate(description, arrayOf(reference, `${source}_theta`), inputs);
    close(t, fine.weights, arrayOf(reference, `${source}_theta2`), `${name}: weights`, 1e-15);
    close(t, fine.description.stateTimes, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2], `${name}: states`, 1e-15);
    close(t, fine.description.nodeTimes, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75], `${name}: nodes`, 1e-15);
  }
});

t.test('a basis is interpolated, the weights stay', async (t) => {
  const basis = [
    [1, 0, 2],
    [3, 1, 0],
  ];
  const theta = Float64Array.from({ length: 60 }, (_, i) => i);
  const coarse = residual(layer, { integrator: 'rk4', basis });
  const { weights, description } = prolongate(coarse, theta);
  t.same(weights, theta);
  t.same(description.nodeTimes, [0, 0.5, 1]);
  t.same(description.basis, [basis[0], [2, 0.5, 1], basis[1]]);
});

t.test('RK4: 3 nodes of weights become 5', async (t) => {
  for (const [refine, stateTimes] of [
    ['nodes', [0, 0.5, 1]],
    ['nodesAndSteps', [0, 0.25, 0.5, 0.75, 1]],
  ] as const) {
    const coarse = residual(layer, { integrator: 'rk4', time: 1, steps: 2, nodes: 3, refine });
    const { weights, description } = prolongate(coarse, arrayOf(reference, 'ResNNrk4_theta'));
    close(t, weights, arrayOf(reference, 'ResNNrk4_theta2'), `weights, refining ${refine}`, 1e-15);
    t.same(description.stateTimes, stateTimes, `times of the states, refining ${refine}`);
    t.same(description.nodeTimes, [0, 0.25, 0.5, 0.75, 1], `times of the weights, refining ${refine}`);
  }
});
