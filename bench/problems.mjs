/** The sizes of the paper's experiments, with random data: only the arithmetic is measured. */
import { antisymmetricDense, dense, Network, Random, residual, sequential, tanh } from '../dist/index.js';
import { tikhonov } from '../dist/regularizer/tikhonov.js';

export const sizes = {
  cdr: { samples: 400, inputs: 55, targets: 72, width: 8, jacobian: 'golub-pereyra' },
  dcr: { samples: 8000, inputs: 3, targets: 882, width: 16, jacobian: 'golub-pereyra' },
};

/** dense(width), tanh, then one RK4 step of an antisymmetric residual block with two nodes (section 5 of the paper). */
export function paperNetwork({ inputs, width }) {
  const block = residual(antisymmetricDense(), { integrator: 'rk4', time: 1, steps: 1, nodes: 2 });
  return new Network(sequential([dense(width, { bias: false }), tanh(), block]), inputs);
}

export function problem(size, { threads = 1, jacobian = size.jacobian } = {}) {
  const network = paperNetwork(size);
  const random = new Random(1);
  const normal = (length) => Float64Array.from({ length }, () => random.normal());
  return {
    network,
    definition: {
      programs: network.programs,
      weights: network.weights,
      inputs: normal(size.samples * size.inputs),
      targets: normal(size.samples * size.targets),
      samples: size.samples,
      targetColumns: size.targets,
      bias: true,
      alphaW: 1e-10,
      regularizer: tikhonov(network.weights, 1e-10),
      jacobian,
      pairs: 0,
      threads,
      cancelFlag: new Int32Array(new SharedArrayBuffer(4)),
    },
  };
}
