/** @file The paper's direct-current resistivity surrogate, on generated data. */
import { generateDcResistivity } from '../../problems/dcResistivity.js';
import { Random } from '../../random.js';
import type { Experiment } from '../experiment.js';
import { methodsFor } from '../methods.js';
import { partsOf } from './files.js';
import { paperNetwork } from './paperNetwork.js';

const samples = 10_000;

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
