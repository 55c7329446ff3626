/** @file Doubling the depth of residual networks against Meganet.m. */
import t from 'tap';
import { dense } from '../../lib/network/dense.js';
import { Network } from '../../lib/network/network.js';
import { residual } from '../../lib/network/residual.js';
import { arrayOf, fixture } from '../support/fixtures.js';
import { close } from '../support/reference.js';

const reference = fixture('prolongate');
const layer = dense(4, { activation: 'tanh' });

/** Prolongates and returns the description of the finer residual network too. */
function prolongate(description: ReturnType<typeof residual>, theta: Float64Array) {
  const { network, weights } = new Network(description, 4).prolongate(theta);
  return { weights, description: network.description as unknown as { stateTimes: number[]; nodeTimes: number[] } };
}

t.test('forward Euler: 4 steps of 0.5 become 8 of 0.25', async (t) => {
  const coarse = residual(layer, { integrator: 'euler', time: 2, steps: 4 });
  const { weights, description } = prolongate(coarse, arrayOf(reference, 'ResNN_theta'));
  close(t, weights, arrayOf(reference, 'ResNN_theta2'), 'weights', 1e-15);
  close(t, description.stateTimes, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2], 'times of the states', 1e-15);
  close(t, description.nodeTimes, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75], 'times of the weights', 1e-15);
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
