/** @file Files of labels that hold only some of the classes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Model, readLabels } from '../../lib/index.js';
import { gnvpro } from '../support/cli.js';

const folder = t.testdir({
  'train.csv': 'a,cls\n0.1,1\n0.9,2\n0.2,1\n0.8,2\n1.5,3+\n1.6,3+\n',
  'test.csv': 'a,cls\n0.1,1\n0.9,2\n',
  'ones.csv': 'a,cls\n0.1,1\n0.2,1\n1.5,2\n1.6,2\n',
  'text.csv': 'a,cls\n0.1,1\n0.2,1\n1.5,2\n1.6,x\n',
});
const at = (name: string) => join(folder, name);

const from = (name: string) => ({
  inputs: { file: at(name), columns: ['a'] },
  targets: { file: at(name), columns: ['cls'] },
});
const options = (name: string) => [
  ...['--inputs', at(name), '--inputs.columns', 'a', '--targets', at(name), '--targets.columns', 'cls'],
];

async function train(name: string, changes: object) {
  const network = { type: 'dense', units: 2, activation: 'tanh' };
  const job = { ...from('train.csv'), loss: 'crossEntropy', network, stop: { iterations: 4 }, ...changes };
  writeFileSync(at('job.json'), JSON.stringify(job));
  const told = await gnvpro(t, 'train', at('job.json'), '--out', at(name), '--format', 'json');
  return { ...told, model: at(`${name}/model.gnvpro`) };
}

t.test('names in the training, integers in other files', async (t) => {
  const { code, stderr, model } = await train('names', { validation: from('test.csv'), test: from('test.csv') });
  t.equal(code, 0, stderr);
  t.strictSame((await Model.load(model)).classes, ['1', '2', '3+']);
  const report = JSON.parse(readFileSync(at('names/report.json'), 'utf8'));
  const evaluated = await gnvpro(t, 'evaluate', model, ...options('test.csv'), '--format', 'json');
  t.equal(evaluated.code, 0, evaluated.stderr);
  t.strictSame(JSON.parse(evaluated.stdout), report.metrics.test);
  const out = at('classes.csv');
  t.equal((await gnvpro(t, 'predict', model, at('test.csv'), '--columns', 'a', '--out', out, '--classes')).code, 0);
  t.equal((await readLabels(out)).length, 2, 'what predict writes is read back');
});

t.test('integers in the training, names in other files', async (t) => {
  const { code, stderr, model } = await train('integers', from('ones.csv'));
  t.equal(code, 0, stderr);
  t.strictSame((await Model.load(model)).classes, [1, 2]);
  const unknown = await gnvpro(t, 'evaluate', model, ...options('text.csv'));
  t.equal(unknown.code, 1);
  t.match(unknown.stderr, /one of the classes 1, 2 for row 3 of targets but received "x"/);
});
