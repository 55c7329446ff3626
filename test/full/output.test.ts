/** @file Standard output whose reader goes away, or whose disk is full: of a log, and of what was asked for. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Model, writeMatrix } from '../../lib/index.js';
import { main, start } from '../support/cli.js';

const folder = t.testdir();
const at = (...parts: string[]) => join(folder, ...parts);
const inputs = Array.from({ length: 50 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
await writeMatrix(at('inputs.npy'), inputs);
await writeMatrix(
  at('targets.npy'),
  inputs.map(([x, y]) => [x * y]),
);
writeFileSync(
  at('job.json'),
  JSON.stringify({
    ...{ inputs: 'inputs.npy', targets: 'targets.npy', validation: 0.2, stop: { iterations: 5 } },
    network: { type: 'dense', units: 3, activation: 'tanh' },
  }),
);

/** Runs a command of this program in bash, with what follows it there; the exit code is the program's. */
function shell(args: string, rest: string) {
  const command = `'${process.execPath}' '${main}' ${args}`;
  return start('bash', '-c', `cd '${folder}'; ${command} ${rest}; exit "\${PIPESTATUS[0]}"`);
}

const full = existsSync('/dev/full') ? false : 'there is no /dev/full';
const gone = '| true';
const noStack = /^ {4}at |node:|Unhandled/m;

type Loss = readonly [name: string, rest: string, told: RegExp];

/** What happens to the streams, and what standard error says where it is left. */
const losses: readonly Loss[] = [
  ['a reader that goes away', '| head -c 1 > /dev/null', /^$/],
  ['nobody there', gone, /^$/],
  ['nobody there, for both streams', `2>&1 ${gone}`, /^$/],
  ['closed streams', '>&- 2>&-', /^$/],
  ...(full === false
    ? ([
        ['a full disk', '> /dev/full', /^Warning: standard output cannot be written \(ENOSPC/],
        ['a full disk, for both streams', '> /dev/full 2>&1', /^$/],
      ] satisfies Loss[])
    : []),
];

for (const [i, [name, rest, told]] of losses.entries()) {
  t.test(`train, ${name}: the log is lost, the training is not`, async (t) => {
    for (const format of i === 0 ? ['json', 'text'] : ['json']) {
      const out = `${format}${i}`;
      const { code, stderr } = await shell(`train job.json --out ${out} --format ${format}`, rest);
      t.equal(code, 0, `${format}: ${stderr}`);
      t.strictSame(readdirSync(at(out)).sort(), ['history.jsonl', 'model.gnvpro', 'report.json']);
      t.equal(JSON.parse(readFileSync(at(out, 'report.json'), 'utf8')).stop.status, 'iterationLimit');
      t.notMatch(stderr, noStack);
      t.match(stderr, told);
    }
  });
}

t.test('errors still have their exit code', async (t) => {
  for (const rest of ['2>&1 | true', ...(full === false ? ['> /dev/full 2>&1'] : [])]) {
    t.equal((await shell('train absent.json --out nothing', rest)).code, 1);
    t.equal((await shell('fit', rest)).code, 1);
  }
});

t.test('what was asked for and cannot be written is an error', async (t) => {
  const model = 'json0/model.gnvpro';
  const commands = [
    '--help',
    `info ${model} --format text`,
    `evaluate ${model} --inputs inputs.npy --targets targets.npy`,
    'report json0',
    'experiment --format text',
  ];
  for (const [i, command] of commands.entries()) {
    const unread = await shell(command, gone);
    t.strictSame([unread.code, unread.stderr], [141, ''], `${command}: as a program that SIGPIPE ends`);
    if (full !== false || i % 2 === 1) continue; // one way to write them all
    const { code, stderr } = await shell(command, '> /dev/full');
    t.equal(code, 1, command);
    t.match(
      stderr,
      /^Error: standard output cannot be written \(ENOSPC: [^)]*\): what was asked for is not complete\.\n$/,
    );
  }
});

t.test('predict asks nothing of standard output', async (t) => {
  for (const rest of [gone, '>&-', ...(full === false ? ['> /dev/full'] : [])]) {
    const { code, stderr } = await shell('predict json0/model.gnvpro inputs.npy --out out.npy', rest);
    t.strictSame([code, stderr], [0, '']);
  }
  const model = await Model.load(at('json0/model.gnvpro'));
  t.equal((await model.predict(inputs)).shape[0], 50);
});

t.test('a page on standard output is the page alone', async (t) => {
  const { code, stdout, stderr } = await shell('report json0 --out /dev/stdout', '');
  t.equal(code, 0, stderr);
  t.match(stdout, /^<!doctype html>.*<\/html>\n$/is);
  const unread = await shell('report json0 --out /dev/stdout', gone);
  t.strictSame([unread.code, unread.stderr], [141, '']);
});
