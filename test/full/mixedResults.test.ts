/** @file The files of a training belong together, also where a process was killed, or a disk full, between two of them. */
import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { modelFile } from '../../lib/experiments/results.js';
import { digest } from '../../lib/files/digest.js';
import { Random, writeMatrix } from '../../lib/index.js';
import { faulty, gnvpro, main, start } from '../support/cli.js';

const folder = t.testdir();
const at = (...parts: string[]) => join(folder, ...parts);
const names = ['model.gnvpro', 'history.jsonl', 'report.json'] as const;

const random = new Random(1);
const inputs = { data: Float64Array.from({ length: 80 }, () => random.uniform(-1, 1)), shape: [40, 2] as const };
const targets = { data: inputs.data.filter((_, i) => i % 2 === 0).map(Math.sin), shape: [40, 1] as const };
await writeMatrix(at('inputs.npy'), inputs);
await writeMatrix(at('targets.npy'), targets);
writeFileSync(
  at('job.json'),
  JSON.stringify({
    ...{ inputs: 'inputs.npy', targets: 'targets.npy', validation: 0.2 },
    ...{ network: { type: 'dense', units: 3, activation: 'tanh' }, stop: { iterations: 4 } },
  }),
);

function training(out: string, seed: number, fault: readonly string[] = []) {
  return start(process.execPath, ...fault, main, 'train', at('job.json'), '--out', at(out), '--seed', String(seed));
}
const hidden = (out: string) => readdirSync(at(out)).filter((name) => name.startsWith('.'));
const report = (out: string) => JSON.parse(readFileSync(at(out, 'report.json'), 'utf8'));
const contents = (out: string) => names.map((name) => readFileSync(at(out, name)));

t.before(async () => {
  for (const [out, seed] of [
    ['old', 1],
    ['new', 2],
  ] as const) {
    const { code, stderr } = await training(out, seed);
    t.equal(code, 0, stderr);
  }
});

t.test('the report names the digests of its model and its history', async (t) => {
  for (const out of ['old', 'new']) {
    const [model, history] = contents(out);
    t.strictSame(report(out).sha256, { 'model.gnvpro': digest(model), 'history.jsonl': digest(history) });
    t.equal((await gnvpro(t, 'report', at(out))).code, 0);
  }
});

t.test('every mixture of two trainings is refused, by the names of what does not belong there', async (t) => {
  for (let mixture = 1; mixture < 7; mixture++) {
    const out = `mixture${mixture}`;
    cpSync(at('old'), at(out), { recursive: true });
    names.forEach((name, i) => {
      if (mixture & (1 << i)) copyFileSync(at('new', name), at(out, name));
    });
    const reportIsNew = (mixture & 4) !== 0;
    const strange = names.slice(0, 2).filter((_, i) => ((mixture & (1 << i)) !== 0) !== reportIsNew);
    const { code, stdout, stderr } = await gnvpro(t, 'report', at(out));
    t.strictSame([code, stdout], [1, ''], out);
    t.match(stderr, `files of one training in ${at(out)}, but ${strange.join(' and ')} `);
  }
});

t.test('results of versions that did not name digests can be read; damaged ones are told', async (t) => {
  cpSync(at('old'), at('earlier'), { recursive: true });
  const { sha256, ...earlier } = report('old');
  const write = (value: object) => writeFileSync(at('earlier/report.json'), JSON.stringify(value));
  write(earlier);
  t.equal((await gnvpro(t, 'report', at('earlier'))).code, 0);
  for (const damaged of [null, 7, 'text', []]) {
    write({ ...earlier, sha256: damaged });
    t.match((await gnvpro(t, 'report', at('earlier'))).stderr, /report\.json, but sha256 must be object/);
  }
  write({ ...earlier, sha256: {} });
  t.match((await gnvpro(t, 'report', at('earlier'))).stderr, /model\.gnvpro and history\.jsonl are not what/);
});

for (const [rename, expected] of [
  [1, ['old', 'old', 'old']],
  [2, ['new', 'old', 'old']],
  [3, ['new', 'new', 'old']],
  [4, ['new', 'new', 'new']],
] as const) {
  t.test(`killed at rename ${rename}`, async (t) => {
    const out = `killed${rename}`;
    cpSync(at('old'), at(out), { recursive: true });
    const { signal } = await training(out, 2, faulty('kill', 'renameSync', rename));
    t.equal(signal, 'SIGKILL');
    const [model, history] = contents(out);
    const [oldModel, oldHistory] = contents('old');
    t.strictSame(
      [model.equals(oldModel), history.equals(oldHistory), report(out).seed === 1],
      expected.map((which) => which === 'old'),
    );
    const told = await gnvpro(t, 'report', at(out));
    const mixed = rename === 2 || rename === 3;
    t.equal(told.code, mixed ? 1 : 0, told.stderr);
    if (mixed)
      t.match(told.stderr, rename === 2 ? 'but model.gnvpro is not' : 'but model.gnvpro and history.jsonl are not');
    if (rename === 4) t.strictSame(report(out).metrics, { training: null, validation: null, test: null });
    const next = await training(out, 2);
    t.equal(next.code, 0, next.stderr);
    t.strictSame(hidden(out), [], 'what was left is swept');
    t.equal((await gnvpro(t, 'report', at(out))).code, 0);
  });
}

for (const [write, strange] of [
  [1, null],
  [2, 'model.gnvpro is not'],
  [3, 'model.gnvpro and history.jsonl are not'],
] as const) {
  t.test(`no space for write ${write}: what was complete before is saved, and told apart`, async (t) => {
    const out = `full${write}`;
    cpSync(at('old'), at(out), { recursive: true });
    const { code, stderr } = await training(out, 2, faulty('fail', 'write', write));
    t.equal(code, 1);
    t.match(stderr, `Error: ENOSPC: no space left on device, write '${at(out, names[write - 1])}'`);
    t.strictSame(hidden(out), [], 'nothing half-written');
    const told = await gnvpro(t, 'report', at(out));
    if (strange === null) t.equal(told.code, 0, 'all is of before');
    else t.match(told.stderr, strange);
  });
}

t.test('an experiment runs again what lost its model, or has another', async (t) => {
  const out = at('circle');
  const args = ['experiment', 'circle', '--seeds', '0,1', '--budget', 'work=6', '--out', out, '--format', 'text'];
  const runs = async () => {
    const { code, stdout, stderr } = await gnvpro(t, ...args, '--methods', 'gnvpro');
    t.equal(code, 0, stderr);
    return stdout.match(/^seed \d/gm) ?? [];
  };
  t.strictSame(await runs(), ['seed 0', 'seed 1']);
  t.strictSame(await runs(), []);
  copyFileSync(modelFile(out, 'gnvpro', 0), modelFile(out, 'gnvpro', 1));
  t.strictSame(await runs(), ['seed 1']);
  rmSync(modelFile(out, 'gnvpro', 0));
  t.strictSame(await runs(), ['seed 0']);
  // Killed between the model and the results of a run: what is there is a model of its own right, but of no run.
  rmSync(out, { recursive: true });
  const all = [main, ...args, '--methods', 'gnvpro'];
  const { signal } = await start(process.execPath, ...faulty('kill', 'renameSync', 4), ...all);
  t.equal(signal, 'SIGKILL');
  t.strictSame(await runs(), ['seed 1']);
});
