/** @file JSON that people write: byte order marks, other encodings, and the place of a mistake. */
import t from 'tap';
import { parseJson } from '../lib/json.js';

const parse = (content: string | Uint8Array) => parseJson(content, 'a.json', 'ERR_JOB_FILE');

t.test('with and without a byte order mark', async (t) => {
  const value = { größe: [1, true, null, 'č'] };
  const text = JSON.stringify(value);
  for (const content of [text, `\ufeff${text}`]) {
    t.strictSame(parse(content), value);
    t.strictSame(parse(Buffer.from(content)), value);
  }
});

t.test('other encodings are named', async (t) => {
  const utf16 = /Expected JSON in UTF-8 in a\.json but it is UTF-16\. Save it as UTF-8\./;
  for (const text of ['{"a":1}', '\ufeff{"a":1}', '\ufeff']) {
    const bytes = Buffer.from(text, 'utf16le');
    t.throws(() => parse(bytes), { code: 'ERR_JOB_FILE', message: utf16 });
    t.throws(() => parse(Buffer.from(bytes).swap16()), { message: utf16 });
  }
  const latin1 = Buffer.from('{\n "columns": [\n  "größe"]}', 'latin1');
  t.throws(() => parse(latin1), { message: /Expected JSON in UTF-8 in a\.json but line 3 has bytes that are none/ });
});

t.test('the line and column of a mistake, whatever the parser says of it', async (t) => {
  const cases: [text: string, line: number, column: number][] = [
    ['', 1, 1],
    ['  \n', 2, 1],
    ['[1,2', 1, 5],
    ['{"a": 1,}', 1, 9],
    ['{"a" 1}', 1, 6],
    ['{"a": [1, 2}', 1, 12],
    ["{'a': 1}", 1, 2],
    ['{\n "a": 1\n "b": 2 }', 3, 2],
    ['{\n "a": NaN }', 2, 7],
    ['{ "a": [],\n "b": [1,, 2] }', 2, 10],
    ['{ "a": }', 1, 8],
    ['{ "a": "x]y", "b": [[], {}, tru] }', 1, 29],
    ['{ "a": "\\"", "b": .5 }', 1, 19],
    ['{}\n}', 2, 1],
    ['undefined', 1, 1],
    [':', 1, 1],
    ['\ufeff{"a": 01}', 1, 8],
  ];
  for (const [text, line, column] of cases) {
    const message = new RegExp(`^Expected JSON in a\\.json, line ${line}, column ${column}: `);
    t.throws(() => parse(text), { code: 'ERR_JOB_FILE', message }, JSON.stringify(text));
  }
  t.throws(
    () => parseJson('{', 'h.jsonl', 'ERR_JOB_FILE', 7),
    { message: /h\.jsonl, line 7, column 2/ },
    'of a later line',
  );
});
