/** @file Signals while a command works: what is saved, and which are the same request. With real processes. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { faulty, gnvpro, main, start } from '../support/cli.js';
import { endlessJob, resultNames, statusIn } from '../support/endlessJob.js';

const at = await endlessJob(t.testdir());
const train = (out: string, ...before: string[]) =>
  start(process.execPath, ...before, main, 'train', at('endless.json'), '--out', at(out));

t.test('a hang-up saves the best model, exit code 129', async (t) => {
  const running = train('hangup');
  await running.shows('"iteration":2,');
  running.child.kill('SIGHUP');
  const { code, signal, stderr } = await running;
  t.strictSame([code, signal], [129, null]);
  t.match(stderr, 'Interrupted by SIGHUP. The best model so far is saved.');
  t.equal(statusIn(at('hangup')), 'aborted');
  t.equal((await gnvpro(t, 'report', at('hangup'))).code, 0);
});

t.test('a hang-up ends an experiment, too', async (t) => {
  const out = at('data');
  const running = start(process.execPath, main, 'experiment', 'circle', '--out', out, '--format', 'json');
  await running.shows('"event":"run"');
  running.child.kill('SIGHUP');
  const { code, stderr } = await running;
  t.equal(code, 129);
  t.match(stderr, 'Interrupted by SIGHUP.');
});

for (const [first, second, codes] of [
  ['SIGTERM', 'SIGTERM', [143]],
  ['SIGHUP', 'SIGTERM', [129, 143]], // two that wait for the process come in any order
  ['SIGTERM', 'SIGHUP', [143, 129]],
] as const) {
  t.test(`${first}, and ${second} again and again within a second, are one request`, async (t) => {
    const running = train(`${first}${second}`);
    await running.shows('"iteration":2,');
    running.child.kill(first);
    const start = performance.now();
    let ended = false;
    running.then(() => (ended = true));
    while (!ended && performance.now() - start < 700) {
      await pause(20);
      running.child.kill(second);
    }
    const told = await running;
    t.equal(told.signal, null);
    t.ok((codes as readonly number[]).includes(told.code), `${told.code}: ${told.stderr}`);
    t.strictSame(readdirSync(at(`${first}${second}`)).sort(), resultNames);
    t.equal(statusIn(at(`${first}${second}`)), 'aborted');
  });
}

t.test(
  'a second signal later ends at once: all files are of before, or all are new, and nothing else is left',
  async (t) => {
    const before = await start(process.execPath, main, 'train', at('short.json'), '--out', at('second'));
    t.equal(before.code, 0, before.stderr);
    const old = resultNames.map((name) => readFileSync(at('second', name)));
    const running = train('second', ...faulty('slow', 'fsync', 30_000));
    await running.shows('"iteration":2,');
    running.child.kill('SIGTERM');
    await new Promise((resolve) => running.child.stderr?.once('data', resolve)); // it saves
    t.equal(readdirSync(at('second')).filter((name) => name.startsWith('.')).length, 1);
    await pause(1100);
    running.child.kill('SIGTERM');
    const { code, signal } = await running;
    t.strictSame([code, signal], [143, null]);
    t.strictSame(readdirSync(at('second')).sort(), resultNames);
    t.strictSame(
      resultNames.map((name) => readFileSync(at('second', name))),
      old,
    );
  },
);

t.test('what a killed writer leaves goes with the next; what is not known to be of such a one stays', async (t) => {
  const running = train('killed', ...faulty('slow', 'fsync', 30_000));
  await running.shows('"iteration":2,');
  running.child.kill('SIGTERM');
  await new Promise((resolve) => running.child.stderr?.once('data', resolve));
  const [left] = readdirSync(at('killed'));
  t.match(left, /^\.gnvpro-.*\.tmp$/);
  const strangers = [
    left.replace(`-${running.child.pid}-`, `-${process.pid}-`), // of a process that lives
    left.replace(/gnvpro-[\da-f]{8}/, 'gnvpro-00000000'), // of another machine
    '.gnvpro-notes.tmp',
    '.model.gnvpro.tmp',
    `copy${left}`,
  ];
  for (const name of strangers) writeFileSync(at('killed', name), 'of somebody else');
  const during = await start(process.execPath, main, 'train', at('short.json'), '--out', at('killed'));
  t.equal(during.code, 0, during.stderr);
  t.ok(existsSync(at('killed', left)), 'its writer lives');
  running.child.kill('SIGKILL');
  await running;
  const after = await start(process.execPath, main, 'train', at('short.json'), '--out', at('killed'));
  t.equal(after.code, 0, after.stderr);
  t.strictSame(readdirSync(at('killed')).sort(), [...strangers, ...resultNames].sort());
});
