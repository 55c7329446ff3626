/** @file The text of .csv files: encodings, line ends, and what is no text, with its line. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { describeFile } from '../../lib/files/matrixFile.js';
import { type FileSource, readLabels, readMatrix } from '../../lib/index.js';

const file = join(t.testdir(), 'a.csv');
type Options = Omit<FileSource, 'file'>;

async function numbers(content: string | Buffer, options: Options = {}) {
  writeFileSync(file, content);
  const { data, shape } = await readMatrix({ file, ...options });
  return Array.from({ length: shape[0] }, (_, n) => Array.from(data.subarray(n * shape[1], (n + 1) * shape[1])));
}

function labels(content: string | Buffer, options: Options = {}) {
  writeFileSync(file, content);
  return readLabels({ file, ...options });
}

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

t.test('all encodings that a byte order mark names are read', async (t) => {
  const text = 'größe,č\r\n1,2\r\n3,4\r\n';
  const encoded = {
    'UTF-8': Buffer.from(text),
    'UTF-8, marked': Buffer.from(`\ufeff${text}`),
    'UTF-16LE': Buffer.from(`\ufeff${text}`, 'utf16le'),
    'UTF-16BE': utf16be(`\ufeff${text}`),
  };
  for (const [name, bytes] of Object.entries(encoded)) {
    t.strictSame(
      await numbers(bytes, { columns: ['č', 'größe'] }),
      [
        [2, 1],
        [4, 3],
      ],
      name,
    );
    t.hasStrict(await describeFile(file), { names: ['größe', 'č'], lines: 3, bytes: bytes.length }, name);
  }
  t.strictSame(await labels(utf16be('\ufeffc\npêche\npièce\n'), { header: true }), ['pêche', 'pièce']);
});

t.test('bytes that are no text are refused with their line', async (t) => {
  const latin1 = Buffer.from('x,c\n1,pêche\n2,pièche\n4,thon\n', 'latin1');
  const columns = ['c'];
  const refused = { code: 'ERR_DATA_FILE', message: /text in UTF-8 in .*a\.csv but line 2 has bytes that are none/ };
  await t.rejects(labels(latin1, { columns }), refused);
  await t.rejects(numbers(latin1, { columns: ['x'] }), refused, 'also beside the columns that are read');
  await t.rejects(describeFile(file), refused);
  await t.rejects(numbers(Buffer.from('größe,y\n1,2\n', 'latin1')), { message: /line 1 has bytes/ }, 'a header');
  for (const end of ['\r', '\r\n', '\n']) {
    const content = Buffer.from(['1', '2', '', '3 ', 'é'].join(end), 'latin1');
    await t.rejects(numbers(content), { message: /line 5 has bytes/ }, JSON.stringify(end));
  }
  // A character that is cut at the end of the file, and one that is longer than it may be.
  await t.rejects(labels(Buffer.from('a\nb\nč').subarray(0, 5), { header: false }), { message: /line 3 has bytes/ });
  await t.rejects(labels(Buffer.of(0x61, 0x0a, 0xc0, 0xaf), { header: false }), { message: /line 2 has bytes/ });
  await t.rejects(numbers(Buffer.from('1,2\n3,4\n', 'utf16le')), {
    message: /line 1 has a NUL byte\. Perhaps it is UTF-16/,
  });
  await t.rejects(labels('a\nb\0c\n', { header: false }), { message: /line 2 has a NUL byte/ });
  const halved = Buffer.from('\ufeff1,2\n', 'utf16le').subarray(0, -1);
  await t.rejects(numbers(halved), {
    code: 'ERR_DATA_FILE',
    message: /UTF-16 text in .*, as its byte order mark says/,
  });
});

t.test('characters and line ends across the pieces in which a file is read', async (t) => {
  const piece = 2 ** 18;
  for (let shift = 0; shift < 5; shift++) {
    const names = `${'a'.repeat(piece - 4 + shift - 'č,'.length)}č,€`;
    t.strictSame(
      await numbers(`${names}\r\n1,2\n3,4`),
      [
        [1, 2],
        [3, 4],
      ],
      `${shift}`,
    );
    const [begin, rest] = [`${' '.repeat(piece - 6)}1\n`, `${' '.repeat(shift)}7\r\n8\r9\n`];
    t.strictSame(await numbers(begin + rest), [[1], [7], [8], [9]]);
    t.hasStrict(await describeFile(file), { lines: 4 });
    const broken = Buffer.concat([Buffer.from(begin + rest), Buffer.of(0xe2, 0x82)]);
    await t.rejects(numbers(broken), { message: /line 5 has bytes/ });
  }
});

t.test('line ends of several kinds in one file', async (t) => {
  t.strictSame(await labels('c\r\na\r\nb\na\r\n', { header: true }), ['a', 'b', 'a']);
  t.strictSame(await numbers('x\r\n1\r\n2\n3\r\n'), [[1], [2], [3]]);
  t.strictSame(await numbers('x,y\n1,2\r\n3,4\r5,6\n'), [
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  t.strictSame(await labels('"a\r\nb",1\nc,2\r\n', { columns: [0] }), ['a\r\nb', 'c'], 'in quotes they are text');
  await t.rejects(numbers('1,2\r\r\n3,4\r\r\n'), { message: /numbers in line 2 of .* but it is blank/ });
  await t.rejects(numbers('x,y\r\n1,2\n3,four\r\n'), { message: /line 3, column 2/ }, 'lines are counted right');
});
