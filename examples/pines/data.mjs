/** The two forms of the data: the cube of 220 bands, or eight discriminant features of the labelled pixels. */
import { join } from 'node:path';
import { Random, readMatrix } from 'gnvpro';

const size = { rows: 145, cols: 145 };

/** inputs.npy (21,025 × 220, pixel 145 · row + column) and labels.npy (0 is background), of `gnvpro data indian-pines`. */
export async function loadCube(folder) {
  const cube = await readMatrix(join(folder, 'inputs.npy'));
  const truth = (await readMatrix(join(folder, 'labels.npy'))).data;
  const labelled = Array.from(truth.keys()).filter((pixel) => truth[pixel] > 0);
  const order = Array.from(new Random(0).permutation(labelled.length), (k) => labelled[k]);
  const part = (first, end) => take(cube, truth, order.slice(first * order.length, end * order.length));
  return {
    size,
    truth,
    training: part(0, 0.4),
    validation: part(0.4, 0.5),
    test: part(0.5, 1),
    scaling: { type: 'pca', components: 20 },
    pixels: cube,
    mapOf: (classes) => classes,
  };
}

/** Features and labels in the files of the LDA form; validation: every fifth of the training pixels. */
export async function loadFeatures(folder) {
  const read = async (name) => readMatrix(join(folder, `${name}.npy`));
  const [train, test] = await Promise.all(
    ['train', 'test'].map(async (part) => ({
      inputs: await read(`${part}-inputs`),
      labels: (await read(`${part}-labels`)).data,
    })),
  );
  const truth = (await read('ground-truth-145x145')).data;
  const rows = Array.from(train.labels.keys());
  const pixels = {
    data: Float64Array.from([...train.inputs.data, ...test.inputs.data]),
    shape: [train.labels.length + test.labels.length, train.inputs.shape[1]],
  };
  const places = placesOf(truth, train.labels, test.labels);
  return {
    size,
    truth,
    training: take(
      train.inputs,
      train.labels,
      rows.filter((n) => n % 5 !== 4),
    ),
    validation: take(
      train.inputs,
      train.labels,
      rows.filter((n) => n % 5 === 4),
    ),
    test: take(test.inputs, test.labels, Array.from(test.labels.keys())),
    scaling: 'standardize',
    pixels,
    mapOf: (classes) => {
      const map = new Float64Array(truth.length);
      classes.forEach((label, n) => {
        map[places.pixels[n]] = places.names[label];
      });
      return map;
    },
  };
}

/**
 * Where the pixels of the features lie. Nothing records it, but both files keep the order of the map, row by row: they
 * are two halves of its labelled pixels. The halves are told apart by their labels; in a stretch of one class that is a
 * choice, so that a pixel may stand a few places from its own, in the same field.
 */
function placesOf(truth, train, test) {
  const counts = new Map();
  for (const label of truth) counts.set(label, (counts.get(label) ?? 0) + 1);
  const names = [...counts.keys()].filter((label) => label > 0 && counts.get(label) > 400).sort((a, b) => a - b);
  const labelled = Array.from(truth.keys()).filter((pixel) => names.includes(truth[pixel]));
  const sequence = labelled.map((pixel) => names.indexOf(truth[pixel]));
  const chosen = interleaving(sequence, train, test);
  const pixels = new Int32Array(sequence.length);
  let [i, j] = [0, train.length];
  chosen.forEach((isTraining, k) => {
    pixels[isTraining ? i++ : j++] = labelled[k];
  });
  return { names, pixels };
}

/** For each entry of the sequence whether it is the next of a (else of b), by all ways that are open so far. */
function interleaving(sequence, a, b) {
  const open = [new Set([0])];
  for (const [k, label] of sequence.entries()) {
    const next = new Set();
    for (const i of open[k]) {
      if (a[i] === label) next.add(i + 1);
      if (b[k - i] === label) next.add(i);
    }
    open.push(next);
  }
  const chosen = new Array(sequence.length);
  let i = a.length;
  for (let k = sequence.length - 1; k >= 0; k--) {
    chosen[k] = open[k].has(i - 1) && a[i - 1] === sequence[k];
    if (chosen[k]) i--;
  }
  return chosen;
}

function take({ data, shape: [, cols] }, labels, rows) {
  const taken = new Float64Array(rows.length * cols);
  rows.forEach((row, n) => {
    taken.set(data.subarray(row * cols, (row + 1) * cols), n * cols);
  });
  return {
    inputs: { data: taken, shape: [rows.length, cols] },
    targets: { data: Float64Array.from(rows, (row) => labels[row]), shape: [rows.length, 1] },
  };
}
