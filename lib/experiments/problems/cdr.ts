/** @file The paper's convection–diffusion–reaction surrogate, on the authors' data. */
import type { Experiment } from '../experiment.js';
import { methodsFor } from '../methods.js';
import { folderOf, orderOf, partsOf, readSamples } from './files.js';
import { paperNetwork } from './paperNetwork.js';

export const cdr: Experiment = {
  name: 'cdr',
  title: 'Convection–diffusion–reaction surrogate',
  about:
    "55 parameters → 72 sensor readings, the authors' data (gnvpro data cdr), 400/200/200 samples by a permutation of the " +
    'seed, raw values. Network of the paper: width 8, antisymmetric RK4 block, three levels; α_θ = α_W = 1e-10.',
  metric: 'relativeError',
  validationMetric: 'relativeError',
  budget: { workUnits: 200 },
  methods: methodsFor({ jacobian: 'kaufman', maxVectors: 20, batchSize: 10, leastSquares: true, dense: true }),
  field: [12, 6],
  options: {
    network: paperNetwork(8),
    scaling: { inputs: 'none', targets: 'none' },
    regularization: { theta: 1e-10, W: 1e-10 },
    levels: 3,
  },
  async load(seed, place) {
    const folder = folderOf(place, 'cdr', 'gnvpro data cdr --out FOLDER/cdr brings the data.');
    const all = await readSamples(folder, 'inputs.npy', 'targets.npy');
    const order = await orderOf(folder, all.inputs.shape[0], seed);
    return { ...partsOf(all, order, 400, 200), classes: null };
  },
};
