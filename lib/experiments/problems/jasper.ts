/** @file Materials of the Jasper Ridge image. */
import { dense } from '../../network/dense.js';
import type { Experiment } from '../experiment.js';
import { methodsFor } from '../methods.js';
import { column, folderOf, orderOf, partsOf, readSamples } from './files.js';

export const jasper: Experiment = {
  name: 'jasper',
  title: 'Jasper Ridge, materials of pixels',
  about:
    '198 bands → 4 materials, 2,000/2,000/6,000 pixels by a permutation of the seed (jasper/spectra.npy and labels.npy). 5 ' +
    'principal components, a tanh layer of 16; α_θ = 1e-4, α_W = 1e-5.',
  metric: 'errorRate',
  validationMetric: 'loss',
  budget: { workUnits: 280 },
  methods: methodsFor({ jacobian: 'golub-pereyra', maxVectors: 6, batchSize: 32, leastSquares: false, dense: false }),
  options: {
    network: dense(16, { activation: 'tanh' }),
    loss: 'crossEntropy',
    scaling: { inputs: { type: 'pca', components: 5 } },
    regularization: { theta: 1e-4, W: 1e-5 },
  },
  async load(seed, place) {
    const folder = folderOf(place, 'jasper', 'The image is that of mhaut/HSI-datasets, as spectra.npy and labels.npy.');
    const { inputs, targets } = await readSamples(folder, 'spectra.npy', 'labels.npy');
    const all = { inputs, targets: column(targets) };
    const order = await orderOf(folder, inputs.shape[0], seed);
    return { ...partsOf(all, order, 2000, 2000), classes: ['tree', 'water', 'dirt', 'road'] };
  },
};
