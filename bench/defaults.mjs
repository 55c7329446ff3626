/**
 * Data sets for the defaults of train(), each with the first network that comes to mind and the error that judges it. All but
 * `peaks`, `spirals` and `dcr` lie in GNVPRO_DATA_DIR. Rows of the parts for training and validation are one set, from
 * which `validation: 0.2` takes its own.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random, readMatrix } from '../dist/index.js';
import { generateDcResistivity, generatePeaks, generateSpirals } from '../dist/problems/index.js';
import { loadCdr } from './cdr.mjs';
import { joined, loaders, take } from './classification.mjs';

const classes = { loss: 'crossEntropy', error: ({ accuracy }) => 1 - accuracy };
const relative = { error: ({ relativeError }) => relativeError.mean };
const rmse = { error: (metrics) => metrics.rmse };

export const problems = {
  'cdr, 400 + 200': { width: 12, ...relative, load: loadCdr },
  'cdr, 600': { width: 12, ...relative, load: together(loadCdr) },
  dcr: { width: 16, ...relative, load: dcr },
  jasper: { width: 16, ...classes, load: together(loaders.jasper) },
  pines: { width: 40, ...classes, load: together(loaders.pines) },
  mnist: { width: 64, ...classes, load: together(loaders.mnist) },
  concrete: { width: 20, ...rmse, load: (seed) => uci('concrete', seed) },
  energy: { width: 20, ...rmse, load: (seed) => uci('energy', seed) },
  wine: { width: 20, ...rmse, load: (seed) => uci('wine', seed) },
  peaks: { width: 16, ...rmse, load: (seed) => firstRows(generatePeaks({ samples: 1200, seed }), 600) },
  spirals: { width: 16, ...classes, load: (seed) => firstRows(generateSpirals({ samples: 600, seed }), 400) },
};

function together(load) {
  return async (seed) => {
    const { training, validation, test } = await load(seed);
    return { training: joined(training, validation), test };
  };
}

/** The split of the seed among the usual twenty. */
async function uci(name, seed) {
  const read = (file) => readMatrix(`${process.env.GNVPRO_DATA_DIR}/uci/${name}/${file}.npy`);
  const [inputs, targets, masks] = await Promise.all(['X_f64', 'y_f64', 'testmask_u8'].map(read));
  const rows = inputs.shape[0];
  const isTest = Array.from(masks.data.subarray(seed * rows, (seed + 1) * rows), (mark) => mark === 1);
  const all = { inputs, targets: { data: targets.data, shape: [rows, 1] } };
  const numbers = isTest.map((_, n) => n);
  return parts(
    all,
    numbers.filter((n) => !isTest[n]),
    numbers.filter((n) => isTest[n]),
  );
}

/** 2,400 bodies are drawn and kept once; the seed decides which 2,000 train. */
async function dcr(seed) {
  const all = await generateDcResistivity({ samples: 2400, cache: join(tmpdir(), 'gnvpro-bench') });
  const order = Array.from(new Random(seed).permutation(2400));
  return parts(all, order.slice(0, 2000), order.slice(2000));
}

function firstRows(all, training) {
  const rows = Array.from({ length: all.inputs.shape[0] }, (_, n) => n);
  return parts(all, rows.slice(0, training), rows.slice(training));
}

function parts({ inputs, targets }, ...rows) {
  const [training, test] = rows.map((some) => ({ inputs: take(inputs, some), targets: take(targets, some) }));
  return { training, test };
}
