// A fit without settings: a made-up measurement with two inputs that matter, one that does not, and some gaps.
import { fit, Random } from 'gnvpro';
import { heading, table } from './support/table.mjs';

const random = new Random(1);
const measure = (count) => {
  const inputs = Array.from({ length: count }, () => [random.uniform(280, 360), random.uniform(1, 5), random.normal()]);
  return { inputs, targets: inputs.map(([T, p]) => 50 + 4 * p * Math.tanh((T - 320) / 20) + 0.5 * random.normal()) };
};
const { inputs, targets } = measure(300);
const test = measure(1000);
for (const n of [5, 77, 200]) inputs[n][1] = Number.NaN; // the gauge was off

const names = { inputs: ['temperature [K]', 'pressure [bar]', 'humidity'], targets: ['yield'] };
const { model, result } = await fit(inputs, targets, { names });

heading('tried, on samples that were held out');
table(result.tried.map(({ name, weights, rmse }) => [name, `${weights} weights, RMSE ${rmse.toPrecision(3)}`]));
heading('taken');
const { rmse } = await model.evaluate(test.inputs, test.targets);
table([
  ['network', result.chosen],
  ['expected RMSE', result.expected.rmse.toPrecision(3)],
  ['RMSE of new samples', rmse.toPrecision(3)],
  ['noise', result.noise[0].toPrecision(3)],
  ...result.importance.map(({ name, share }) => [name, `matters ${(100 * share).toFixed(0)} %`]),
]);
for (const text of [...result.notes, ...result.advice, ...result.cautions]) console.log(`- ${text}`);
