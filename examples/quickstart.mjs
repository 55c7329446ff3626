// The main job of the README: a surrogate for a convection–diffusion–reaction model, trained and judged in seconds.
import { cpus } from 'node:os';
import { concat, dense, identity, info, sequential, tanh, train } from 'gnvpro';
import { generateCdr } from 'gnvpro/problems';
import { baselines } from './support/baselines.mjs';
import { rows, split } from './support/data.mjs';
import { heading, table } from './support/table.mjs';

const started = performance.now();
heading('gnvpro quickstart: a surrogate model for a partial differential equation');

const problem = await generateCdr({ samples: 800, seed: 0 });
const generated = performance.now();
const [training, validation, test] = split(problem, [400, 200, 200]);

// A few directions of the 55 parameters drive the sensors: a linear bottleneck finds them, a tanh layer bends them.
const network = sequential([dense(5), concat([sequential([dense(16, { initializer: 'lecun' }), tanh()]), identity()])]);
const { model, report } = await train({
  network,
  ...training,
  validation,
  validationMetric: 'relativeError',
  initialize: 'svd',
  regularization: { theta: 2e-8, W: 1e-8 },
  seed: 1,
});

const ours = await model.evaluate(test.inputs, test.targets);
const { mean, linear } = await baselines(training, test);
await model.save('quickstart.gnvpro');

const build = info();
table([
  ['problem', '2-D convection–diffusion–reaction, 55 parameters → 12 times × 6 sensors'],
  ['samples', `400 training, 200 validation, 200 test (generated in ${seconds(generated - started)})`],
  [
    'model',
    `linear 5 · tanh 16: ${model.theta.length} weights trained, ${model.W.length} of the last layer projected out`,
  ],
  [
    'machine',
    `${cpus()[0]?.model.trim() ?? process.arch}, Node ${process.version}, OpenBLAS ${build.core}, ${build.simd}`,
  ],
  [
    'training',
    `${report.iterations.length - 1} Gauss–Newton iterations, ${report.workUnits} work units, ${seconds(report.seconds * 1000)}`,
  ],
  ['ended', `${report.stop.status}: ${report.stop.message}`],
]);
heading('mean relative error on the 200 test samples');
table([
  ['predicting the mean', percent(mean)],
  ['linear regression', percent(linear)],
  [
    'gnvpro',
    `${percent(ours.relativeError.mean)}   (worst sample ${percent(ours.relativeError.max)}, R² ${ours.r2.toFixed(5)})`,
  ],
]);
console.log(
  `\nSaved as quickstart.gnvpro; prediction of one sample: ${rows(await model.predict(rows(test.inputs, 0, 1)), 0, 1).data.length} sensor values.`,
);
console.log(`All in ${seconds(performance.now() - started)}.`);
model.dispose();

function seconds(milliseconds) {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function percent(fraction) {
  return `${(100 * fraction).toFixed(2)} %`;
}
