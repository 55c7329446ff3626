/** @file The network of the paper's experiments (section 5): tanh(Y K), then an antisymmetric residual flow by RK4. */
import { tanh } from '../../network/activation.js';
import { antisymmetricDense } from '../../network/antisymmetricDense.js';
import { dense } from '../../network/dense.js';
import type { LayerDescription } from '../../network/layer.js';
import { residual } from '../../network/residual.js';
import { sequential } from '../../network/sequential.js';

/** One step on [0, 1] with weights at two nodes; levels refine the nodes only, as in the published experiments. */
export function paperNetwork(width: number): LayerDescription {
  const flow = residual(antisymmetricDense(), { integrator: 'rk4', time: 1, steps: 1, nodes: 2, refine: 'nodes' });
  return sequential([dense(width, { bias: false }), tanh(), flow]);
}
