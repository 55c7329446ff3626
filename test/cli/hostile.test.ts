/** @file Files of strangers at the command line: names that would command the terminal, jobs without end, absurd maps. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { mapOf } from '../../lib/cli/page/samples.js';
import { dense, type Model, trainSync } from '../../lib/index.js';
import { printable, printableName } from '../../lib/validate/printable.js';
import { gnvpro } from '../support/cli.js';
import { forged } from '../support/modelFiles.js';

const folder = t.testdir();
const at = (name: string) => join(folder, name);

/** Retitles the window, clears the screen, moves, deletes, reorders; C1 does the same in one character. */
const evil = '\u001b]0;title\u0007\u001b[2J\r\u0008\u007f\u009b31m\u202eabc\u2066\u2028';
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

const labels = ['a', 'b', 'a', 'b', 'a', 'b'];
const inputs = labels.map((name, i) => [name === 'a' ? i : -i - 1]);
const { model } = trainSync({
  ...{ network: dense(2), inputs, targets: labels, loss: 'crossEntropy' },
  stop: { iterations: 2 },
});
const names = [`${evil}1`, `two\nError: forged line`];
const bytes = forged(model.toBytes(), [
  ['classes', names],
  ['network', { type: `dense${evil}`, units: 2, [evil]: evil }],
  ['training', { version: evil, stop: { status: evil } }],
]);
writeFileSync(at('evil.gnvpro'), bytes);
writeFileSync(at('x.csv'), inputs.map(([x]) => x).join('\n'));
writeFileSync(at('y.csv'), `name\n${labels.map((_, i) => `"${names[i % 2]}"`).join('\n')}\n`);
writeFileSync(at('header.csv'), `${evil},b\n1,2\n3,4\n`);

for (const format of ['json', 'text']) {
  t.test(`names of a model, ${format}`, async (t) => {
    for (const args of [
      ['info', at('evil.gnvpro'), '--format', format],
      ['evaluate', at('evil.gnvpro'), '--inputs', at('x.csv'), '--targets', at('y.csv'), '--format', format],
    ]) {
      const { stdout, stderr } = await gnvpro(t, ...args);
      t.notMatch(stdout + stderr, controls, args[0]);
      t.notMatch(stdout + stderr, /^Error: forged/m, args[0]);
      t.match(stdout + stderr, /\\u001b/, `${args[0]} shows what they are`);
    }
  });
}

t.test('names in messages', async (t) => {
  writeFileSync(at('job.json'), JSON.stringify({ [evil]: 1, network: { type: evil }, inputs: evil }));
  writeFileSync(at('damaged.gnvpro'), forged(model.toBytes(), [['arrays.theta.name', evil]]));
  const far = forged(model.toBytes(), [
    ['arrays.theta.offset', 2 ** 40],
    ['arrays.theta.name', evil],
  ]);
  writeFileSync(at('far.gnvpro'), far);
  for (const args of [
    ['train', at('job.json'), '--out', at('out')],
    ['info', at('far.gnvpro')],
    ['info', at('damaged.gnvpro')],
    ['predict', at('evil.gnvpro'), at('header.csv'), '--out', at('p.csv'), '--columns', 'c'],
    ['info', at(`none${evil.replaceAll('\0', '')}.npy`)],
  ]) {
    const { code, stdout, stderr } = await gnvpro(t, ...args);
    t.equal(code, 1, stderr);
    t.notMatch(stdout + stderr, controls, args[0]);
  }
});

t.test('jobs nested without end', async (t) => {
  for (const [name, text] of [
    ['lists', `{"network": ${'['.repeat(3000)}${']'.repeat(3000)}}`],
    ['objects', `${'{"network":'.repeat(3000)}1${'}'.repeat(3000)}`],
    ['layers', `{"network": ${'{"type":"sequential","layers":['.repeat(3000)}{"type":"tanh"}${']}'.repeat(3000)}}`],
    ['much more', '['.repeat(500_000) + ']'.repeat(500_000)],
  ]) {
    writeFileSync(at('deep.json'), text);
    const { code, stderr } = await gnvpro(t, 'train', at('deep.json'), '--out', at('out'));
    t.equal(code, 1);
    t.match(stderr, /^Error: Expected at most 200 lists and objects within each other in /, name);
  }
});

t.test('a map of more pixels than a page can show', async (t) => {
  const pixels = 5000 * 5000;
  const image = { inputs: { shape: [pixels, 1] } } as unknown as Parameters<typeof mapOf>[1];
  const classifier = { classes: ['a'] } as unknown as Model;
  const options = { code: 'ERR_OPTION', message: /at most 16777216 pixels for --map but received 25000000/ };
  await t.rejects(mapOf(classifier, image, [5000, 5000], {}), options);
  for (const size of [
    [1e200, 1e200],
    [Infinity, 1],
  ] as const) {
    await t.rejects(mapOf(classifier, image, size, {}), { code: 'ERR_OPTION', message: /for --map but received/ });
  }
});

t.test('what is escaped', async (t) => {
  t.equal(printable('a\tb\n\u001b[1mü\u{1f600}'), 'a\tb\n\\u001b[1mü\u{1f600}');
  t.equal(printableName('a\tb\n'), 'a\\u0009b\\u000a');
  t.strictSame(JSON.parse(printable(JSON.stringify({ name: '\u009b\u202e' }))), { name: '\u009b\u202e' });
});
