/** @file Damaged files at the readers: each gives a result of the file's size, or an error with the right code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { GnvproError } from '../../lib/errors.js';
import { readMat } from '../../lib/files/mat.js';
import { readLabels, readMatrix } from '../../lib/index.js';
import { Model } from '../../lib/model/model.js';
import { withChecksum } from '../support/modelFiles.js';
import { randomModel, rotatedParts } from '../support/models.js';
import type { Choice } from './support/choice.js';
import { type Counts, fuzz, isReplay } from './support/run.js';

const folder = t.testdir();
const { cases } = JSON.parse(readFileSync(new URL('../fixtures/npy.json', import.meta.url), 'utf8')) as {
  cases: { file: string }[];
};
const npyFiles = cases.map(({ file }) => Buffer.from(file, 'base64'));
const mat = JSON.parse(readFileSync(new URL('../fixtures/mat.json', import.meta.url), 'utf8')) as {
  cases: { name: string; file: string }[];
};
const matFiles = mat.cases.map(({ file }) => Buffer.from(file, 'base64'));
const csvFiles = ['x,y,z\n1,2.5,-3e-7\n4,"5",6\n\n', '1;2\r\n3;4\r\n', '\ufeff"a, ""b""",c\n0.1,2\n', '1,2\r3,4\r'].map(
  (text) => Buffer.from(text),
);
const modelBytes = Buffer.from(randomModel().toBytes());
const rotatedBytes = Buffer.from(new Model(rotatedParts(), { backend: 'js' }).toBytes());

/** Cuts, bytes changed, removed, inserted, repeated. */
function damage(choice: Choice, bytes: Buffer): Buffer {
  let result: Buffer = Buffer.from(bytes);
  for (let n = choice.integer(1, 3); n > 0; n--) result = damageOnce(choice, result);
  return result;
}

const texts = [
  '9',
  '-',
  '"',
  "'",
  ',',
  '(',
  '}',
  '\n',
  '\r',
  ';',
  'e',
  '1',
  'True',
  '99999999999',
  'None',
  '\xff\xf0\x7f',
];

function damageOnce(choice: Choice, bytes: Buffer): Buffer {
  if (bytes.length === 0) return bytes;
  // Mostly at the beginning, where the header is.
  const at = choice.integer(0, (choice.chance(0.7) ? Math.min(160, bytes.length) : bytes.length) - 1);
  const end = Math.min(bytes.length, at + choice.integer(1, 9));
  const [before, piece, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  const random = Buffer.from([choice.integer(0, 255)]);
  const text = Buffer.from(choice.pick(texts), 'latin1');
  // Half of the time over what is there: other lengths are refused before anything else is looked at.
  switch (choice.integer(0, 9)) {
    case 0:
      return before;
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, piece, piece, after]);
    case 3:
      return Buffer.concat([before, random, piece, after]);
    case 4:
      return Buffer.concat([before, text, after]);
    case 5:
    case 6:
      return Buffer.concat([before, text, bytes.subarray(at + text.length)]);
    default:
      return Buffer.concat([before, random, bytes.subarray(at + 1)]);
  }
}

async function outcome(counts: Counts, codes: readonly string[], read: () => unknown): Promise<void> {
  try {
    await read();
    counts.add('accepted');
  } catch (error) {
    if (!(error instanceof GnvproError && codes.includes(error.code))) throw error;
    counts.add(error.code);
  }
}

function matrices(extension: string, files: readonly Buffer[]) {
  const path = join(folder, `a.${extension}`);
  return async (choice: Choice, counts: Counts) => {
    const bytes = damage(choice, choice.pick(files));
    writeFileSync(path, bytes);
    const columns = choice.chance(0.3) ? { columns: [choice.integer(0, 2)] } : {};
    const delimiter = choice.chance(0.3) ? { delimiter: ';' } : {};
    await outcome(counts, ['ERR_DATA_FILE', 'ERR_NONFINITE', 'ERR_OPTION'], async () => {
      const { data, shape } = await readMatrix({ file: path, ...columns, ...delimiter });
      const sound = data.length === shape[0] * shape[1] && data.length <= bytes.length && data.every(Number.isFinite);
      if (!sound) throw new Error(`${data.length} numbers of ${bytes.length} bytes as ${shape.join(' × ')}`);
    });
  };
}

async function labels(choice: Choice, counts: Counts): Promise<void> {
  const path = join(folder, 'labels.csv');
  const bytes = damage(choice, choice.pick(csvFiles));
  writeFileSync(path, bytes);
  const source = { file: path, columns: [choice.integer(0, 2)], ...(choice.chance(0.3) && { header: true }) };
  await outcome(counts, ['ERR_DATA_FILE', 'ERR_LABEL', 'ERR_OPTION'], async () => {
    const found: (string | number)[] = await readLabels(source);
    const sound = found.every((label) => typeof label === typeof found[0] && label !== '');
    if (!sound || found.length > bytes.length) throw new Error(`${JSON.stringify(found)} of ${bytes.length} bytes`);
  });
}

/** The text of 116 bytes at the beginning is nothing to read. */
const matHeader = 116;

async function mats(choice: Choice, counts: Counts): Promise<void> {
  const path = join(folder, 'a.mat');
  const file = choice.pick(matFiles);
  const bytes = Buffer.concat([file.subarray(0, matHeader), damage(choice, file.subarray(matHeader))]);
  writeFileSync(path, bytes);
  await outcome(counts, ['ERR_DATA_FILE'], async () => {
    for (const { name, shape, data } of (await readMat(path)).arrays) {
      const sound = data.length === shape.reduce((product, extent) => product * extent, 1);
      if (!sound || data.length > 1032 * bytes.length) throw new Error(`${name}: ${data.length} numbers`);
    }
  });
}

async function models(choice: Choice, counts: Counts): Promise<void> {
  const damaged = damage(choice, choice.pick([modelBytes, rotatedBytes]));
  // Without it, the checksum refuses everything.
  const forged = damaged.length > 56 && choice.chance(0.9);
  if (forged) {
    if (choice.chance(0.9)) damaged.writeBigUint64LE(BigInt(damaged.length), 16);
    withChecksum(damaged);
  }
  await outcome(counts, ['ERR_MODEL_FILE'], () => {
    using model = Model.fromBytes(damaged);
    model.predictSync([new Float64Array(model.inputs).fill(0.5)]);
  });
}

const suites = [
  { name: 'npy', cases: 600, run: matrices('npy', npyFiles) },
  { name: 'csv', cases: 400, run: matrices('csv', csvFiles) },
  { name: 'label', cases: 400, run: labels },
  { name: 'mat', cases: 600, run: mats },
  { name: 'model', cases: 1500, run: models },
];

for (const suite of suites) {
  t.test(`damaged ${suite.name} files`, async (t) => {
    const counts = await fuzz(t, suite);
    if (counts === null || isReplay) return;
    t.ok(counts.of('accepted') > 0, 'some damage leaves a file that can be read');
    t.ok(
      counts.of('ERR_DATA_FILE') + counts.of('ERR_MODEL_FILE') + counts.of('ERR_LABEL') > suite.cases / 4,
      'most does not',
    );
  });
}

t.test('files cut at every length', async (t) => {
  const path = join(folder, 'cut.npy');
  for (const file of npyFiles.slice(0, 3)) {
    for (let length = 0; length < file.length; length++) {
      writeFileSync(path, file.subarray(0, length));
      await t.rejects(readMatrix(path), { code: 'ERR_DATA_FILE' }, `${length} bytes`);
    }
  }
  const matPath = join(folder, 'cut.mat');
  const several = matFiles[mat.cases.findIndex(({ name }) => name === 'several, compressed')];
  const ends = [128]; // where a file with fewer arrays ends
  while (ends[ends.length - 1] < several.length)
    ends.push(ends[ends.length - 1] + 8 + several.readUInt32LE(ends[ends.length - 1] + 4));
  for (let length = 0; length < several.length; length++) {
    writeFileSync(matPath, several.subarray(0, length));
    if (ends.includes(length)) t.equal((await readMat(matPath)).arrays.length, ends.indexOf(length));
    else await t.rejects(readMat(matPath), { code: 'ERR_DATA_FILE' }, `${length} bytes`);
  }
  const failures: number[] = [];
  for (let length = 0; length < modelBytes.length; length++) {
    try {
      Model.fromBytes(modelBytes.subarray(0, length));
      failures.push(length);
    } catch (error) {
      if ((error as GnvproError).code !== 'ERR_MODEL_FILE') failures.push(length);
    }
  }
  t.strictSame(failures, [], `${modelBytes.length} lengths of a model`);
});
