/** @file Integrators against motions that are known. */
import t from 'tap';
import { dense } from '../../lib/network/dense.js';
import { doubleHamiltonian } from '../../lib/network/doubleHamiltonian.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { residual } from '../../lib/network/residual.js';
import { close, NetworkPoint, onBackends } from '../support/reference.js';

/** Features after the flow of one sample. */
function flow(t: Parameters<typeof onBackends>[0], layer: LayerDescription, y: number[], theta: number[], z: number[]) {
  return onBackends(t, (t, backend) => {
    const point = new NetworkPoint(backend, layer, Float64Array.from(y), 1, Float64Array.from(theta));
    close(t, point.forward(), z, 'state at the end', 1e-14);
  });
}

t.test('leapfrog from rest with a constant force c: y(T) = y + c (T² + h₀ T)/2 on any grid', async (t) => {
  // θ of dense(1): K = 0, b = c. h₀ is the first step: the grid stands still one step before 0.
  for (const stateTimes of [
    [0, 1, 2, 3],
    [0, 0.5, 2, 3],
    [0, 0.1, 0.2, 0.7, 3],
  ]) {
    const layer = residual(dense(1), { integrator: 'leapfrog', stateTimes, nodeTimes: [0] });
    await flow(t, layer, [2], [0, 0.7], [2 + (0.7 * (9 + stateTimes[1] * 3)) / 2]);
  }
});

t.test('double Hamiltonian: half the features are the positions, half the momenta', async (t) => {
  // first(Z) = Z, second(Y) = Y: one step of an oscillator, y ← y + h z, then z ← z − h y.
  const unit = dense(1, { bias: false });
  const layer = doubleHamiltonian(unit, unit, { time: 0.5 });
  await flow(t, layer, [1, 2], [1, 1], [1 + 0.5 * 2, 2 - 0.5 * (1 + 0.5 * 2)]);
});
