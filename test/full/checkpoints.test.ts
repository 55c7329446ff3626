/** @file Trainings of the command line that are killed, interrupted, or run out of disk, and go on. With real processes. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { Model, Random } from '../../lib/index.js';
import { decodeCheckpoint } from '../../lib/train/checkpoint/file.js';
import { faulty, main, start } from '../support/cli.js';
import { endlessJob, resultNames, statusIn } from '../support/endlessJob.js';

t.setTimeout(600_000); // twenty processes and more, beside other tests
const folder = t.testdir();
const at = await endlessJob(folder);
const job = JSON.parse(readFileSync(at('endless.json'), 'utf8'));

writeFileSync(at('labels.csv'), Array.from({ length: 60 }, (_, i) => `${Math.sin(3 * Math.sin(i)) > 0}\n`).join(''));
const longJob = {
  ...job,
  ...{ targets: { file: 'labels.csv', header: false }, loss: 'crossEntropy' },
  optimizer: {
    type: 'sequence',
    stages: [
      { optimizer: { type: 'adam', learningRate: 0.001 }, stop: { iterations: 250 } },
      { optimizer: { type: 'lbfgs' }, stop: { iterations: 60 } },
    ],
  },
  stop: { ...job.stop, iterations: 310 },
};
writeFileSync(at('long.json'), JSON.stringify(longJob));

const train = (name: string, out: string, ...more: string[]) =>
  start(process.execPath, main, 'train', at(name), '--out', at(out), '--format', 'json', ...more);
const withCheckpoint = (out: string) => ['--checkpoint', at(out, 'checkpoint'), '--checkpoint.every', '25'];

const weightsIn = async (out: string) => {
  const { theta, W } = await Model.load(at(out, 'model.gnvpro'));
  return [theta, W].map((numbers) => Buffer.from(Float64Array.from(numbers).buffer).toString('hex'));
};
const linesOf = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n');
const untimed = (line: string) =>
  JSON.stringify(JSON.parse(line), (key, value) => (key === 'seconds' ? undefined : value));
const historyIn = (out: string) => linesOf(at(out, 'history.jsonl')).map(untimed);

t.test('killed at 20 moments, a training ends in the bits of one that nobody killed', async (t) => {
  const began = performance.now();
  const unbroken = await train('long.json', 'unbroken', ...withCheckpoint('unbroken'));
  const time = performance.now() - began;
  t.equal(unbroken.code, 0, unbroken.stderr);
  t.strictSame(readdirSync(at('unbroken')).sort(), resultNames, 'what it took to go on is gone');

  const random = new Random(Date.now());
  let ends = 0;
  for (let kills = 0; kills < 20 || ends === 0; ) {
    const out = `killed${ends}`;
    const running = train('long.json', out, ...withCheckpoint(out), '--resume');
    // Start, reading, training and saving are all hit; then, where the kills are done, it comes to its end.
    const timer = setTimeout(
      () => running.child.kill('SIGKILL'),
      kills < 20 ? random.uniform(0.2, 0.9) * time : 60_000,
    );
    const { code, signal, stderr } = await running;
    clearTimeout(timer);
    if (signal === null) {
      t.equal(code, 0, stderr);
      checkEnd(t, out);
      t.strictSame(await weightsIn(out), await weightsIn('unbroken'), `after ${kills} kills`);
      ends++;
      continue;
    }
    kills++;
    t.equal(signal, 'SIGKILL', stderr);
    checkWhatIsLeft(t, out);
  }
});

function checkEnd(t: Test, out: string): void {
  t.strictSame(readdirSync(at(out)).sort(), resultNames);
  t.strictSame(historyIn(out), historyIn('unbroken'));
  const seconds = linesOf(at(out, 'history.jsonl')).map((line) => JSON.parse(line).seconds);
  t.ok(
    seconds.every((value, k) => k === 0 || value >= seconds[k - 1]),
    'the clock goes on',
  );
}

let least = { out: '', records: 0 };

function checkWhatIsLeft(t: Test, out: string): void {
  const left = existsSync(at(out)) ? readdirSync(at(out)) : [];
  t.ok(left.filter((name) => name.endsWith('.tmp')).length <= 3, 'those of earlier ones are swept'); // three results are saved together
  if (left.includes('history.partial.jsonl')) {
    const lines = readFileSync(at(out, 'history.partial.jsonl'), 'utf8').split('\n').slice(0, -1);
    const iterations = lines.map((line) => JSON.parse(line).iteration);
    t.strictSame(iterations, [...iterations.keys()], 'every iteration once');
  }
  if (!left.includes('checkpoint')) {
    least = { out, records: 0 }; // none yet, or it was at its end
    return;
  }
  const { checkpoint } = decodeCheckpoint(readFileSync(at(out, 'checkpoint'))); // throws where it is not whole
  const { length } = checkpoint.journal.records;
  t.ok(out !== least.out || length >= least.records, `${length} iterations: the last good one is kept`);
  least = { out, records: length };
}

t.test('killed just before a checkpoint gets its name: the one before is there', async (t) => {
  const running = start(
    ...([process.execPath, ...faulty('kill', 'renameSync', 3), main] as [string, ...string[]]),
    ...['train', at('long.json'), '--out', at('rename'), ...withCheckpoint('rename')],
  );
  t.equal((await running).signal, 'SIGKILL');
  const { checkpoint } = decodeCheckpoint(readFileSync(at('rename', 'checkpoint')));
  t.equal(checkpoint.journal.records.length, 50, 'the second of every 25');
  t.equal(readdirSync(at('rename')).filter((name) => name.endsWith('.tmp')).length, 1);
});

t.test('interrupted, it writes where it is, and goes on from there', async (t) => {
  const running = train('long.json', 'interrupted', '--checkpoint', at('interrupted', 'checkpoint'));
  await running.shows('"iteration":40,');
  running.child.kill('SIGINT');
  const { code, stderr, stdout } = await running;
  t.equal(code, 130, stderr);
  t.match(stderr, /checkpoint holds the training: the same command with --resume goes on/);
  t.equal(statusIn(at('interrupted')), 'aborted');
  const told = linesOf(at('interrupted', 'history.jsonl')).length;
  const { checkpoint } = decodeCheckpoint(readFileSync(at('interrupted', 'checkpoint')));
  t.equal(checkpoint.journal.records.length, told, 'no iteration is lost');
  t.ok(stdout.includes(`"iteration":${told - 1},`));
  const refused = await train('long.json', 'interrupted', '--checkpoint', at('interrupted', 'checkpoint'));
  t.equal(refused.code, 1);
  t.match(refused.stderr, /did not end, with \d+ iterations/);
  const other = await train('long.json', 'interrupted', ...withCheckpoint('interrupted'), '--resume', '--seed', '5');
  t.match(other.stderr, /is of another training: these differ: .*seed \(0 there, 5 here\)/);
  t.equal(other.code, 1);
  const second = await train('long.json', 'interrupted', ...withCheckpoint('interrupted'), '--resume');
  t.match(second.stdout, `"event":"resumed","iteration":${told},`);
  t.strictSame(await weightsIn('interrupted'), await weightsIn('unbroken'));
  t.strictSame(historyIn('interrupted'), historyIn('unbroken'));
  t.strictSame(readdirSync(at('interrupted')).sort(), resultNames);
});

t.test(
  'a full disk, and one that cannot be written',
  { skip: process.getuid?.() === 0 ? false : 'only root may' },
  async (t) => {
    const disk = at('disk');
    const command = `'${process.execPath}' '${main}' train '${at('long.json')}' --out '${at('full')}' --format none`;
    const inside = (script: string) => {
      const all = `mkdir -p '${disk}' && mount --make-rprivate / && mount -t tmpfs -o size=32k tmpfs '${disk}' && ${script}`;
      return execFileSync('unshare', ['-m', 'sh', '-c', all], { encoding: 'utf8', stdio: 'pipe' });
    };
    const ck = `'${disk}/checkpoint'`;
    const full = inside(
      `${command} --checkpoint ${ck} --checkpoint.every 25 2>&1; echo code $?; ls -A '${disk}'; ls -l '${disk}' | wc -l`,
    );
    t.match(full, /^Warning: the training goes on, but its checkpoint could not be written. ENOSPC/);
    t.match(full, /code 0\n/, 'the training came to its end');
    const kept = inside(
      `${command} --optimizer.type adam --stop.iterations 1000000 --checkpoint ${ck} --checkpoint.every 25 --stop.seconds 1.5 2>&1; echo code $?; cp ${ck} '${at('kept')}'; ls -A '${disk}'`,
    );
    t.match(kept, /may hold an earlier iteration[\s\S]*code 0\ncheckpoint\n$/, 'nothing else is left there');
    const { checkpoint } = decodeCheckpoint(readFileSync(at('kept')));
    t.ok(checkpoint.journal.records.length > 0, 'the last good one');
    const readOnly = inside(`mount -o remount,ro '${disk}' && ${command} --checkpoint ${ck} 2>&1; echo code $?`);
    t.match(readOnly, /^Error: EROFS: read-only file system, write '.*disk\/checkpoint'[\s\S]*code 1\n$/);
  },
);
