/** @file Small problems that need no files. */
import type { Samples } from '../../data/samples.js';
import { dense } from '../../network/dense.js';
import { sequential } from '../../network/sequential.js';
import { generateCircle } from '../../problems/circle.js';
import { generatePeaks } from '../../problems/peaks.js';
import type { Experiment, ExperimentData } from '../experiment.js';
import { methodsFor } from '../methods.js';
import { partsOf } from './files.js';

function inOrder(all: Samples, training: number, validation: number) {
  return partsOf(
    all,
    Int32Array.from({ length: all.inputs.shape[0] }, (_, n) => n),
    training,
    validation,
  );
}

export const circle: Experiment = {
  name: 'circle',
  title: 'Points inside an ellipse',
  about:
    '2 coordinates → inside or not (generateCircle, the seed decides the points), 5,000/1,000/1,000 samples. Layers of 4, 4 ' +
    'and 2 tanh units as in the paper; α_θ = 1e-6, α_W = 1e-8.',
  metric: 'errorRate',
  validationMetric: 'loss',
  budget: { workUnits: 600 },
  methods: methodsFor({ jacobian: 'golub-pereyra', maxVectors: 10, batchSize: 32, leastSquares: false, dense: false }),
  options: {
    network: sequential([4, 4, 2].map((units) => dense(units, { activation: 'tanh' }))),
    loss: 'crossEntropy',
    scaling: { inputs: 'none' },
    regularization: { theta: 1e-6, W: 1e-8 },
  },
  async load(seed): Promise<ExperimentData> {
    const all = generateCircle({ samples: 7000, seed });
    return { ...inOrder(all, 5000, 1000), classes: ['outside', 'inside'] };
  },
};

export const peaks: Experiment = {
  name: 'peaks',
  title: 'The peaks surface',
  about:
    "2 coordinates → height of MATLAB's peaks (generatePeaks, the seed decides the points), 2,000/500/500 samples. Two tanh " +
    'layers of 8; α_θ = α_W = 1e-8.',
  metric: 'rmse',
  validationMetric: 'rmse',
  budget: { workUnits: 2000 },
  methods: methodsFor({ jacobian: 'golub-pereyra', maxVectors: 20, batchSize: 32, leastSquares: true, dense: true }),
  options: {
    network: sequential([8, 8].map((units) => dense(units, { activation: 'tanh', initializer: 'xavier' }))),
    scaling: { inputs: 'standardize' },
    regularization: { theta: 1e-8, W: 1e-8 },
  },
  async load(seed): Promise<ExperimentData> {
    return { ...inOrder(generatePeaks({ samples: 3000, seed }), 2000, 500), classes: null };
  },
};
