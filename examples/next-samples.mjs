// A surrogate of a simulation that says itself which samples to compute next: after 60 random ones, batches that it asks
// for, and a training after each. Beside it, as many samples at random.
//
//   node examples/next-samples.mjs 140 20      up to 140 samples, 20 at a time
import { dense, sequential, suggest, tanh, train } from 'gnvpro';
import { generateDcResistivity } from 'gnvpro/problems';
import { rows } from './support/data.mjs';
import { heading, table } from './support/table.mjs';

const [most, batch] = [Number(process.argv[2] ?? 140), Number(process.argv[3] ?? 20)];
const first = 60;
const { description, ...random } = await simulate({ samples: most, seed: 0 });
const test = await simulate({ samples: 300, seed: 1 });
const box = Object.values(description.ranges); // of depth, radius and azimuth of the body

heading('Error on 300 other samples, relative to that of their mean');
let samples = { inputs: rows(random.inputs, 0, first), targets: rows(random.targets, 0, first) };
for (;;) {
  const count = samples.inputs.shape[0];
  const { model, error } = await fit(samples);
  const next = Math.min(batch, most - count);
  if (next === 0) {
    const atRandom = await fit(random);
    table([
      [`${count} samples, chosen`, percent(error)],
      [`${count} samples, at random`, percent(atRandom.error)],
    ]);
    break;
  }
  const { inputs, standardDeviation } = await suggest(model, { box, count: next, candidates: 500, seed: count });
  const [largest] = standardDeviation.data;
  table([[`${count} samples`, `${percent(error)}   unsure of the next by ${largest.toPrecision(2)} mV/m`]]);
  samples = joined(samples, await simulate({ inputs }));
}

/** Ex and Ey at four receivers; a simulation of your own would stand here. */
async function simulate(options) {
  const { inputs, targets, description } = await generateDcResistivity(options);
  const columns = [88, 100, 218, 348].flatMap((receiver) => [receiver, 441 + receiver]);
  const [count, cols] = targets.shape;
  const data = Float64Array.from({ length: count * columns.length }, (_, i) => {
    return targets.data[Math.floor(i / columns.length) * cols + columns[i % columns.length]];
  });
  return { inputs, targets: { data, shape: [count, columns.length] }, description };
}

async function fit(training) {
  const network = sequential([dense(36), tanh()]);
  const { inputs, targets } = training;
  const { model } = await train({ network, inputs, targets, regularization: 'evidence' });
  const { r2 } = await model.evaluate(test.inputs, test.targets);
  return { model, error: Math.sqrt(1 - r2) };
}

function joined(a, b) {
  const below = (x, y) => ({
    data: Float64Array.of(...x.data, ...y.data),
    shape: [x.shape[0] + y.shape[0], x.shape[1]],
  });
  return { inputs: below(a.inputs, b.inputs), targets: below(a.targets, b.targets) };
}

function percent(fraction) {
  return `${(100 * fraction).toFixed(2)} %`;
}
