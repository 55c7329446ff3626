/** @file Matrices that stay in their file: what is read of them, and files that are damaged, changed or gone. */
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { takeRows } from '../../lib/data/matrix.js';
import { columnMoments } from '../../lib/data/moments.js';
import { npyBytes } from '../../lib/files/npy.js';
import { fromFile, Random, readMatrix } from '../../lib/index.js';
import { driveSync } from '../../lib/job/job.js';
import { decode } from '../support/fixtures.js';

const folder = t.testdir();
const path = join(folder, 'a.npy');

function write(data: Parameters<typeof npyBytes>[0]['data'], shape: number[], to = path): void {
  writeFileSync(to, Buffer.concat([...npyBytes({ data, shape })]));
}

const random = new Random(3);
const [rows, cols] = [70_000, 5];
const numbers = Float64Array.from({ length: rows * cols }, () => random.normal());

t.test('every type that NumPy wrote is read as readMatrix does', async (t) => {
  const fixture = readFileSync(new URL('../fixtures/npy.json', import.meta.url), 'utf8');
  const { cases } = JSON.parse(fixture) as { cases: { [key: string]: string }[] };
  let read = 0;
  for (const { dtype, order, file, values } of cases) {
    writeFileSync(path, Buffer.from(file, 'base64'));
    const { shape } = await readMatrix(path);
    const isRefused = dtype.endsWith('f2') || (order === 'Fortran' && shape[0] > 1 && shape[1] > 1);
    if (isRefused) {
      t.throws(() => fromFile(path), { code: 'ERR_DATA_FILE' }, `${dtype} ${order}`);
      continue;
    }
    read++;
    t.strictSame(fromFile(path).read(0, shape[0]), decode(values), `${dtype} ${order}`);
  }
  t.ok(read >= 12, `${read} of ${cases.length}`);
});

t.test('rows, columns and a scale', async (t) => {
  write(numbers, [rows, cols]);
  const all = fromFile(pathToFileURL(path));
  t.strictSame(all.shape, [rows, cols]);
  t.strictSame(all.read(0, rows), numbers);
  t.strictSame(all.read(7, 9), numbers.slice(7 * cols, 9 * cols));
  const some = fromFile(path, { rows: [10, 20], columns: [3, [0, 2]], scale: 0.5 });
  t.strictSame(some.shape, [10, 3]);
  const expected = [3, 0, 1].map((j) => 0.5 * numbers[12 * cols + j]);
  t.strictSame(some.read(2, 3), Float64Array.from(expected));
  const taken = Int32Array.from({ length: 9000 }, (_, i) => 7 * i + (i % 3));
  const whole = { data: numbers, shape: [rows, cols] as const };
  t.strictSame(all.take(taken).read(5, 9000), takeRows(whole, taken.subarray(5)).data, 'rows here and there');
  const far = Int32Array.of(0, 1, rows - 2, rows - 1);
  t.strictSame(
    all.take(far).take(Int32Array.of(1, 3)).read(0, 2),
    takeRows(whole, [1, rows - 1]).data,
    'of these some',
  );
  const bytes = Uint8Array.from({ length: 12 }, (_, i) => 20 * i);
  write(bytes, [3, 4]);
  t.strictSame(
    fromFile(path, { scale: 1 / 255 }).read(1, 3),
    Float64Array.from(bytes.subarray(4), (x) => x * (1 / 255)),
    'images of bytes',
  );
});

t.test('moments have the bits of those in memory', async (t) => {
  write(numbers, [rows, cols]);
  const ofFile = driveSync(columnMoments(fromFile(path)));
  t.strictSame(ofFile, driveSync(columnMoments({ data: numbers, shape: [rows, cols] })));
});

t.test('what becomes of labels and shares', async (t) => {
  write(Int32Array.of(5, 7, 5, 9), [4]);
  const labels = fromFile(path).with({ classes: [5, 7, 9] });
  t.strictSame(labels.shape, [4, 3]);
  t.strictSame(labels.read(1, 4), Float64Array.of(0, 1, 0, 1, 0, 0, 0, 0, 1));
  t.strictSame(
    labels
      .with({ smoothing: 0.3 })
      .read(3, 4)
      .map((x) => Math.round(10 * x)),
    Float64Array.of(1, 1, 8),
  );
  t.throws(
    () =>
      fromFile(path)
        .with({ classes: [5, 7] })
        .read(0, 4),
    {
      code: 'ERR_LABEL',
      message: `Expected one of the classes 5, 7 for row 3 of ${path} but received 9.`,
    },
  );
  write(Float64Array.of(0.5, 0.5, 0.25, 0.5), [2, 2]);
  t.throws(() => fromFile(path).with({ areShares: true }).read(0, 2), {
    code: 'ERR_LABEL',
    message: /row 1 of .*0\.75/,
  });
});

t.test('what cannot be read', async (t) => {
  t.throws(() => fromFile(join(folder, 'none.npy')), {
    code: 'ERR_DATA_FILE',
    message: /none\.npy cannot be read: ENOENT/,
  });
  mkdirSync(join(folder, 'folder.npy'));
  t.throws(() => fromFile(join(folder, 'folder.npy')), {
    code: 'ERR_DATA_FILE',
    message: /regular file but .* a folder/,
  });
  write(numbers, [rows, cols]);
  for (const [options, message] of [
    [{ rows: [3, 3] }, /\[first, end\) inside of its 70000 rows/],
    [{ rows: [0, 70_001] }, /inside of its 70000 rows/],
    [{ columns: [5] }, /columns from 0 to 4/],
    [{ columns: ['x'] }, /numbers of columns/],
    [{ scale: Number.NaN }, /a finite number for scale/],
    [{ row: 1 }, /Unknown option "row" of fromFile/],
  ] as const)
    t.throws(() => fromFile(path, options as never), { code: 'ERR_OPTION', message });
  truncateSync(path, 1000);
  t.throws(() => fromFile(path), { code: 'ERR_DATA_FILE', message: /is malformed: .* but it has 1000/ });
  const holed = numbers.slice(0, 20);
  holed[12] = Number.NaN;
  write(holed, [4, 5]);
  const { take, read } = { take: fromFile(path).take(Int32Array.of(0, 2)), read: fromFile(path) };
  t.strictSame(read.read(0, 2), numbers.slice(0, 10), 'what is before it');
  const nan = {
    code: 'ERR_NONFINITE',
    message: `Expected finite numbers in ${path} but received NaN in row 2, column 2.`,
  };
  t.throws(() => take.read(0, 2), nan);
  t.throws(() => fromFile(path, { columns: [2] }).read(1, 3), nan);
});

t.test('files that change or go', async (t) => {
  const changed = {
    code: 'ERR_DATA_FILE',
    message: `${path} is not as it was when it was opened: it was changed or replaced meanwhile.`,
  };
  for (const [what, change, error] of [
    ['shrunk', () => truncateSync(path, 100_000), changed],
    ['grown', () => appendFileSync(path, 'x'), changed],
    ['written to', () => utimesSync(path, 1, 1), changed],
    [
      'replaced',
      () => {
        write(numbers, [rows, cols], `${path}.new`);
        renameSync(`${path}.new`, path);
      },
      changed,
    ],
    ['removed', () => rmSync(path), { code: 'ERR_DATA_FILE', message: new RegExp(`^${path} cannot be read: ENOENT`) }],
  ] as const) {
    write(numbers, [rows, cols]);
    const file = fromFile(path);
    file.read(0, 10);
    change();
    t.throws(() => file.read(0, 10), error, what);
  }
});
