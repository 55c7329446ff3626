/** @file The examples: they run as they stand, and find what they say. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { indianPines } from '../../lib/datasets/indianPines.js';
import { prepare } from '../../lib/datasets/prepare.js';
import { Random, writeMatrix } from '../../lib/index.js';
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

t.test('an epoch of batches, then all samples: less error for the same work', async (t) => {
  const [, all, batches] = run('batches.mjs', '10000')
    .split('\n')
    .filter((line) => /\d$/.test(line));
  const first = (line: string) => Number(line.trim().split(/ {3,}/)[1]);
  t.ok(first(batches) < first(all), `${all}\n${batches}`);
});

t.test('a long run goes on where it was', async (t) => {
  const checkpoint = join(t.testdir(), 'checkpoint');
  const first = spawn(process.execPath, [join(root, 'examples/longRun.mjs'), checkpoint, '80'], { cwd: t.testdirName });
  first.stdout.on('data', (text) => String(text).includes('iteration 10') && first.kill('SIGINT'));
  await new Promise((resolve) => first.on('close', resolve));
  const second = spawnSync(process.execPath, [join(root, 'examples/longRun.mjs'), checkpoint, '80'], {
    cwd: t.testdirName,
    encoding: 'utf8',
  });
  t.match(second.stdout, /checkpoint resumed: iteration [1-7]\d[\s\S]*saved as longRun\.gnvpro/, second.stderr);
  t.notMatch(second.stdout, 'iteration 10 ');
});

t.test('a dictionary of patches sees what no linear model of pixels does', async (t) => {
  const random = new Random(2);
  const folder = t.testdir();
  for (const [name, count] of Object.entries({ train: 100, test: 100 })) {
    const labels = Float64Array.from({ length: count }, () => random.integer(2));
    const data = new Float64Array(count * 3072);
    // Stripes that lie or stand, and begin anywhere.
    labels.forEach((label, n) => {
      const phase = random.integer(4);
      for (let i = 0; i < 3072; i++) {
        const place = label === 1 ? i % 32 : Math.floor((i % 1024) / 32);
        data[n * 3072 + i] = 40 * random.normal() + ((place + phase) % 4 < 2 ? 100 : 150);
      }
    });
    await writeMatrix(join(folder, `${name}-images.npy`), { data, shape: [count, 3072] });
    await writeMatrix(join(folder, `${name}-labels.npy`), { data: labels, shape: [count, 1] });
  }
  const told = run('patch-dictionary.mjs', folder, '100', '100', '8');
  const [linear, dictionary] = [...told.matchAll(/([\d.]+) % right/g)].map(([, percent]) => Number(percent));
  t.ok(dictionary > 95 && linear < 90, told);
});

t.test('images: a convolution sees marks wherever they are', async (t) => {
  const told = run('images.mjs');
  const right = [...told.matchAll(/([\d.]+) % right/g)].map(([, percent]) => Number(percent));
  t.ok(right.length === 2 && right[1] > 90 && right[0] < 60, told);
});

t.test('the resistivity survey: a network learns from 500 samples what a body changes', async (t) => {
  const told = run('dcr.mjs', '500');
  t.ok(figure(told, 'gnvpro') < 0.2 * figure(told, 'linear regression'), told);
});

t.test('the samples that a model asks for teach more than random ones', async (t) => {
  const told = run('next-samples.mjs', '120', '20');
  t.ok(figure(told, '120 samples, chosen') < figure(told, '120 samples, at random'), told);
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

t.test('exported models: in onnxruntime, in C, and as docs/export.md shows them', async (t) => {
  const folder = t.testdir();
  const packages = join(folder, 'node_modules');
  cpSync(join(root, 'examples/export'), folder, { recursive: true });
  mkdirSync(packages);
  symlinkSync(root, join(packages, 'gnvpro'), 'dir');
  symlinkSync(join(root, 'test/onnx/node_modules/onnxruntime-node'), join(packages, 'onnxruntime-node'), 'dir');
  const told = (program: string, ...args: string[]) => execFileSync(program, args, { cwd: folder, encoding: 'utf8' });
  const numbers = (line: string) => (line.match(/-?\d\.\d+/g) ?? []).map(Number);
  const [wave, product] = numbers(told(process.execPath, 'export.mjs'));
  t.ok(Math.abs(wave - Math.sin(0.7)) < 0.01 && Math.abs(product + 0.06) < 0.01, `${wave} ${product}`);
  const byOnnx = numbers(told(process.execPath, 'onnx.mjs'));
  t.ok(Math.hypot(byOnnx[0] - wave, byOnnx[1] - product) < 1e-5, `${byOnnx}`);
  told('gcc', '-std=c99', '-Wall', '-Werror', '-pedantic', '-O2', 'main.c', 'surrogate.c', '-lm');
  const byC = numbers(told(join(folder, 'a.out')));
  t.ok(Math.hypot(byC[0] - wave, byC[1] - product) < 1e-12, `${byC}`);
  t.ok(Math.abs(byC[2] - 3 * Math.cos(0.7)) < 0.05, `slope ${byC[2]}`);
  const page = readFileSync(join(root, 'docs/export.md'), 'utf8');
  for (const name of readdirSync(join(root, 'examples/export')))
    t.ok(
      page.includes(`\n${readFileSync(join(root, 'examples/export', name), 'utf8')}\`\`\``),
      `${name} is on the page`,
    );
});

t.test('cross-validation of a CSV file: a network beats the linear model on rows that it has not seen', async (t) => {
  const random = new Random(1);
  const rows = Array.from({ length: 120 }, () => [random.uniform(), random.uniform()]);
  const lines = rows.map(([a, b]) => [a, Math.sin(3 * a) * b, b].join(','));
  const file = join(t.testdir(), 'data.csv');
  writeFileSync(file, `a,y,b\n${lines.join('\n')}\n`);
  const told = run('cross-validate.mjs', file, 'y');
  t.ok(figure(told, 'gnvpro') < 0.2 * figure(told, 'linear regression'), told);
});

t.test('error bars of the rows of a CSV file', async (t) => {
  const random = new Random(2);
  const rows = Array.from({ length: 150 }, () => [random.uniform(), random.uniform()]);
  const lines = rows.map(([a, b]) => [a, Math.sin(6 * a) * b + 0.05 * random.normal(), b].join(','));
  const file = join(t.testdir(), 'data.csv');
  writeFileSync(file, `a,y,b\n${lines.join('\n')}\n`);
  const told = run('error-bars.mjs', file, 'y', '8');
  const [, linear] = told.match(/linear regression +RMSE (\S+)/) ?? [];
  const [, rmse] = told.match(/gnvpro +RMSE (\S+)/) ?? [];
  const [, share] = told.match(/within 95 % bars +(\S+) %/) ?? [];
  t.ok(Number(rmse) < 0.5 * Number(linear), told);
  t.ok(Number(share) >= 80 && /predicted as \S+ ± \S+/.test(told), told);
});

t.test('a fit without settings: the error that it tells is the one of new samples', async (t) => {
  const told = run('fit.mjs');
  const [expected, fresh] = [figure(told, 'expected RMSE'), figure(told, 'RMSE of new samples')];
  t.ok(fresh < 1.2 * expected && fresh > 0.8 * expected, told);
  t.ok(figure(told, 'humidity +matters') < 5 && /3 of 300 rows have a gap/.test(told), told);
});
