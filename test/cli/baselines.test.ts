/** @file The command line names what a model has to beat, and says so in words where it does not. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { type MeasuredBaseline, unbeaten } from '../../lib/cli/baselines.js';
import { writeMatrix } from '../../lib/files/matrixFile.js';
import type { Metrics } from '../../lib/metrics/metrics.js';
import { Random } from '../../lib/random.js';
import { gnvpro } from '../support/cli.js';

const numbers = (mean: number, rmse: number) => ({ samples: 9, relativeError: { mean }, rmse }) as Metrics;
const onTest = (test: Metrics) => ({ training: numbers(0, 0), validation: null, test });

t.test('in words', async (t) => {
  const linear = (test: Metrics): MeasuredBaseline[] => [
    { name: 'linear regression', validation: null, metrics: onTest(test) },
  ];
  const said = (own: Metrics, other: Metrics) => unbeaten(onTest(own), linear(other));
  t.strictSame(said(numbers(0.1, 1), numbers(0.2, 2)), []);
  t.strictSame(said(numbers(0.1, 1), numbers(0.1, 1.5)), []);
  t.strictSame(said(numbers(0.051, 1), numbers(0.035, 2)), [
    'On the test samples the model does not beat linear regression: relative error 5.10 % against 3.50 %.',
  ]);
  t.match(said(numbers(0.1, 3), numbers(0.05, 2)), [
    /relative error 10.0 % against 5.00 %, RMSE 3.0000 against 2.0000\.$/,
  ]);
  t.match(said(numbers(0.1, 1), numbers(0.1, 1)), [/is no better than linear regression\.$/]);
  t.match(said(numbers(0.1, Number.NaN), numbers(0.2, 1)), [/does not beat/], 'what is no number beats nothing');
});

t.test('a training, its report and its page', async (t) => {
  const folder = t.testdir({});
  const at = (name: string) => join(folder, name);
  const random = new Random(1);
  const inputs = Float64Array.from({ length: 120 }, () => random.normal());
  const lines = inputs
    .filter((_, i) => i % 2 === 0)
    .map((x, n) => 3 * x - inputs[2 * n + 1] + 7 + 0.1 * random.normal());
  await writeMatrix(at('inputs.npy'), { data: inputs, shape: [60, 2] });
  await writeMatrix(at('targets.npy'), { data: lines, shape: [60, 1] });
  const network = '{"type":"sequential","layers":[{"type":"dense","units":2},{"type":"tanh"}]}';
  const files = ['--inputs', at('inputs.npy'), '--targets', at('targets.npy'), '--network', network];
  const rest = ['--split.validation', '0.2', '--split.test', '0.3', '--stop.iterations', '1', '--format', 'text'];
  const { code, stdout, stderr } = await gnvpro(t, 'train', ...files, ...rest, '--out', at('out'));
  t.equal(code, 0, stderr);
  for (const row of ['mean (validation)', 'mean (test)', 'linear regression (validation)', 'linear regression (test)'])
    t.ok(stdout.includes(`\n${row} `), row);
  t.match(stdout, /On the test samples the model does not beat linear regression: /);
  const report = JSON.parse(await readFile(join(at('out'), 'report.json'), 'utf8'));
  const [, linear] = report.baselines;
  t.equal(linear.name, 'linear regression');
  t.ok(linear.metrics.test.rmse < 0.2 && linear.metrics.test.rmse < report.metrics.test.rmse);
  t.ok(Math.abs(linear.metrics.validation.rmse / linear.validation - 1) < 1e-12);
  const page = await gnvpro(t, 'report', at('out'));
  t.equal(page.code, 0, page.stderr);
  const html = await readFile(join(at('out'), 'report.html'), 'utf8');
  t.match(html, /does not beat linear regression/);
  t.match(html, /linear regression \(test\)/);
});
