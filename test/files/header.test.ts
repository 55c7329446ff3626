/** @file Names and data in the first line of .csv files: what is seen, what is asked, and what is written. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readTable } from '../../lib/files/matrixFile.js';
import { type FileSource, readLabels, readMatrix, writeMatrix } from '../../lib/index.js';

const file = join(t.testdir(), 'a.csv');
type Options = Omit<FileSource, 'file'>;

function table(text: string, options: Options = {}) {
  writeFileSync(file, text);
  return readTable({ file, ...options });
}

function labels(text: string, options: Options = {}) {
  writeFileSync(file, text);
  return readLabels({ file, ...options });
}

const asks = { code: 'ERR_DATA_FILE', message: /line 1 of .*a\.csv.* Set header to true or false\./ };

t.test('what is written with names is read with them', async (t) => {
  const names = [
    ['2019', '2020'],
    ['0', '1'],
    ['x', '7'],
    ['NA', 'nan'],
    ['-', 'inf'],
    ['1e3', 'a, b'],
    ['0x10', 'x "y"'],
    ['1,5', 'x'],
    ['none', ' padded'],
  ];
  for (const header of names) {
    await writeMatrix(
      file,
      [
        [1, 2],
        [3, 4],
      ],
      { header },
    );
    const read = await readTable(file);
    t.strictSame([read.names, read.matrix.shape], [header, [2, 2]], JSON.stringify(header));
  }
  await writeMatrix(file, [[1], [2]], { header: ['1,5'] });
  await t.rejects(readTable(file), asks, 'quotes that a decimal comma needs are no mark');
  await writeMatrix(file, [[1, 2]], { header: ['x', 'y'] });
  t.equal(readFileSync(file, 'utf8'), 'x,y\n1,2\n', 'quotes are for names that need them');
  await t.rejects(writeMatrix(file, [[1, 2]], { header: ['x', ' '] }), { code: 'ERR_OPTION', message: /2 names/ });
});

t.test('what is written without names is read without', async (t) => {
  for (const rows of [
    [
      [0, 1, 2],
      [0.5, 0.6, 0.7],
    ],
    [
      [0, 1],
      [1, 0.5],
    ],
    [
      [0, 1],
      [1, 0],
    ],
    [[0], [0.5]],
    [
      [-0, 1],
      [0.5, 2],
    ],
  ]) {
    await writeMatrix(file, rows);
    const { data, shape } = await readMatrix(file);
    t.strictSame([Array.from(data), shape], [rows.flat(), [2, rows[0].length]], JSON.stringify(rows));
  }
});

t.test('the habits of others', async (t) => {
  const r = await table('"2019","2020"\n1,2\n3,4\n');
  t.strictSame(
    [r.names, r.matrix.shape],
    [
      ['2019', '2020'],
      [2, 2],
    ],
    'R quotes names',
  );
  t.strictSame((await table('"1","2"\n"3","4"\n')).matrix.shape, [2, 2], 'numbers that are all in quotes');
  t.strictSame((await table('"1","2"\n')).matrix.shape, [1, 2]);
  t.strictSame((await table('Na,K\n1,2\n')).names, ['Na', 'K'], 'sodium is no missing value');
  t.strictSame((await table('#ID,# x\n1,2\n')).names, ['#ID', '# x']);
  t.strictSame((await table('first 1st,2nd\n1,2\n')).names, ['first 1st', '2nd']);
  t.strictSame((await table('2020-01,2020-02\n1,2\n')).names, ['2020-01', '2020-02']);
  await t.rejects(table('"","x"\n"1",0.5\n'), asks, 'R, with the names of rows');
  await t.rejects(table(',x\n0,0.5\n'), asks, 'pandas, with its index');
  const columns = ['x'];
  t.strictSame([...(await table('"","x"\n"1",0.5\n', { columns })).matrix.data], [0.5], 'names that are there');
  t.strictSame([...(await table(',x\n0,0.5\n', { columns })).matrix.data], [0.5]);
  t.strictSame([...(await table('x,NA,\n0.5,1,\n', { columns })).matrix.data], [0.5]);
  t.strictSame(await labels(',x\n0,cat\n1,dog\n', { columns }), ['cat', 'dog']);
  t.strictSame([...(await table('2019,2020\n1,2\n', { columns: ['2020'] })).matrix.data], [2]);
  await t.rejects(table(',x\n0,0.5\n', { columns: [1] }), asks);
  await t.rejects(table(',x\n0,0.5\n', { columns: ['x', 'y'] }), asks);
  await t.rejects(table('0,1,2\n0.5,0.6,0.7\n'), { ...asks, message: /names that pandas gives .* Set header to true/ });
  await t.rejects(table('0,1\n0.5,0.6\n'), asks, 'pandas, without');
  await t.rejects(labels('0,1,2\n1,0,7\n', { columns: [2] }), asks);
  t.strictSame((await table('0,1,2\n0.5,0.6,0.7\n', { header: true })).matrix.shape, [1, 3]);
  t.strictSame((await table('0,1,2\n0.5,0.6,0.7\n', { header: false })).matrix.shape, [2, 3]);
});

t.test('a word where numbers that may be names are taken as data', async (t) => {
  const noted = ['2019,2020\n1.5,2.5\n', '0,1\n3,4\n', '0\n0.5\n'];
  const plain = ['1,2\n3,4\n', '1.5,2.5\n3,4\n', '7,7\n0.5,1\n', '5\n0.5\n', '0\n1\n', 'x,y\n1,2\n', '1,2\n'];
  for (const text of noted) {
    const { note, matrix } = await table(text);
    t.match(note, /^Line 1 of .*a\.csv, ".*", was taken as data\. Set header to true/, text);
    t.equal(matrix.shape[0], 2);
    for (const header of [true, false]) t.equal((await table(text, { header })).note, null);
  }
  const { note, matrix } = await table('2019,2020\n1,2\n', { columns: ['2020'] });
  t.match([note, matrix.shape[0]], [/"2019, 2020", was taken as names\. Set header to false/, 1]);
  for (const text of plain) t.equal((await table(text)).note, null, text);
});

t.test('missing and faulty numbers in the first line are no names', async (t) => {
  const words = [
    'nan',
    'NaN',
    '-nan',
    'NA',
    'N/A',
    '#N/A',
    '<NA>',
    'n/a',
    'inf',
    '-inf',
    '+Infinity',
    '-',
    '--',
    '?',
    '.',
  ];
  words.push(
    'null',
    'NULL',
    'None',
    '#DIV/0!',
    '#REF!',
    '#NAME?',
    '1.#IND',
    '1,5',
    '1 000',
    '1_000',
    '0x1F',
    '1.5.2',
    '5%',
    '$3',
    '1d5',
  );
  for (const word of words) {
    const field = word.includes(',') ? `"${word}"` : word;
    await t.rejects(table(`${field},${field}\n1,2\n`), asks, word);
    await t.rejects(table(`x,${field}\n1,2\n`), asks, `${word}, beside a name`);
    await t.rejects(table(`${field}\n1\n2\n`), asks, `${word}, alone`);
    await t.rejects(labels(`cat,${field}\n1.5,dog\n`, { columns: [1] }), asks, `${word}, beside labels`);
    const refused = { code: 'ERR_DATA_FILE', message: /a finite number in line 1, column 1 of / };
    await t.rejects(table(`${field}\n1\n2\n`, { header: false }), refused);
    t.strictSame((await table(`${field}\n1\n2\n`, { header: true })).matrix.shape, [2, 1]);
  }
});

t.test('another delimiter or decimal mark is named', async (t) => {
  await t.rejects(table('x;y\n1;2\n'), { message: /received "1;2"\. Is ";" the delimiter\? Then set delimiter to it/ });
  await t.rejects(table('x\ty\n1\t2\n'), { message: /Is "\\t" the delimiter/ });
  await t.rejects(table('x;y\n1,5;2,5\n'), { message: /received 3\. Is ";" the delimiter/ });
  await t.rejects(table('x;y\n1;2\n', { columns: ['y'] }), { code: 'ERR_OPTION', message: /Is ";" the delimiter/ });
  const forExcel = { code: 'ERR_DATA_FILE', message: /Line 1 of .* tells Excel the delimiter\. Remove it/ };
  await t.rejects(table('sep=;\nx;y\n1;2\n'), forExcel);
  await t.rejects(table('sep=;\nx;y\n1;2\n', { delimiter: ';' }), forExcel);
  await t.rejects(table('1;2\n'), { message: /has only a header\. Is ";" the delimiter/ });
  await t.rejects(table('x;y\n1,5;2\n', { delimiter: ';' }), {
    message: /received "1,5"\. Numbers need decimal points/,
  });
  await t.rejects(table('1,5;2,5\n3;4\n', { delimiter: ';' }), asks);
});
