/** @file Damaged files at the readers: each gives a result of the file's size, or an error with the right code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { GnvproError } from '../../lib/errors.js';
import { readMat } from '../../lib/files/mat.js';
import { readMatrix } from '../../lib/index.js';
import { Model } from '../../lib/model/model.js';
import { damage } from './support/damage.js';
import { matCases, matFiles, modelBytes, npyFiles, readers } from './support/readers.js';
import { fuzz, isReplay } from './support/run.js';

const folder = t.testdir();

/** Of a .mat file, the text of 116 bytes at the beginning is nothing to read. */
const untouched = { npy: 0, csv: 0, label: 0, mat: 116, model: 0, checkpoint: 0 };
const cases = { npy: 600, csv: 400, label: 400, mat: 600, model: 1500, checkpoint: 1000 };

for (const name of ['npy', 'csv', 'label', 'mat', 'model', 'checkpoint'] as const) {
  t.test(`damaged ${name} files`, async (t) => {
    const { seeds, read } = readers[name];
    const counts = await fuzz(t, {
      name,
      cases: cases[name],
      run: async (choice, counts) => {
        const file = choice.pick(seeds);
        const [before, after] = [file.subarray(0, untouched[name]), file.subarray(untouched[name])];
        // Mostly with a right checksum: without it, nothing else of a container is looked at.
        const option =
          ['model', 'checkpoint'].includes(name) && choice.chance(0.9)
            ? 2 * choice.integer(0, 127)
            : choice.integer(0, 255);
        counts.add(await read(Buffer.concat([before, damage(choice, after)]), option, folder));
      },
    });
    if (counts === null || isReplay) return;
    t.ok(counts.of('accepted') > 0, 'some damage leaves a file that can be read');
    t.ok(
      ['ERR_DATA_FILE', 'ERR_MODEL_FILE', 'ERR_CHECKPOINT', 'ERR_LABEL'].reduce(
        (sum, code) => sum + counts.of(code),
        0,
      ) >
        cases[name] / 4,
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
  const several = matFiles[matCases.findIndex(({ name }) => name === 'several, compressed')];
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
