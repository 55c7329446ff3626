/** @file The examples: they run as they stand, and find what they say. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Random, writeMatrix } from '../../lib/index.js';
import { root } from '../support/scripts.js';

function run(script: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'examples', script), ...args], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

const figure = (text: string, name: string) => Number(new RegExp(`${name} +([\\d.]+)`).exec(text)?.[1]);

t.test('Poisson regression comes nearer to the true rates than least squares', async (t) => {
  const told = run('losses/poisson.mjs');
  const [poisson, squares, truth] = ['poisson', 'least squares', 'the true rate'].map((name) => figure(told, name));
  t.ok(truth < poisson && poisson < squares, told);
});

t.test('Huber regression ignores what is grossly wrong', async (t) => {
  const told = run('losses/huber.mjs');
  t.ok(figure(told, 'huber') < 0.1 * figure(told, 'least squares'), told);
});

t.test('the resistivity survey: a network learns from 500 samples what a body changes', async (t) => {
  const told = run('dcr.mjs', '500');
  t.ok(figure(told, 'gnvpro') < 0.2 * figure(told, 'linear regression'), told);
});

t.test('Indian Pines: classes of a made-up cube, and its maps', async (t) => {
  const folder = t.testdir();
  const random = new Random(1);
  const classes = 4;
  const bands = 24;
  const truth = Float64Array.from({ length: 145 * 145 }, (_, i) => {
    const [row, col] = [Math.floor(i / 145), i % 145];
    return row % 6 > 0 || col % 3 > 0 ? 0 : 1 + ((row > 72 ? 2 : 0) + (col > 72 ? 1 : 0));
  });
  const spectra = Array.from({ length: classes + 1 }, () => Array.from({ length: bands }, () => random.normal()));
  const cube = Float64Array.from({ length: truth.length * bands }, (_, i) => {
    return spectra[truth[Math.floor(i / bands)]][i % bands] + 0.3 * random.normal();
  });
  await writeMatrix(join(folder, 'cube.npy'), { data: cube, shape: [truth.length, bands] });
  await writeMatrix(join(folder, 'ground-truth.npy'), { data: truth, shape: [truth.length, 1] });
  const told = run('pines/train.mjs', folder, join(folder, 'map.png'));
  t.ok(figure(told, 'test accuracy') > 95, told);
  const picture = readFileSync(join(folder, 'map.png'));
  t.equal(picture.toString('latin1', 1, 4), 'PNG');
  t.strictSame([picture.readUInt32BE(16), picture.readUInt32BE(20)], [3 * (2 * 149 - 4), 3 * 145], 'two maps');
});
