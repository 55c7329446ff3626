/** @file Classes of colour images: CIFAR-10 by convolutions. */
import { join } from 'node:path';
import type { Samples } from '../../data/samples.js';
import { GnvproError } from '../../errors.js';
import { fromFile } from '../../files/fileMatrix.js';
import { describeFile } from '../../files/matrixFile.js';
import type { NpyFacts } from '../../files/npy.js';
import { conv2d } from '../../network/conv2d.js';
import { image } from '../../network/image.js';
import { standardizeImages } from '../../network/normalization.js';
import { averagePool, globalAveragePool } from '../../network/pooling.js';
import { sequential } from '../../network/sequential.js';
import { adam } from '../../optimizers/adam.js';
import { gnvpro } from '../../optimizers/gnvpro.js';
import { sgd } from '../../optimizers/sgd.js';
import { Random } from '../../random.js';
import type { Experiment } from '../experiment.js';
import { folderOf, partsOf } from './files.js';

const [side, channels] = [32, 3];
const pixels = side * side;
/** Training images, those of them that train, and test images: a twelfth of the set, in the paper's proportions. */
const [images, trained, tested] = [4000, 3200, 1000];

const filters = { kernel: 5, activation: 'relu', initializer: 'kaimingUniform' } as const;

/** The fourth experiment of the paper. */
export const cifar10: Experiment = {
  name: 'cifar-10',
  title: 'CIFAR-10, colour images of 32 × 32 pixels',
  about:
    'Images of 10 classes (gnvpro data cifar-10 --out data/cifar10): of the first 4,000 for training, 3,200 train and 800 ' +
    'validate, by a permutation of the seed; the first 1,000 for the test. Network of the paper in single precision: each ' +
    'image standardised, 32 filters of 5 × 5, ReLU, mean of 2 × 2, 64 filters of 5 × 5, ReLU, mean of each channel; ' +
    'α_θ = 1e-4, α_W = 5e-3.',
  metric: 'errorRate',
  validationMetric: 'loss',
  budget: { processorSeconds: 120 },
  methods: {
    'gnvpro-saa': {
      label: 'GNvpro, batches as in the paper',
      optimizer: gnvpro({
        ...{ jacobian: 'golub-pereyra', linearSolver: 'krylov', preconditioner: 'none' },
        krylov: { maxVectors: 30, tolerance: 1e-2 },
        batches: { size: trained / 4, iterations: 3, epochs: 2 },
      }),
    },
    gnvpro: {
      label: 'GNvpro, our recipe',
      optimizer: gnvpro({
        ...{ jacobian: 'kaufman', linearSolver: 'krylov' },
        krylov: { maxVectors: 6, tolerance: 1e-2 },
        batches: { size: 400, iterations: 1, epochs: 1000 },
      }),
    },
    sgd: { label: 'SGD, Nesterov', optimizer: sgd({ batchSize: 32, learningRate: 3e-2 }) },
    adam: { label: 'ADAM', optimizer: adam({ batchSize: 32, learningRate: 1e-3 }) },
  },
  options: {
    network: sequential([
      ...[image({ height: side, width: side, channels, order: 'chw' }), standardizeImages()],
      ...[conv2d(32, filters), averagePool(), conv2d(64, filters), globalAveragePool()],
    ]),
    loss: 'crossEntropy',
    scaling: { inputs: 'none' },
    precision: 'float32',
    regularization: { theta: 1e-4, W: 5e-3 },
  },
  async load(seed, place) {
    const folder = folderOf(place, 'cifar10', 'gnvpro data cifar-10 --out FOLDER/cifar10 brings the data.');
    const [all, test] = [await firstOf(folder, 'train', images), await firstOf(folder, 'test', tested)];
    const { training, validation } = split(all, seed);
    return { training, validation, test, classes };
  },
};

/** In the order of the labels. */
const classes = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

function split(all: Samples, seed: number): Pick<ReturnType<typeof partsOf>, 'training' | 'validation'> {
  const { training, test: validation } = partsOf(all, new Random(seed).permutation(images), trained, 0);
  return { training, validation };
}

/** The first images of a part, channel by channel, and their labels. Throws ERR_SHAPE, ERR_DATA_FILE. */
async function firstOf(folder: string, part: string, count: number): Promise<Samples> {
  const [inputs, targets] = ['images', 'labels'].map((what) => join(folder, `${part}-${what}.npy`));
  const { shape } = (await describeFile(inputs)) as NpyFacts;
  const [rows, ...form] = shape;
  const order = orders[form.join(' × ')];
  if (order === undefined || rows < count) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected at least ${count} rows of ${Object.keys(orders).join(' or ')} in ${inputs} but its shape is ${shape.join(' × ')}.`,
    );
  }
  const read = (file: string) => fromFile(file, { rows: [0, count] }).read(0, count);
  const data = read(inputs);
  if (order === 'hwc') toPlanes(data);
  return { inputs: { data, shape: [count, channels * pixels] }, targets: { data: read(targets), shape: [count, 1] } };
}

/** What a row may be: as `gnvpro data` writes it, or pixel by pixel. */
const orders: Record<string, 'chw' | 'hwc'> = {
  [`${channels * pixels}`]: 'chw',
  [`${channels} × ${side} × ${side}`]: 'chw',
  [`${side} × ${side} × ${channels}`]: 'hwc',
};

/** Pixel by pixel → channel by channel, in place. */
function toPlanes(data: Float64Array): void {
  const image = new Float64Array(channels * pixels);
  for (let begin = 0; begin < data.length; begin += image.length) {
    image.set(data.subarray(begin, begin + image.length));
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < pixels; p++) data[begin + c * pixels + p] = image[p * channels + c];
    }
  }
}
