/** Three classification problems and the recipes for them; the data lies in GNVPRO_DATA_DIR. */
import { readMatrix } from '../dist/index.js';

const read = (path) => readMatrix(`${process.env.GNVPRO_DATA_DIR}/${path}.npy`);
const range = (first, end) => Array.from({ length: end - first }, (_, i) => first + i);

/** Jasper Ridge: 198 bands, 4 materials; 2000 / 2000 / 6000 pixels by a permutation of the seed. */
async function jasper(seed) {
  const order = Array.from((await read(`jasper/permutation-seed${seed}`)).data);
  const all = { inputs: await read('jasper/spectra'), targets: column(await read('jasper/labels')) };
  return split(all, order.slice(0, 2000), order.slice(2000, 4000), order.slice(4000));
}

/** Indian Pines in 8 discriminant features, 9 classes; validation: every fifth of the training pixels. */
async function pines() {
  const [training, test] = await Promise.all(
    ['train', 'test'].map((part) => labelled(`indian-pines-lda9/${part}`, 'inputs')),
  );
  const n = training.inputs.shape[0];
  const all = joined(training, test);
  const rows = range(0, n);
  return split(
    all,
    rows.filter((i) => i % 5 !== 4),
    rows.filter((i) => i % 5 === 4),
    range(n, all.inputs.shape[0]),
  );
}

/** MNIST: 8,000 / 2,000 / 3,000 images. */
async function mnist() {
  const [training, test] = await Promise.all(['train', 'test'].map((part) => labelled(`mnist/${part}`, 'images')));
  return split(joined(training, test), range(0, 8000), range(8000, 10000), range(10000, 13000));
}

export const loaders = { jasper, pines, mnist };

/** Network width and options of train(), chosen on validation data. */
export const recipes = {
  jasper: {
    width: 16,
    jacobian: 'golub-pereyra',
    options: { scaling: { inputs: { type: 'pca', components: 5 } }, regularization: { theta: 1e-4, W: 1e-5 } },
    iterations: 25,
  },
  pines: {
    width: 40,
    jacobian: 'golub-pereyra',
    options: { scaling: { inputs: 'standardize' }, regularization: { theta: 1e-3, W: 1e-4 } },
    iterations: 25,
  },
  mnist: {
    width: 64,
    jacobian: 'kaufman',
    options: {
      scaling: { inputs: { type: 'pca', components: 80 } },
      regularization: { theta: 1e-3, W: 3e-5 },
      labelSmoothing: 0.2,
      nested: [
        { samples: 2000, iterations: 4 },
        { samples: 4000, iterations: 3 },
      ],
    },
    iterations: 22,
  },
};

async function labelled(prefix, inputs) {
  return { inputs: await read(`${prefix}-${inputs}`), targets: column(await read(`${prefix}-labels`)) };
}

const column = ({ data }) => ({ data, shape: [data.length, 1] });

export function joined(a, b) {
  const stack = (x, y) => ({
    data: Float64Array.from([...x.data, ...y.data]),
    shape: [x.shape[0] + y.shape[0], x.shape[1]],
  });
  return { inputs: stack(a.inputs, b.inputs), targets: stack(a.targets, b.targets) };
}

function split(all, ...parts) {
  const [training, validation, test] = parts.map((rows) => ({
    inputs: take(all.inputs, rows),
    targets: take(all.targets, rows),
  }));
  return { training, validation, test };
}

export function take({ data, shape: [, cols] }, rows) {
  const taken = new Float64Array(rows.length * cols);
  rows.forEach((row, i) => {
    taken.set(data.subarray(row * cols, (row + 1) * cols), i * cols);
  });
  return { data: taken, shape: [rows.length, cols] };
}
