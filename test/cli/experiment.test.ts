/** @file `gnvpro experiment` as a user calls it. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { gnvpro } from '../support/cli.js';

t.test('a comparison, its files, and going on', async (t) => {
  const out = join(t.testdir(), 'circle');
  const args = ['experiment', 'circle', '--seeds', '0,1', '--budget', 'work=12', '--out', out, '--format', 'text'];
  const first = await gnvpro(t, ...args, '--methods', 'gnvpro');
  t.equal(first.code, 0, first.stderr);
  t.equal(first.stdout.match(/^seed /gm)?.length, 2, first.stdout);
  rmSync(join(out, 'report.html'));
  const second = await gnvpro(t, ...args, '--methods', 'gnvpro,lbfgs');
  t.equal(second.stdout.match(/^seed /gm)?.length, 2, 'only what is new is run');
  t.match(second.stdout, /\| L-BFGS, reduced \|/);
  const table = readFileSync(join(out, 'table.md'), 'utf8');
  t.match(table, /\| GNvpro, preconditioned \|/);
  const page = readFileSync(join(out, 'report.html'), 'utf8');
  t.match(page, /Points inside an ellipse/);
  t.match(page, /L-BFGS, reduced/);
  const { runs } = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8'));
  t.same(
    runs.map(({ method, seed }: { method: string; seed: number }) => `${method} ${seed}`),
    ['gnvpro 0', 'gnvpro 1', 'lbfgs 0', 'lbfgs 1'],
  );
  t.ok(existsSync(join(out, 'models/lbfgs-seed1.gnvpro')));
  // Seeds and methods that make no rectangle: the page takes a model that there is.
  const third = await gnvpro(t, 'experiment', 'circle', '--seeds', '2', ...args.slice(4), '--methods', 'adam');
  t.equal(third.code, 0, third.stderr);
  t.match(third.stdout, /seeds that differ/);
  const other = await gnvpro(t, ...args.slice(0, 2), '--budget', 'work=13', '--out', out);
  t.equal(other.code, 1);
  t.match(other.stderr, /choose another --out/);
});

t.test('the list', async (t) => {
  const { stdout, code } = await gnvpro(t, 'experiment', '--format', 'text');
  t.equal(code, 0);
  for (const name of ['cdr', 'dcr', 'jasper', 'indian-pines-lda9', 'cifar-10', 'circle', 'peaks'])
    t.match(stdout, new RegExp(`^${name}: `, 'm'));
  const json = await gnvpro(t, 'experiment', '--format', 'json');
  t.equal(JSON.parse(json.stdout).length, 7);
});

t.test('mistakes', async (t) => {
  for (const [args, message] of [
    [['experiment', 'circles'], /the experiment but received "circles"/],
    [['experiment', 'circle', '--methods', 'newton'], /a method of --methods/],
    [['experiment', 'circle', '--budget', 'work=0'], /for example work=200/],
    [['experiment', 'circle', '--budget', 'units=3'], /for example work=200/],
    [['experiment', 'circle', '--budget', 'processor=0'], /processor=120/],
    [['experiment', 'circle', '--seeds', '0,a'], /integers with commas/],
    [['experiment', 'cdr', '--out', t.testdir()], /--data with a folder that has cdr/],
  ] as const) {
    const { code, stderr } = await gnvpro(t, ...args);
    t.equal(code, 1, args.join(' '));
    t.match(stderr, message);
  }
});
