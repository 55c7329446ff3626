import { tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { dense } from '../../lib/network/dense.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';

/** The paper's network for CDR: tanh(Y K) to width 8, one RK4 step on [0, 1], weights piecewise linear on `nodes` nodes. */
export function cdrNetwork(nodes: number): LayerDescription {
  return sequential([
    dense(8, { bias: false }),
    tanh(),
    residual(antisymmetricDense({ gamma: 1e-4 }), { integrator: 'rk4', time: 1, steps: 1, nodes, refine: 'nodes' }),
  ]);
}
