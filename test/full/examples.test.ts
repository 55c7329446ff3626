/** @file The examples: they run as they stand, and find what they say. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { indianPines } from '../../lib/datasets/indianPines.js';
import { prepare } from '../../lib/datasets/prepare.js';
import { Random } from '../../lib/index.js';
import { matFile } from '../support/matFile.js';
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

t.test('Indian Pines: classes of a made-up cube as `gnvpro data` makes it of .mat files, and its maps', async (t) => {
  const folder = t.testdir();
  const random = new Random(1);
  const classes = 4;
  const bands = 24;
  const side = 145;
  const labelAt = (row: number, col: number) =>
    row % 6 > 0 || col % 3 > 0 ? 0 : 1 + ((row > 72 ? 2 : 0) + (col > 72 ? 1 : 0));
  // Column-major, as MATLAB has them.
  const truth = Uint8Array.from({ length: side * side }, (_, i) => labelAt(i % side, Math.floor(i / side)));
  const spectra = Array.from({ length: classes + 1 }, () => Array.from({ length: bands }, () => random.normal()));
  const cube = Float64Array.from({ length: truth.length * bands }, (_, i) => {
    return spectra[truth[i % truth.length]][Math.floor(i / truth.length)] + 0.3 * random.normal();
  });
  const write = (file: string, name: string, shape: number[], data: Uint8Array | Float64Array) =>
    writeFileSync(join(folder, file), matFile([{ name, shape, data }]));
  write('Indian_pines.mat', 'indian_pines', [side, side, bands], cube);
  write('Indian_pines_gt.mat', 'indian_pines_gt', [side, side], truth);
  const brought = await prepare(indianPines, { folder, from: folder, checksum: true, idleSeconds: 60 });
  t.strictSame(brought.source.files[0].shape, [side * side, bands]);
  const told = run('pines/train.mjs', folder, join(folder, 'map.png'));
  t.ok(figure(told, 'test accuracy') > 95, told);
  const picture = readFileSync(join(folder, 'map.png'));
  t.equal(picture.toString('latin1', 1, 4), 'PNG');
  t.strictSame([picture.readUInt32BE(16), picture.readUInt32BE(20)], [3 * (2 * 149 - 4), 3 * 145], 'two maps');
});
