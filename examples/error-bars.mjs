// Fits a CSV file without settings, and says how far off each prediction may be: the first rows train, the last fifth
// tests whether the error bars are true.
//
//   node examples/error-bars.mjs data.csv y 16      the column y from all others, 16 tanh features
import { dense, linearRegression, sequential, tanh, train } from 'gnvpro';
import { readTable } from './support/csv.mjs';
import { table } from './support/table.mjs';

const [file, target, units = '16'] = process.argv.slice(2);
if (target === undefined) {
  console.error('node examples/error-bars.mjs FILE.csv COLUMN [FEATURES]');
  process.exit(1);
}
const { inputs, targets } = await readTable(file, target);
const [rows] = inputs.shape;

const trained = Math.ceil(0.8 * rows);
const part = ({ data, shape: [, c] }, from, to) => ({ data: data.slice(from * c, to * c), shape: [to - from, c] });
const training = { inputs: part(inputs, 0, trained), targets: part(targets, 0, trained) };
const test = { inputs: part(inputs, trained, rows), targets: part(targets, trained, rows) };

const network = sequential([dense(Number(units)), tanh()]);
const { model, report } = await train({ network, ...training, regularization: 'evidence' });
const linear = (await linearRegression(training.inputs, training.targets)).predict(test.inputs);
const { mean, standardDeviation, noise } = await model.predict(test.inputs, { uncertainty: true });

const deviation = (n) => Math.hypot(standardDeviation.data[n], noise[0]);
const isInside = (y, n) => Math.abs(y - mean.data[n]) < 1.96 * deviation(n);
const share = test.targets.data.filter(isInside).length / test.targets.data.length;
const rmse = (predicted) =>
  Math.sqrt(predicted.data.reduce((sum, p, n) => sum + (p - test.targets.data[n]) ** 2, 0) / predicted.data.length);
const { gammaTheta, gammaW } = report.best.evidence;

table([
  ['linear regression', `RMSE ${rmse(linear).toPrecision(3)}`],
  ['gnvpro', `RMSE ${rmse(mean).toPrecision(3)}`],
  ['noise of the targets', noise[0].toPrecision(3)],
  ['weights that the data determine', (gammaTheta + gammaW).toFixed(1)],
  ['targets within 95 % bars', `${(100 * share).toFixed(1)} %`],
]);
for (let n = 0; n < Math.min(3, rows - trained); n++) {
  const [truth, predicted] = [test.targets.data[n], mean.data[n]];
  console.log(`${truth.toPrecision(4)} predicted as ${predicted.toPrecision(4)} ± ${deviation(n).toPrecision(2)}`);
}
