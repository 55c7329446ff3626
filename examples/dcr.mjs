/**
 * The paper's second surrogate: depth, size and azimuth of a buried body → 882 electric fields on the surface.
 * `node examples/dcr.mjs` in a clone that is set up. Argument: the number of samples, 2000 unless given.
 */
import { antisymmetricDense, dense, gnvpro, residual, sequential, tanh, train } from 'gnvpro';
import { generateDcResistivity } from 'gnvpro/problems';
import { baselines } from './support/baselines.mjs';
import { split } from './support/data.mjs';
import { heading, table } from './support/table.mjs';

heading('A surrogate of a direct-current resistivity survey');
const samples = Number(process.argv[2] ?? 2000);
const sizes = [0.8, 0.1, 0.1].map((share) => Math.floor(share * samples));
const started = performance.now();
const problem = await generateDcResistivity({ samples, seed: 0, onProgress: show });
const generated = performance.now();
const [training, validation, test] = split(problem, sizes);

// What the body adds is a few per cent of the fields, so errors are told relative to the departure from the training mean.
const mean = columnMeans(training.targets);
for (const { targets } of [training, validation, test]) subtract(targets, mean);

const block = residual(antisymmetricDense(), { integrator: 'rk4', time: 1, steps: 1, nodes: 2, refine: 'nodes' });
const { model, report } = await train({
  network: sequential([dense(16, { bias: false }), tanh(), block]),
  ...training,
  validation,
  validationMetric: 'relativeError',
  scaling: { inputs: 'standardize', targets: 'none' },
  optimizer: gnvpro({ jacobian: 'kaufman', linearSolver: 'krylov' }),
  regularization: { theta: 1e-8, W: 1e-8 },
  levels: 3,
  stop: { workUnits: 1500 },
  seed: 1,
});
const trained = performance.now();

const ours = await model.evaluate(test.inputs, test.targets);
const { linear } = await baselines(training, test);
table([
  [
    'samples',
    `${sizes[0]} training, ${sizes[1]} validation, ${sizes[2]} test (generated in ${seconds(generated - started)})`,
  ],
  ['model', `${model.theta.length} weights trained, ${model.W.length} of the last layer projected out`],
  ['training', `${report.workUnits} work units, ${seconds(trained - generated)}; ${report.stop.message}`],
]);
heading('mean relative error of what the body changes, on the test samples');
table([
  ['predicting the mean', '100.00 %'],
  ['linear regression', percent(linear)],
  ['gnvpro', `${percent(ours.relativeError.mean)}   (worst sample ${percent(ours.relativeError.max)})`],
]);
model.dispose();

function columnMeans({ data, shape: [count, cols] }) {
  const means = new Float64Array(cols);
  data.forEach((value, at) => {
    means[at % cols] += value / count;
  });
  return means;
}

function subtract({ data }, row) {
  for (let at = 0; at < data.length; at++) data[at] -= row[at % row.length];
}

function show(done) {
  if (process.stdout.isTTY)
    process.stdout.write(`\r  generating ${Math.floor(100 * done)} % ${done === 1 ? '\r\x1b[K' : ''}`);
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function percent(fraction) {
  return `${(100 * fraction).toFixed(2)} %`;
}
