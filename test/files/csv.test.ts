/** @file .csv files: what is read, what is refused, and where it says the mistake is. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { describeFile } from '../../lib/files/matrixFile.js';
import { type FileSource, readMatrix, writeMatrix } from '../../lib/index.js';

const path = join(t.testdir(), 'a.csv');
type Options = Omit<FileSource, 'file'>;

function read(text: string | Buffer, options: Options = {}) {
  writeFileSync(path, text);
  return readMatrix({ file: path, ...options });
}

t.test('what is read', async (t) => {
  const cases: [text: string | Buffer, values: number[][], options?: Options][] = [
    [
      '1,2\n3,4\n',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      '1,2\n3,4',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      '1,2\r\n3,4\r\n\r\n \r\n',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['\ufeffa,b\n1,2\n', [[1, 2]]],
    [Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), [[1, 2]]],
    [
      ' 1 , +.5\n-2., 1e-3\n',
      [
        [1, 0.5],
        [-2, 1e-3],
      ],
    ],
    ['"1","2"\n', [[1, 2]]],
    // Lines that end in CR alone, as old spreadsheets of the Macintosh write them.
    ['x,y\r1,2\r', [[1, 2]]],
    [
      '1,2\r3,4\r5,6',
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ],
    ['"x\n\n",y\n1,2\n', [[1, 2]]],
    ['-0,0\n', [[-0, 0]]],
    ['5\n6\n', [[5], [6]]],
    ['x,y\n1,2\n', [[2, 1]], { columns: ['y', 'x'] }],
    ['x,y,z\n1,2,3\n', [[2, 3, 1]], { columns: [[1, 3], 'x'] }],
    ['"a ""b"", c",y\n1,2\n', [[1]], { columns: ['a "b", c'] }],
    ['x,y\nname,2\n', [[2]], { columns: ['y'] }],
    ['x,x\n1,2\n', [[2]], { columns: [1] }],
    ['1;2\n', [[1, 2]], { delimiter: ';' }],
    ['1\t2\n', [[1, 2]], { delimiter: '\t' }],
    ['1\t2\n', [[1, 2]], { delimiter: '\\t' }],
    ['1999,2000\n1,2\n', [[1, 2]], { header: true }],
    ['1999,2000\n1,2\n', [[2]], { header: true, columns: ['2000'] }],
    [
      '1,2\n3,4\n',
      [
        [1, 2],
        [3, 4],
      ],
      { header: false },
    ],
    ['0.1,1e400\n', [[0.1]], { columns: [0] }],
    ['2.2250738585072011e-308,9007199254740993\n', [[2.225073858507201e-308, 9007199254740992]]],
  ];
  for (const [text, values, options] of cases) {
    const { data, shape } = await read(text, options);
    t.strictSame([Array.from(data), shape], [values.flat(), [values.length, values[0].length]], JSON.stringify(text));
  }
});

t.test('what is refused, and where', async (t) => {
  const cases: [text: string, message: RegExp, options?: Options][] = [
    ['', /a\.csv but it is empty/],
    ['\n\n', /a\.csv but it is empty/],
    ['x,y\n', /has only a header/],
    ['x,y\n1,\n', /finite number in line 2, column 2 \("y"\) of .*a\.csv but received an empty field/],
    ['1,2\n3,four\n', /line 2, column 2 of .* received "four"/],
    ['1,2\n3,nan\n', /line 2, column 2 .* "nan"/],
    ['1,2\n3,inf\n', /"inf"/],
    ['1,2\n3,0x10\n', /"0x10"/],
    ['1,2\n3,1_000\n', /"1_000"/],
    ['1,2\n3,1e999\n', /finite number in line 2, column 2 .* "1e999"/],
    ['1,2\n3,"1,5"\n', /"1,5"/],
    [`1\n${'9'.repeat(50)}x\n`, /received "9{40}…"/],
    ['1,2\n\n3,4\n', /numbers in line 2 of .* but it is blank/],
    ['1\n\n3\n', /numbers in line 2 of .* but it is blank/],
    ['1,2\n3\n', /Expected 2 fields in line 2 of .*, as in the first, but received 1/],
    ['1,2\n3,4,5\n', /Expected 2 fields in line 2 .* received 3/],
    ['x,2\n3,4\n', /only names or only numbers in line 1 of .* received "x, 2"\. Set header to true or false/],
    [',y\n3,4\n', /Set header to true or false/],
    ['1,2\n', /has only a header/, { header: true }],
    ['x,y\n1,2\n', /line 1, column 1 of .* received "x"/, { header: false }],
    ['1,2\n3,"4\n', /is no \.csv file, near line \d+: Quote Not Closed/],
    ['1,2\n3,"4"5\n', /is no \.csv file, near line 2/],
  ];
  for (const [text, message, options] of cases) {
    await t.rejects(read(text, options), { name: 'GnvproError', code: 'ERR_DATA_FILE', message }, JSON.stringify(text));
  }
  await t.rejects(read('x,y\n1,2\n', { columns: ['z'] }), {
    code: 'ERR_OPTION',
    message: /header \(x, y\) .* received "z"/,
  });
  await t.rejects(read('x,x\n1,2\n', { columns: ['x'] }), {
    code: 'ERR_OPTION',
    message: /which several have; choose by number/,
  });
  await t.rejects(read('1,2\n', { columns: ['x'] }), { code: 'ERR_OPTION', message: /there is no header/ });
  const wide = Array.from({ length: 5000 }, (_, j) => `c${j}`).join();
  await t.rejects(read(`${wide}\n`, { columns: ['z'] }), {
    message: /\(c0, c1, .*, c29, and 4970 more\) for columns of \S+ but received "z"\.$/,
  });
  for (const delimiter of ['\n', '\r', '"', '1', 'e', 'E', '.', '+', '-', ',,', '']) {
    await t.rejects(read('1,2\n', { delimiter }), { code: 'ERR_OPTION', message: /Expected one character/ }, delimiter);
  }
});

t.test('fields that would cost time or memory without end', async (t) => {
  // The parser takes 50 µs for a blank line.
  t.strictSame((await read(`1,2\n${' \r\n\n\t'.repeat(500_000)}`)).shape, [1, 2]);
  // A pattern that tries all ways to part the digits needs hours for this one.
  await t.rejects(read(`1\n${'9'.repeat(1_000_000)}x\n`), { code: 'ERR_DATA_FILE', message: /line 2, column 1/ });
  await t.rejects(read(`1,2\n"${'3,4\n'.repeat(2 ** 22 + 9)}`), { code: 'ERR_DATA_FILE', message: /Max Record Size/ });
});

t.test('a long file, in pieces', async (t) => {
  const text = Array.from({ length: 30_000 }, (_, i) => `${i},${i / 8}`).join('\n');
  const { data, shape } = await read(`a,b\n${text}\n`);
  t.strictSame(shape, [30_000, 2]);
  t.ok(data.every((value, i) => value === (i % 2 === 0 ? i / 2 : (i - 1) / 16)));
  await t.rejects(read(`${text}\n1,x\n`), { message: /line 30001, column 2/ });
});

t.test('writes numbers that read back, after names', async (t) => {
  const data = Float64Array.of(1, 0.1, 5e-324, 1.7976931348623157e308, 1 / 3, -0);
  await writeMatrix(path, { data, shape: [2, 3] }, { header: ['x', 'a "b", c', ' z'] });
  t.match(readFileSync(path, 'utf8'), /^x,"a ""b"", c"," z"\n1,0\.1,5e-324\n/);
  t.strictSame(await readMatrix(path), { data, shape: [2, 3] });
  t.strictSame((await readMatrix({ file: path, columns: [' z'] })).data, Float64Array.of(5e-324, -0));
  await t.rejects(writeMatrix(path, [[1, 2]], { header: ['x'] }), {
    code: 'ERR_OPTION',
    message: /2 names, one a column/,
  });
  await t.rejects(writeMatrix(path.replace(/csv$/, 'txt'), [[1]]), { code: 'ERR_DATA_FILE' });
});

t.test('described without being read', async (t) => {
  writeFileSync(path, 'x,y\n1,2\nbad');
  t.strictSame(await describeFile(path), { format: 'csv', names: ['x', 'y'], columns: 2, lines: 3, bytes: 11 });
  writeFileSync(path, `x,y\n${'1,2\n'.repeat(1e5)}bad`);
  t.hasStrict(await describeFile(path), { names: ['x', 'y'], lines: 100_002 }, 'a long file');
  writeFileSync(path, '1,2\n');
  t.strictSame(await describeFile(path), { format: 'csv', names: null, columns: 2, lines: 1, bytes: 4 });
});
