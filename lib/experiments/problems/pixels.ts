/** @file Classes of the pixels of images: materials of Jasper Ridge, and crops of Indian Pines. */
import { takeSamples } from '../../data/samples.js';
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

/** From eight discriminant features. */
export const pines: Experiment = {
  name: 'indian-pines-lda9',
  title: 'Indian Pines, nine crops from eight discriminant features',
  about:
    '8 features → 9 crops (indian-pines-lda9/), the split of its authors; every fifth training pixel validates, and seeds ' +
    'change the start only. A tanh layer of 40; α_θ = 1e-3, α_W = 1e-4.',
  metric: 'errorRate',
  validationMetric: 'loss',
  budget: { workUnits: 150 },
  methods: methodsFor({ jacobian: 'golub-pereyra', maxVectors: 6, batchSize: 32, leastSquares: false, dense: false }),
  options: {
    network: dense(40, { activation: 'tanh' }),
    loss: 'crossEntropy',
    scaling: { inputs: 'standardize' },
    regularization: { theta: 1e-3, W: 1e-4 },
  },
  async load(_seed, place) {
    const folder = folderOf(place, 'indian-pines-lda9', 'The features are those of Tasmia22/LDA_SVM_on_IndianPines.');
    const read = async (part: string) => {
      const { inputs, targets } = await readSamples(folder, `${part}-inputs.npy`, `${part}-labels.npy`);
      return { inputs, targets: column(targets) };
    };
    const all = await read('train');
    const rows = Array.from({ length: all.inputs.shape[0] }, (_, n) => n);
    const training = takeSamples(
      all,
      rows.filter((n) => n % 5 !== 4),
    );
    const validation = takeSamples(
      all,
      rows.filter((n) => n % 5 === 4),
    );
    const classes = [...new Set(all.targets.data)].sort((a, b) => a - b);
    const numbered = ({ inputs, targets }: typeof all) => ({
      inputs,
      targets: { data: targets.data.map((label) => classes.indexOf(label)), shape: targets.shape },
    });
    return {
      training: numbered(training),
      validation: numbered(validation),
      test: numbered(await read('test')),
      classes: classes.map((label) => `class ${label}`),
    };
  },
};
