/** @file The surrogates of the paper (section 5): convection–diffusion–reaction, and direct-current resistivity. */
import { tanh } from '../../network/activation.js';
import { antisymmetricDense } from '../../network/antisymmetricDense.js';
import { dense } from '../../network/dense.js';
import type { LayerDescription } from '../../network/layer.js';
import { residual } from '../../network/residual.js';
import { sequential } from '../../network/sequential.js';
import { generateDcResistivity } from '../../problems/dcResistivity.js';
import { Random } from '../../random.js';
import type { Experiment } from '../experiment.js';
import { methodsFor } from '../methods.js';
import { folderOf, orderOf, partsOf, readSamples } from './files.js';

/**
 * tanh(Y K), then an antisymmetric residual flow by RK4: one step on [0, 1] with weights at two nodes; levels refine the
 * nodes only, as in the published experiments.
 */
function paperNetwork(width: number): LayerDescription {
  const flow = residual(antisymmetricDense(), { integrator: 'rk4', time: 1, steps: 1, nodes: 2, refine: 'nodes' });
  return sequential([dense(width, { bias: false }), tanh(), flow]);
}

/** On the authors' data. */
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

const samples = 10_000;

/** On generated data. */
export const dcr: Experiment = {
  name: 'dcr',
  title: 'Direct-current resistivity surrogate',
  about:
    'Depth, size and azimuth of a buried body → two field components at 21 × 21 receivers, generated ' +
    '(generateDcResistivity, grid 40), 8,000/1,000/1,000 samples by a permutation of the seed. Network of the paper: width 16, ' +
    'antisymmetric RK4 block, three levels; inputs standardised, targets minus their mean over one number; α_θ = α_W = 1e-10.',
  metric: 'relativeError',
  validationMetric: 'relativeError',
  budget: { workUnits: 400, seconds: 20 },
  methods: methodsFor({
    ...{ jacobian: 'kaufman', maxVectors: 20, batchSize: 32, leastSquares: true, dense: true },
    initialW: ['projected'],
  }),
  field: [42, 21],
  options: {
    network: paperNetwork(16),
    scaling: { inputs: 'standardize' },
    regularization: { theta: 1e-10, W: 1e-10 },
    levels: 3,
  },
  async load(seed, { cache, signal, onProgress }) {
    const all = await generateDcResistivity({ samples, cache, signal, onProgress });
    return { ...partsOf(all, new Random(seed).permutation(samples), 8000, 1000), classes: null };
  },
};
