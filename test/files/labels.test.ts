/** @file Labels of classes from files. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type FileSource, readLabels, writeMatrix } from '../../lib/index.js';

const folder = t.testdir();

function csv(text: string, more: Partial<FileSource> = {}): FileSource {
  const file = join(folder, 'labels.csv');
  writeFileSync(file, text);
  return { file, ...more };
}

t.test('columns of integers and of strings', async (t) => {
  const cases: [text: string, more: Partial<FileSource>, labels: (string | number)[]][] = [
    ['3\n-1\n 3\n', {}, [3, -1, 3]],
    ['class\n3\n1\n', {}, [3, 1]],
    ['x,species\n1.5,cat\n2, dog \n\n', { columns: ['species'] }, ['cat', 'dog']],
    ['1.5,"a, b"\n2,a\n', { columns: [1] }, ['a, b', 'a']],
    ['cat\ndog\n', { header: false }, ['cat', 'dog']],
    ['cat\ndog\n', { header: true }, ['dog']],
    ['7;x\r\n9;y', { delimiter: ';', columns: [0] }, [7, 9]],
    ['1\n2\nunknown\n', {}, ['1', '2', 'unknown']],
    ['007\n7\n070\n1e2\n100\n', {}, ['007', '7', '070', '1e2', '100']],
    ['1\n2\n+3\n', {}, ['1', '2', '+3']],
    ['1\n0\n-0\n', {}, ['1', '0', '-0']],
    ['1.0\n2.0\n', {}, ['1.0', '2.0']],
    ['9007199254740992\n1\n', {}, ['9007199254740992', '1']],
    ['9007199254740991\n-9007199254740991\n', {}, [9007199254740991, -9007199254740991]],
    ['6.5\n7\nXL\n', {}, ['6.5', '7', 'XL']],
    ['x,country\n1,NA\n2,DE\n', { columns: ['country'] }, ['NA', 'DE']],
    ['class\ncat\ndog\n', {}, ['cat', 'dog']], // as gnvpro predict writes them
    ['"kind"\ncat\ndog\n', {}, ['cat', 'dog']],
    ['\ufeffclass,x\n3,1\n', { columns: ['class'] }, [3]],
  ];
  for (const [text, more, labels] of cases) t.strictSame(await readLabels(csv(text, more)), labels, text);
  t.strictSame(await readLabels(csv('3\n-1\n 3\n').file), [3, -1, 3], 'a path will do');
});

t.test('columns of .npy files', async (t) => {
  const file = join(folder, 'labels.npy');
  await writeMatrix(file, [[4], [-2], [4]]);
  t.strictSame(await readLabels(file), [4, -2, 4]);
  await writeMatrix(file, [
    [0.5, 1],
    [0.25, 3],
  ]);
  t.strictSame(await readLabels({ file, columns: [1] }), [1, 3]);
  await t.rejects(readLabels({ file, columns: [0] }), {
    code: 'ERR_LABEL',
    message: `Expected a string or an integer for row 0 of ${file} but received 0.5.`,
  });
  await t.rejects(readLabels(file), { code: 'ERR_SHAPE', message: /one column of labels of .* but received 2/ });
});

t.test('what is refused, with its place', async (t) => {
  const cases: [text: string, more: Partial<FileSource>, code: string, message: RegExp][] = [
    ['', {}, 'ERR_DATA_FILE', /empty/],
    ['class\n', { header: true }, 'ERR_DATA_FILE', /only a header/],
    ['cat\ndog\n', {}, 'ERR_DATA_FILE', /line 1 of .* is a header, but it reads "cat". Set header to true or false/],
    ['cat\n', {}, 'ERR_DATA_FILE', /Set header/],
    ['1\n2.5\n', {}, 'ERR_LABEL', /an integer or a name in line 2 of .* but received 2.5/],
    ['1\n1e999\n', {}, 'ERR_LABEL', /an integer or a name in line 2 of .* but received 1e999/],
    ['1\n2\nNA\n3\n', {}, 'ERR_LABEL', /an integer or a name in line 3 of .* but received NA/],
    ['3\n?\n', {}, 'ERR_LABEL', /line 2 of .* but received \?/],
    ['3+\n2\n1\n3+\n', {}, 'ERR_DATA_FILE', /above numbers, but line 4 has "3\+" again. Set header/],
    ['1,cat\n2,\n', { columns: [1] }, 'ERR_DATA_FILE', /a label in line 2 of .* but received an empty field/],
    ['1,cat\n2\n', { columns: [1] }, 'ERR_DATA_FILE', /2 fields in line 2 .* but received 1/],
    ['1,cat\n', {}, 'ERR_SHAPE', /one column of labels of .* but received 2. Choose one with columns/],
    ['x,class\n1,cat\n', { columns: ['clas'] }, 'ERR_OPTION', /a column of the header \(x, class\)/],
    ['1\n', { delimiter: 'ab' }, 'ERR_OPTION', /one character/],
  ];
  for (const [text, more, code, message] of cases)
    await t.rejects(readLabels(csv(text, more)), { code, message }, text);
  await t.rejects(readLabels(join(folder, 'none.csv')), { code: 'ERR_DATA_FILE', message: /cannot be read/ });
  await t.rejects(readLabels(join(folder, 'labels.txt')), { code: 'ERR_DATA_FILE', message: /\.npy or \.csv/ });
});
