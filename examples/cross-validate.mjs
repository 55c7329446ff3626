// How well a network does on rows of a CSV file that it has not seen, beside the mean and a linear model.
//
//   node examples/cross-validate.mjs data.csv y 8      the column y from all others, 8 tanh features
import { crossValidate, dense, sequential, tanh } from 'gnvpro';
import { readTable } from './support/csv.mjs';
import { table } from './support/table.mjs';

const [file, target, units = '8'] = process.argv.slice(2);
if (target === undefined) {
  console.error('node examples/cross-validate.mjs FILE.csv COLUMN [FEATURES]');
  process.exit(1);
}
const { inputs, targets } = await readTable(file, target);
const [rows] = inputs.shape;

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
