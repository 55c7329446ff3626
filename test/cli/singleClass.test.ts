/** @file Data of one class, from the command line. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { gnvpro } from '../support/cli.js';

const folder = t.testdir();
const at = (name: string) => join(folder, name);
const rows = Array.from({ length: 30 }, (_, n) => [Math.sin(n), Math.cos(2 * n)]);
writeFileSync(at('one.csv'), `x,y,name\n${rows.map(([x, y]) => `${x},${y},in`).join('\n')}\n`);
writeFileSync(at('two.csv'), `x,y,name\n${rows.map(([x, y], n) => `${x},${y},${n < 20 ? 'in' : 'out'}`).join('\n')}\n`);

const trained = (name: string, file: string, ...more: string[]) => [
  ...['train', '--inputs', at(file), '--inputs.columns', '["x","y"]', '--targets', at(file)],
  ...['--targets.columns', '["name"]', '--network', '{"type":"dense","units":3}', '--loss', 'crossEntropy'],
  ...['--out', at(name), '--format', 'text', ...more],
];

t.test('is refused, and nothing is written', async (t) => {
  const { code, stderr } = await gnvpro(t, ...trained('one', 'one.csv'));
  t.equal(code, 1);
  t.match(stderr, /at least two classes for targets but received only "in"/);
  t.notMatch(stderr, /defect/);
  t.notOk(existsSync(at('one/model.gnvpro')));
});

t.test('nor is it enough where a split leaves one to the training', async (t) => {
  const split = ['--split.training', '[0,20]', '--split.validation', '[20,30]'];
  const { code, stderr } = await gnvpro(t, ...trained('two', 'two.csv', ...split));
  t.equal(code, 1);
  t.match(stderr, /at least two classes for targets but received only "in"/);
  t.notOk(existsSync(at('two/model.gnvpro')));
});
