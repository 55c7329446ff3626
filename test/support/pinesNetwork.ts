import { tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { dense } from '../../lib/network/dense.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { blockRegularizer } from '../../lib/regularizer/blocks.js';
import type { QuadraticRegularizer } from '../../lib/regularizer/quadratic.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { timeDerivative } from '../../lib/regularizer/timeDerivative.js';

const width = 8;
const time = 4;

/** The paper's network for Indian Pines, narrow: tanh(Y K) to width 8, RK4 steps on [0, 4] between its nodes. */
export function pinesNetwork(nodes: number): LayerDescription {
  return sequential([
    dense(width, { bias: false }),
    tanh(),
    residual(antisymmetricDense({ gamma: 1e-4 }), { integrator: 'rk4', time, steps: nodes - 1, nodes }),
  ]);
}

/** α of the first layer's weights and of the time derivative of the others; the reference's first level has h = 1. */
export function pinesRegularizer(inputs: number, nodes: number, alpha: number): QuadraticRegularizer {
  const perNode = width * width - width + width;
  return blockRegularizer([
    tikhonov(inputs * width, alpha),
    timeDerivative(perNode, nodes, nodes === 4 ? 1 : time / (nodes - 1), alpha),
  ]);
}
