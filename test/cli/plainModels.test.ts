/** @file Regression without weights in the network, from the command line. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { gnvpro } from '../support/cli.js';

const folder = t.testdir();
const at = (name: string) => join(folder, name);
const rows = Array.from({ length: 30 }, (_, n) => [Math.sin(n), Math.cos(2 * n)]);
writeFileSync(at('linear.csv'), `x,y,z\n${rows.map(([x, y]) => `${x},${y},${3 * x - y + 1}`).join('\n')}\n`);
writeFileSync(at('classes.csv'), `x,y,name\n${rows.map(([x, y]) => `${x},${y},${x > y ? 'in' : 'out'}`).join('\n')}\n`);

const data = (file: string, target: string) => [
  ...['--inputs', at(file), '--inputs.columns', '["x","y"]'],
  ...['--targets', at(file), '--targets.columns', `["${target}"]`],
];
const trained = (name: string, file: string, target: string, ...more: string[]) => [
  ...['train', ...data(file, target), '--out', at(name), '--format', 'text', ...more],
];
const identity = ['--network', '{"type":"identity"}'];

t.test('linear regression', async (t) => {
  const { code, stdout, stderr } = await gnvpro(
    t,
    ...trained('linear', 'linear.csv', 'z', ...identity, '--validation', '0.2'),
  );
  t.equal(code, 0, stderr);
  t.match(stdout, /no weights: one projection/);
  const { metrics } = JSON.parse(readFileSync(join(at('linear'), 'report.json'), 'utf8'));
  t.ok(metrics.training.rmse < 1e-6, `${metrics.training.rmse}`);
  t.equal((await gnvpro(t, 'report', at('linear'))).code, 0);
  t.equal((await gnvpro(t, 'info', join(at('linear'), 'model.gnvpro'))).code, 0);
  const evaluated = await gnvpro(t, 'evaluate', join(at('linear'), 'model.gnvpro'), ...data('linear.csv', 'z'));
  t.equal(evaluated.code, 0, evaluated.stderr);
});

t.test('logistic regression of classes', async (t) => {
  const options = [...identity, '--loss', 'crossEntropy'];
  const { code, stdout, stderr } = await gnvpro(t, ...trained('classes', 'classes.csv', 'name', ...options));
  t.equal(code, 0, stderr);
  t.match(stdout, /accuracy/);
});
