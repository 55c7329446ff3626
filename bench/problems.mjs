/** The sizes of the paper's experiments, with random data: only the arithmetic is measured. */
import { antisymmetricDense, dense, Network, Random, residual, sequential, tanh } from '../dist/index.js';
import { crossEntropy } from '../dist/loss/crossEntropy.js';
import { leastSquares } from '../dist/loss/leastSquares.js';
import { tikhonov } from '../dist/regularizer/tikhonov.js';

export const sizes = {
  cdr: { samples: 400, inputs: 55, targets: 72, width: 8, jacobian: 'golub-pereyra' },
  dcr: { samples: 8000, inputs: 3, targets: 882, width: 16, jacobian: 'golub-pereyra' },
  pines: { samples: 4000, inputs: 220, targets: 16, width: 32, jacobian: 'golub-pereyra', classes: true },
  // 64 features and the bias: 65 columns for the QR.
  wide: { samples: 8000, inputs: 4, targets: 3, width: 64, jacobian: 'kaufman' },
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
      targets: size.classes ? oneHot(size, random) : normal(size.samples * size.targets),
      samples: size.samples,
      targetColumns: size.targets,
      bias: true,
      loss: size.classes ? crossEntropy : leastSquares,
      sampleWeights: null,
      innerTolerance: 1e-6,
      alphaW: size.classes ? 1e-3 : 1e-10,
      regularizer: tikhonov(network.weights, size.classes ? 1e-3 : 1e-10),
      jacobian,
      pairs: 0,
      threads,
      cancelFlag: new Int32Array(new SharedArrayBuffer(4)),
    },
  };
}

/** Random labels. */
function oneHot({ samples, targets }, random) {
  const data = new Float64Array(samples * targets);
  for (let n = 0; n < samples; n++) data[n * targets + random.integer(targets)] = 1;
  return data;
}
