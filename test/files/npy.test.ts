/** @file .npy files against those that NumPy wrote (test/fixtures/npy.json), and what is refused. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { describeFile } from '../../lib/files/matrixFile.js';
import { readFully, withFile } from '../../lib/files/reading.js';
import { fromFile, readMatrix, writeMatrix } from '../../lib/index.js';
import { decode } from '../support/fixtures.js';

interface Case {
  readonly dtype: string;
  readonly order: string;
  readonly version: string | null;
  readonly shape: number[];
  readonly file: string;
  readonly values: string;
}

const { cases } = JSON.parse(readFileSync(new URL('../fixtures/npy.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};
const folder = t.testdir();
const path = join(folder, 'a.npy');

/** A file of format 1.0 from its header's text and data. */
function npy(header: string, data: Uint8Array, { version = [1, 0], length = header.length } = {}): void {
  const size = version[0] === 1 ? [length & 255, length >> 8] : [...Buffer.from(Uint32Array.of(length).buffer)];
  writeFileSync(
    path,
    Buffer.concat([
      Buffer.from([0x93]),
      Buffer.from('NUMPY'),
      Buffer.from([...version, ...size]),
      Buffer.from(header, 'latin1'),
      data,
    ]),
  );
}

const bytesOf = (...values: number[]) => new Uint8Array(Float64Array.from(values).buffer);
const describe = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': (${shape}), }\n`;

t.test('every type, order and format', async (t) => {
  t.ok(cases.length >= 29);
  for (const { dtype, order, version, shape, file, values } of cases) {
    writeFileSync(path, Buffer.from(file, 'base64'));
    const name = `${dtype} ${order} ${version ?? ''} (${shape})`;
    const expected = decode(values);
    const [rows, cols = 1] = shape;
    t.strictSame(await readMatrix(path), { data: expected, shape: [rows, cols] }, name);
    const facts = await describeFile(path);
    t.hasStrict(facts, { format: 'npy', dtype, shape, ...(version === null ? {} : { version }) }, name);
    if (cols === 1) continue;
    t.hasStrict(facts, { order }, name);
    const picked = await readMatrix({ file: path, columns: [2, [0, 2]] });
    const columns = Float64Array.from({ length: 3 * rows }, (_, i) => expected[3 * Math.floor(i / 3) + ((i + 2) % 3)]);
    t.strictSame(picked, { data: columns, shape: [rows, 3] }, `${name}, columns 2 0 1`);
  }
});

t.test('more than one piece of the file, rows longer than a piece', async (t) => {
  for (const [rows, cols] of [
    [70_000, 5],
    [2, 300_000],
  ] as const) {
    const data = Float64Array.from({ length: rows * cols }, (_, i) => i);
    await writeMatrix(path, { data, shape: [rows, cols] });
    const { data: picked } = await readMatrix({ file: path, columns: [1, 4] });
    t.ok(
      picked.every((value, i) => value === Math.floor(i / 2) * cols + (i % 2 === 0 ? 1 : 4)),
      `${rows} × ${cols}`,
    );
    npy(describe("'<f8'", `${cols}, ${rows}`, 'True'), new Uint8Array(data.buffer));
    const transposed = await readMatrix({ file: path, columns: [1] });
    t.ok(
      transposed.data.every((value, i) => value === cols + i),
      'Fortran',
    );
  }
});

t.test('headers as others write them', async (t) => {
  const data = bytesOf(1, 2, 3, 4);
  const headers = [
    '{"shape":(2,2),"fortran_order":False,"descr":"<f8"}',
    "{'descr': '<f8', 'fortran_order': False, 'shape': (2L, 2L)}",
    "\n { 'fortran_order' : False , 'shape' : ( 2 , 2 , ) , 'descr' : '<f8' , } \0\0",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), 'more': [None, (True,)]}",
  ];
  for (const header of headers) {
    npy(header, data);
    t.strictSame(await readMatrix(path), { data: Float64Array.of(1, 2, 3, 4), shape: [2, 2] }, header);
  }
});

t.test('of more than two dimensions all behind the first are a row', async (t) => {
  npy(describe("'<f8'", '2, 1, 2'), bytesOf(1, 2, 3, 4));
  t.strictSame(await readMatrix(path), { data: Float64Array.of(1, 2, 3, 4), shape: [2, 2] });
  t.strictSame([...fromFile(path).read(1, 2)], [3, 4]);
});

t.test('what is refused, and how', async (t) => {
  const data = bytesOf(1, 2, 3, 4);
  const good = describe("'<f8'", '2, 2');
  const cases: [write: () => void, message: RegExp, code?: string][] = [
    [() => writeFileSync(path, 'no array'), /to begin with \\x93NUMPY, but it is no \.npy file/],
    [() => writeFileSync(path, ''), /no \.npy file/],
    [() => npy(good, data, { version: [4, 0] }), /it has format 4\.0; 1\.0, 2\.0 and 3\.0 are known/],
    [() => npy(good, data, { length: 60_000 }), /names a header of 60000 bytes, but the file has \d+/],
    [() => npy(good, data, { version: [2, 0], length: 2 ** 31 }), /names a header of 2147483648 bytes/],
    [
      () => npy(good, data.subarray(0, 31)),
      /\d+ bytes of header and 2 × 2 × 8 bytes of data make (\d+) bytes, but it has \d+/,
    ],
    [() => npy(good, Buffer.concat([data, data])), /make \d+ bytes, but it has \d+/],
    [() => npy(describe("'<f8'", '2, 1000000000000'), data), /2 × 1000000000000 × 8 bytes of data make/],
    [() => npy(describe("'>f8'", '2, 2'), data), /big-endian\. Convert it in NumPy: a\.astype\("<f8"\)/],
    [() => npy(describe("'<c16'", '2,'), data), /complex\. Convert it in NumPy: numpy\.hstack/],
    [() => npy(describe("'<U8'", '1,'), data), /the type "<U8"\. Convert/],
    [() => npy(describe("'|O'", '4,'), data), /the type "\|O"/],
    [() => npy(describe("[('x', '<f8')]", '4,'), data), /a structured type/],
    [() => npy(describe("'<f8'", ''), data.subarray(0, 8)), /one or two dimensions.* shape is \(\)/],
    [
      () => npy(describe("'<f8'", '2, 1, 2', 'True'), data),
      /shape is \(2, 1, 2\) in Fortran order\. In NumPy: a\.reshape\(len\(a\), -1\)/,
    ],
    [() => npy(describe("'<f8'", '2, 0, 4'), new Uint8Array()), /at least one number .* shape is \(2, 0, 4\)/],
    [() => npy(describe("'<f8'", '0, 4'), new Uint8Array()), /at least one number .* shape is \(0, 4\)/],
    [() => npy(describe("'<f8'", '-2, -2'), data), /its header has "-2, -2\), }" where it should not/],
    [() => npy("{'descr': '<f8', 'shape': (2, 2)}", data), /its header has no fortran_order/],
    [() => npy("{'fortran_order': False, 'shape': (2, 2)}", data), /its header has no descr/],
    [() => npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 'x')}", data), /no shape of whole numbers/],
    [() => npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2)", data), /its header has no end/],
    [() => npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2)} + 1", data), /"\+ 1" where it should not/],
    [() => npy("__import__('os')", data), /where it should not/],
    [() => npy(`{'descr': ${'(['.repeat(30_000)}`, data), /its header has more than 16 lists in each other/],
    [
      () => npy(describe("'<i8'", '2, 2'), new Uint8Array(BigInt64Array.of(1n, 2n, 3n, 2n ** 53n + 1n).buffer)),
      /row 1, column 1 is beyond 2\^53/,
    ],
    [
      () => npy(good, bytesOf(1, 2, Number.NaN, 4)),
      /finite numbers in .*a\.npy but received NaN in row 1, column 0/,
      'ERR_NONFINITE',
    ],
    [
      () => npy(describe("'<f8'", '2, 2', 'True'), bytesOf(1, 2, Number.POSITIVE_INFINITY, 4)),
      /received Infinity in row 0, column 1/,
      'ERR_NONFINITE',
    ],
  ];
  for (const [write, message, code = 'ERR_DATA_FILE'] of cases) {
    write();
    await t.rejects(readMatrix(path), { name: 'GnvproError', code, message }, String(message));
  }
});

t.test('paths and choices', async (t) => {
  await writeMatrix(path, [
    [1, 2],
    [3, 4],
  ]);
  const at = (name: string) => join(folder, name);
  const cases: [source: unknown, code: string, message: RegExp][] = [
    [at('absent.npy'), 'ERR_DATA_FILE', /absent\.npy cannot be read: ENOENT/],
    [at('a.txt'), 'ERR_DATA_FILE', /a file that ends in \.npy or \.csv/],
    [t.testdir({ 'folder.npy': {} }) && join(t.testdirName, 'folder.npy'), 'ERR_DATA_FILE', /is a folder/],
    ['/dev/zero/x.npy', 'ERR_DATA_FILE', /ENOTDIR/],
    [{ file: path, column: [1] }, 'ERR_OPTION', /Unknown option "column".*Did you mean "columns"/],
    [{ file: '' }, 'ERR_OPTION', /Expected a path for file/],
    [{ file: path, columns: 1 }, 'ERR_OPTION', /Expected an array for columns/],
    [{ file: path, columns: [] }, 'ERR_OPTION', /at least one column .* received none/],
    [{ file: path, columns: [2] }, 'ERR_OPTION', /columns from 0 to 1, .* received 2/],
    [{ file: path, columns: [-1] }, 'ERR_OPTION', /received -1/],
    [{ file: path, columns: [[1, 1]] }, 'ERR_OPTION', /received \[1, 1\]/],
    [{ file: path, columns: [[0, 3]] }, 'ERR_OPTION', /received \[0, 3\]/],
    [{ file: path, columns: [0.5] }, 'ERR_OPTION', /received 0.5/],
    [{ file: path, columns: ['x'] }, 'ERR_OPTION', /there is no header/],
    [{ file: path, header: 'yes' }, 'ERR_OPTION', /header of/],
    [{ file: path, delimiter: '' }, 'ERR_OPTION', /delimiter of/],
    [null, 'ERR_OPTION', /object/],
  ];
  for (const [source, code, message] of cases)
    await t.rejects(readMatrix(source as string), { code, message }, String(message));
});

t.test('more than memory is refused, with the arithmetic, before it is read', async (t) => {
  const rows = 2 ** 37; // a sparse file: 2^38 bytes that the disk does not hold
  const header = describe("'|u1'", `${rows}, 2`);
  npy(header, new Uint8Array());
  truncateSync(path, 10 + header.length + 2 * rows);
  const message =
    /a\.npy holds 137,438,953,472 × 2 numbers to read; at 8 bytes each they need 2,048 GiB, but [\d.,]+ GiB are available/;
  await t.rejects(readMatrix(path), { code: 'ERR_MEMORY', message });
});

t.test('the limit of a container or a batch job counts', async (t) => {
  const { constrainedMemory } = process;
  t.teardown(() => {
    process.constrainedMemory = constrainedMemory;
  });
  await writeMatrix(path, [[1, 2]]);
  process.constrainedMemory = () => process.memoryUsage.rss() - 2 ** 20;
  await t.rejects(readMatrix(path), { code: 'ERR_MEMORY', message: /1 × 2 numbers .* but 0 GiB are available/ });
  for (const none of [0, 2 ** 64]) {
    process.constrainedMemory = () => none;
    t.strictSame((await readMatrix(path)).shape, [1, 2], `${none} stands for no limit`);
  }
});

t.test('of rows longer than memory, the chosen columns alone are read', async (t) => {
  const cols = 2 ** 37;
  for (const fortran of ['False', 'True']) {
    const header = describe("'|u1'", `1, ${cols}`, fortran);
    npy(header, new Uint8Array());
    truncateSync(path, 10 + header.length + cols - 1);
    appendFileSync(path, Uint8Array.of(7));
    const columns = [cols - 1, [cols - 3, cols], 0] as const;
    t.strictSame(await readMatrix({ file: path, columns }), { data: Float64Array.of(7, 0, 0, 7, 0), shape: [1, 5] });
    const message = /a\.npy holds 1 × 68,719,476,736 numbers to read/;
    await t.rejects(readMatrix({ file: path, columns: [[cols / 2, cols]] }), { code: 'ERR_MEMORY', message });
  }
});

t.test('columns in any order, at the borders of pieces', async (t) => {
  const [rows, cols] = [3, 300_000]; // 2.4 MB a row
  await writeMatrix(path, { data: Float64Array.from({ length: rows * cols }, (_, i) => i), shape: [rows, cols] });
  const columns = Array.from({ length: cols / 100 }, (_, j) => cols - 1 - 100 * j);
  const { data, shape } = await readMatrix({ file: path, columns });
  t.strictSame(shape, [rows, columns.length]);
  t.ok(data.every((value, i) => value === Math.floor(i / columns.length) * cols + columns[i % columns.length]));
});

t.test('files that change while they are read', async (t) => {
  await writeMatrix(path, [[1, 2]]);
  const changes = [() => appendFileSync(path, 'x'), () => truncateSync(path, 10), () => utimesSync(path, 1, 1)];
  for (const change of changes) {
    await t.rejects(
      withFile(path, async () => change()),
      { code: 'ERR_DATA_FILE', message: /a\.npy changed while it was read/ },
    );
  }
  await t.rejects(
    withFile(path, (handle) => readFully(handle, new Uint8Array(11), 0, path)),
    { code: 'ERR_DATA_FILE', message: /became shorter while it was read/ },
  );
});

t.test('a named pipe is refused, not waited for', { skip: process.platform === 'win32' }, async (t) => {
  const pipe = join(folder, 'pipe.npy');
  execFileSync('mkfifo', [pipe]);
  await t.rejects(readMatrix(pipe), { code: 'ERR_DATA_FILE', message: /regular file but .* is a pipe or device/ });
});

t.test('writes what NumPy writes, all or nothing', async (t) => {
  const data = Float64Array.of(1, -2.5, 5e-324, 1.7976931348623157e308, -0, 1 / 3);
  await writeMatrix(path, { data, shape: [2, 3] });
  const bytes = readFileSync(path);
  t.equal((bytes.length - data.byteLength) % 64, 0, 'aligned as NumPy aligns');
  t.match(bytes.toString('latin1', 10), /^\{'descr': '<f8', 'fortran_order': False, 'shape': \(2, 3\), \} *\n/);
  t.strictSame(await readMatrix(path), { data, shape: [2, 3] });
  await t.rejects(writeMatrix(path, [[1], [Number.NaN]]), { code: 'ERR_NONFINITE' });
  await t.rejects(writeMatrix(join(folder, 'absent', 'a.npy'), [[1]]), { code: 'ENOENT' });
  t.strictSame(readFileSync(path), bytes, 'the old file stays');
});

t.test('writes what the matrix was at the call', async (t) => {
  for (const name of ['a.npy', 'a.csv']) {
    const data = Float64Array.of(1, 2);
    const written = writeMatrix(join(folder, name), { data, shape: [1, 2] });
    data.fill(3);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    await written;
    t.strictSame((await readMatrix(join(folder, name))).data, Float64Array.of(1, 2), name);
  }
});
