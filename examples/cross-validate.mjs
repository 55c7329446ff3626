// How well a network does on rows of a CSV file that it has not seen, beside the mean and a linear model.
//
//   node examples/cross-validate.mjs data.csv y 8      the column y from all others, 8 tanh features
import { crossValidate, dense, readMatrix, sequential, tanh } from 'gnvpro';
import { table } from './support/table.mjs';

const [file, target, units = '8'] = process.argv.slice(2);
if (target === undefined) {
  console.error('node examples/cross-validate.mjs FILE.csv COLUMN [FEATURES]');
  process.exit(1);
}
const all = await readMatrix(file);
const targets = await readMatrix({ file, columns: [target] });
// Which of the columns it is, is seen by what it holds.
const [rows, cols] = all.shape;
const isTarget = (j) => targets.data.every((y, n) => all.data[n * cols + j] === y);
const others = Array.from({ length: cols }, (_, j) => j).filter((j) => !isTarget(j));
const inputs = await readMatrix({ file, columns: others });

const { metric, metrics, baselines, seconds } = await crossValidate(
  { network: sequential([dense(Number(units)), tanh()]), inputs, targets, validation: 0.2, baselines: true },
  { folds: 5 },
);
const line = (name, metric, metrics) => [
  name,
  `${metric.mean.toPrecision(4)} ± ${metric.standardError.toPrecision(2)}   R² ${metrics.r2.toFixed(4)}`,
];
console.log(`\n${metric.name} of ${target} over five folds of ${rows} rows (${seconds.toFixed(1)} s)`);
table([...baselines.map(({ name, metric, metrics }) => line(name, metric, metrics)), line('gnvpro', metric, metrics)]);
