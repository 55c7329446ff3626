/** @file What becomes of the originals: shapes, order, types, and what is refused. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { dataSets } from '../../lib/datasets/catalogue.js';
import { cifar10 } from '../../lib/datasets/cifar10.js';
import type { Conversion, DataSet } from '../../lib/datasets/dataSet.js';
import { indianPines } from '../../lib/datasets/indianPines.js';
import { cdr, dcr } from '../../lib/datasets/surrogates.js';
import { Random, readMatrix } from '../../lib/index.js';
import { batches, cifarArchive, pinesCube, pinesMap } from '../support/dataSets.js';
import { matFile, type Variable } from '../support/matFile.js';
import { type NpyArray, readNpy } from '../support/npy.js';

const folder = t.testdir();
const random = new Random(8);
const numbers = (length: number) => Float64Array.from({ length }, () => random.normal());

/** The outputs as they are on disk. */
function written({ outputs }: Conversion): Record<string, NpyArray> {
  return Object.fromEntries(
    outputs.map(({ file, bytes, shape, dtype }) => {
      const path = join(folder, file);
      writeFileSync(path, Buffer.concat([...bytes()]));
      t.match(readFileSync(path, 'latin1').slice(0, 128), `'descr': '${dtype}'`);
      t.strictSame(readNpy(path).shape, shape);
      return [file, readNpy(path)];
    }),
  );
}

async function convert(dataSet: DataSet, files: Record<string, Uint8Array>): Promise<Conversion> {
  const paths = Object.fromEntries(Object.keys(files).map((name) => [name, join(folder, name)]));
  for (const [name, bytes] of Object.entries(files)) writeFileSync(paths[name], bytes);
  return dataSet.convert(paths);
}

async function refused(t: Test, dataSet: DataSet, files: Record<string, Uint8Array>, message: RegExp): Promise<void> {
  await t.rejects(convert(dataSet, files), { code: 'ERR_DATA_FILE', message }, String(message));
}

t.test('what is known of each data set', async (t) => {
  t.strictSame(
    dataSets.map(({ name }) => name),
    ['cdr', 'dcr', 'indian-pines', 'cifar-10'],
  );
  for (const { originals, page } of dataSets) {
    t.ok(URL.canParse(page));
    for (const { name, address, bytes, sha256 } of originals) {
      t.match(address, new RegExp(`^https?://[^/]+/.*${name}$`));
      t.ok(bytes > 0 && (sha256 === null || /^[0-9a-f]{64}$/.test(sha256)));
    }
  }
});

for (const [dataSet, file, parameters, observations] of [
  [cdr, 'CDR_Data.mat', 55, 72],
  [dcr, 'DCR_Data.mat', 3, 882],
] as const) {
  t.test(`${dataSet.name}: variables as the authors have them, samples in columns`, async (t) => {
    const N = 7;
    const [Y, C] = [numbers(parameters * N), numbers(observations * N)];
    const variables: Variable[] = [
      { name: 'Y', shape: [parameters, N], data: Y },
      { name: 'C', shape: [observations, N], data: C },
    ];
    for (const compress of [false, true]) {
      const files = { [file]: matFile(variables, { compress }) };
      t.strictSame(written(await convert(dataSet, files)), {
        'inputs.npy': { shape: [N, parameters], data: Y },
        'targets.npy': { shape: [N, observations], data: C },
      });
    }
    const others = variables.map(({ name, ...rest }) => ({ name: `my${name}`, ...rest }));
    const named = written(await convert(dataSet, { [file]: matFile(others) }));
    t.strictSame(named['inputs.npy'].data, Y, 'other names, told apart by their sizes');
    const inRows = variables.map(({ name, shape: [rows, cols], data }) => {
      const transposed = data.map((_, i) => data[Math.floor(i / cols) + rows * (i % cols)]);
      return { name, shape: [cols, rows], data: transposed };
    });
    const turned = written(await convert(dataSet, { [file]: matFile(inRows) }));
    t.strictSame(turned['inputs.npy'], { shape: [N, parameters], data: Y }, 'samples in rows');
    t.strictSame(turned['targets.npy'].data, C);
    await refused(
      t,
      dataSet,
      { [file]: matFile(variables.slice(0, 1)) },
      /Expected C, \d+ × samples, in .* but received Y/,
    );
    await refused(t, dataSet, { [file]: matFile([]) }, /no arrays of numbers/);
    const fewer = { name: 'C', shape: [observations, N - 1], data: C.slice(observations) };
    await refused(
      t,
      dataSet,
      { [file]: matFile([variables[0], fewer]) },
      /as many samples of Y as of C in .* received 7 and 6/,
    );
  });
}

t.test('cdr: the genuine numbers, bit for bit', { skip: !process.env.GNVPRO_DATA_DIR && 'no data' }, async (t) => {
  const genuine = async (name: string) => readMatrix(join(process.env.GNVPRO_DATA_DIR ?? '', 'cdr', `${name}.npy`));
  const [inputs, targets] = [await genuine('inputs'), await genuine('targets')];
  // Samples × features in rows are features × samples in columns, as MATLAB has them.
  const variables = [
    { name: 'C', shape: [...targets.shape].reverse(), data: targets.data },
    { name: 'Y', shape: [...inputs.shape].reverse(), data: inputs.data },
  ];
  const file = matFile(variables, { compress: true });
  const made = written(await convert(cdr, { 'CDR_Data.mat': file }));
  t.strictSame(made['inputs.npy'], { shape: [800, 55], data: inputs.data });
  t.strictSame(made['targets.npy'], { shape: [800, 72], data: targets.data });
  t.comment(`${file.length} bytes; the authors name about 634 kB`);
});

t.test('indian-pines: row-major pixels of the whole cube, in its type', async (t) => {
  for (const bands of [220, 200]) {
    const files = { 'Indian_pines.mat': pinesCube(bands), 'Indian_pines_gt.mat': pinesMap() };
    const conversion = await convert(indianPines, files);
    const { 'inputs.npy': inputs, 'labels.npy': labels } = written(conversion);
    t.strictSame(inputs.shape, [21025, bands]);
    t.ok(inputs.data instanceof Uint16Array);
    const right = (value: number, i: number) => {
      const [pixel, band] = [Math.floor(i / bands), i % bands];
      return value === (7 * Math.floor(pixel / 145) + 13 * (pixel % 145) + 29 * band) % 65536;
    };
    t.ok((inputs.data as Uint16Array).every(right), `${bands} bands`);
    t.strictSame(labels.shape, [21025, 1]);
    t.ok((labels.data as Uint8Array).every((label, i) => label === (Math.floor(i / 145) + 2 * (i % 145)) % 17));
    t.equal((conversion.facts?.classes as string[] | undefined)?.length, 16);
  }
  const [cube, map] = [pinesCube(2), pinesMap()];
  const [cubeName, mapName] = ['Indian_pines.mat', 'Indian_pines_gt.mat'];
  await refused(
    t,
    indianPines,
    { [cubeName]: map, [mapName]: map },
    /Expected one array of 145 × 145 × bands in .*pines\.mat/,
  );
  await refused(t, indianPines, { [cubeName]: cube, [mapName]: cube }, /Expected one array of 145 × 145 in .*_gt\.mat/);
  await refused(
    t,
    indianPines,
    { [cubeName]: cube, [mapName]: pinesMap(17) },
    /classes 0 to 16 .* received 17 in row 3, column 2/,
  );
  const holes = matFile([{ name: 'x', shape: [145, 145, 1], data: new Float64Array(21025).fill(Number.NaN) }]);
  await refused(
    t,
    indianPines,
    { [cubeName]: holes, [mapName]: map },
    /finite numbers in x .* received NaN in row 0, column 0/,
  );
});

const archive = 'cifar-10-binary.tar.gz';

t.test('cifar-10: batches in order, whatever their order in the archive', async (t) => {
  const bins = batches(3);
  const conversion = await convert(cifar10, { [archive]: await cifarArchive(bins) });
  const made = written(conversion);
  t.strictSame(conversion.facts?.classes, [
    'airplane',
    'automobile',
    'bird',
    'cat',
    'deer',
    'dog',
    'frog',
    'horse',
    'ship',
    'truck',
  ]);
  const train = [1, 2, 3, 4, 5].map((i) => bins[`data_batch_${i}.bin`]);
  const records = (files: Uint8Array[]) =>
    files.flatMap((file) => Array.from({ length: 3 }, (_, n) => file.subarray(3073 * n, 3073 * (n + 1))));
  for (const [part, files] of Object.entries({ train, test: [bins['test_batch.bin']] })) {
    const all = records(files);
    t.strictSame(made[`${part}-labels.npy`], {
      shape: [all.length, 1],
      data: Uint8Array.from(all, ([label]) => label),
    });
    const images = Uint8Array.from(all.flatMap((record) => [...record.subarray(1)]));
    t.strictSame(made[`${part}-images.npy`], { shape: [all.length, 3072], data: images });
  }
});

t.test('cifar-10: what is refused', async (t) => {
  const bins = batches(2);
  const of = async (changes: Record<string, Uint8Array | undefined>) => ({
    [archive]: await cifarArchive({ ...bins, ...changes }),
  });
  await refused(
    t,
    cifar10,
    await of({ 'test_batch.bin': undefined }),
    /Expected test_batch\.bin in the archive .* it has none/,
  );
  await refused(
    t,
    cifar10,
    await of({ 'test_batch.bin': new Uint8Array(3074) }),
    /records of 3073 bytes in test_batch\.bin/,
  );
  await refused(
    t,
    cifar10,
    await of({ 'test_batch.bin': new Uint8Array(10_001 * 3073) }),
    /at most 30730000 bytes of test_batch/,
  );
  await refused(
    t,
    cifar10,
    await of({ 'data_batch_2.bin': new Uint8Array(3073).fill(10, 0, 1) }),
    /labels 0 to 9 in data_batch_2\.bin .* received 10 in record 0/,
  );
  const good = await cifarArchive(bins);
  await refused(
    t,
    cifar10,
    { [archive]: good.subarray(0, good.length - 100) },
    /is damaged: it is to become \d+ bytes|unexpected end/,
  );
  const flipped = Buffer.from(good);
  flipped[good.length - 8] ^= 1; // of the checksum: in the middle a run of zeros may come out the same
  await refused(t, cifar10, { [archive]: flipped }, /is damaged/);
  await refused(t, cifar10, { [archive]: Buffer.from('no archive') }, /is damaged: it has 10 bytes/);
  const noGzip = Buffer.from('<html>no archive</html>\0\0\0');
  await refused(t, cifar10, { [archive]: noGzip }, /is damaged/);
  const tail = good.subarray(-8);
  const cut = Buffer.concat([good.subarray(0, good.length >> 1), tail]);
  await refused(t, cifar10, { [archive]: cut }, /is damaged/);
  const lying = Buffer.from(good);
  lying.writeUInt32LE(5000, good.length - 4);
  await refused(
    t,
    cifar10,
    { [archive]: lying },
    /is damaged: (incorrect length check|it becomes more than the 5000 bytes that it names)/,
  );
  const twice = Buffer.concat([good, good]);
  await refused(t, cifar10, { [archive]: twice }, /is damaged: it becomes more than the \d+ bytes that it names/);
  const tar = gunzipSync(good);
  await refused(t, cifar10, { [archive]: gzipSync(tar.subarray(0, 5000)) }, /is damaged|it has none/);
  await refused(
    t,
    cifar10,
    { [archive]: gzipSync(Buffer.concat([tar.subarray(0, tar.length - 1024), tar])) },
    /several/,
  );
  await t.rejects(cifar10.convert({ [archive]: join(folder, 'none.tar.gz') }), {
    code: 'ERR_DATA_FILE',
    message: /none\.tar\.gz cannot be read/,
  });
});
