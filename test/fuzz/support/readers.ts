/** @file What reads files, given any bytes: a result of the file's size, or an error with the right code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { GnvproError } from '../../../lib/errors.js';
import { readMat } from '../../../lib/files/mat.js';
import { readLabels, readMatrix } from '../../../lib/index.js';
import { Model } from '../../../lib/model/model.js';
import { dense } from '../../../lib/network/dense.js';
import { checkpoints, decodeCheckpoint, encodeCheckpoint } from '../../../lib/train/checkpoint/file.js';
import { headerLength, withChecksum } from '../../support/modelFiles.js';
import { randomModel, rotatedParts } from '../../support/models.js';

export interface Reader {
  /** Sound files. */
  readonly seeds: readonly Buffer[];
  /** `option`, from 0 to 255, chooses among the options of reading. Returns 'accepted' or the code; throws on a defect. */
  read(bytes: Buffer, option: number, folder: string): Promise<string>;
}

function fixture<Case extends { file: string }>(name: string): Case[] {
  return JSON.parse(readFileSync(new URL(`../../fixtures/${name}.json`, import.meta.url), 'utf8')).cases;
}

export const npyFiles = fixture('npy').map(({ file }) => Buffer.from(file, 'base64'));
export const matCases = fixture<{ name: string; file: string }>('mat');
export const matFiles = matCases.map(({ file }) => Buffer.from(file, 'base64'));
const csvFiles = ['x,y,z\n1,2.5,-3e-7\n4,"5",6\n\n', '1;2\r\n3;4\r\n', '\ufeff"a, ""b""",c\n0.1,2\n', '1,2\r3,4\r'].map(
  (text) => Buffer.from(text),
);
export const modelBytes = Buffer.from(randomModel().toBytes());
const rotatedBytes = Buffer.from(new Model(rotatedParts(), { backend: 'js' }).toBytes());

/** Smaller ones, for what is kept. */
const smallModel = Buffer.from(
  randomModel({ network: dense(1, { activation: 'tanh' }), inputs: 1, outputs: 1 }).toBytes(),
);

async function outcome(codes: readonly string[], read: () => unknown): Promise<string> {
  try {
    await read();
    return 'accepted';
  } catch (error) {
    if (!(error instanceof GnvproError && codes.includes(error.code))) throw error;
    return error.code;
  }
}

function matrices(extension: string, seeds: readonly Buffer[]): Reader {
  return {
    seeds,
    read: (bytes, option, folder) => {
      const path = join(folder, `a.${extension}`);
      writeFileSync(path, bytes);
      const columns = option % 3 === 0 ? { columns: [Math.floor(option / 9) % 3] } : {};
      const delimiter = Math.floor(option / 3) % 3 === 0 ? { delimiter: ';' } : {};
      return outcome(['ERR_DATA_FILE', 'ERR_NONFINITE', 'ERR_OPTION'], async () => {
        const { data, shape } = await readMatrix({ file: path, ...columns, ...delimiter });
        const sound = data.length === shape[0] * shape[1] && data.length <= bytes.length && data.every(Number.isFinite);
        if (!sound) throw new Error(`${data.length} numbers of ${bytes.length} bytes as ${shape.join(' × ')}`);
      });
    },
  };
}

const labels: Reader = {
  seeds: csvFiles,
  read: (bytes, option, folder) => {
    const path = join(folder, 'labels.csv');
    writeFileSync(path, bytes);
    const source = { file: path, columns: [option % 3], ...(Math.floor(option / 3) % 3 === 0 && { header: true }) };
    return outcome(['ERR_DATA_FILE', 'ERR_LABEL', 'ERR_OPTION'], async () => {
      const found: (string | number)[] = await readLabels(source);
      const sound = found.every((label) => typeof label === typeof found[0] && label !== '');
      if (!sound || found.length > bytes.length) throw new Error(`${JSON.stringify(found)} of ${bytes.length} bytes`);
    });
  },
};

const mat: Reader = {
  seeds: matFiles,
  read: (bytes, _option, folder) => {
    const path = join(folder, 'a.mat');
    writeFileSync(path, bytes);
    return outcome(['ERR_DATA_FILE'], async () => {
      for (const { name, shape, data } of (await readMat(path)).arrays) {
        const sound = data.length === shape.reduce((product, extent) => product * extent, 1);
        if (!sound || data.length > 1032 * bytes.length) throw new Error(`${name}: ${data.length} numbers`);
      }
    });
  },
};

/** Odd options leave the checksum as it is, which refuses nearly everything. */
function sealed(bytes: Buffer, option: number): Buffer {
  const file = Buffer.from(bytes);
  if (option % 2 === 1 || file.length <= 56) return file;
  if (option % 16 !== 0) file.writeBigUint64LE(BigInt(file.length), 16);
  return Buffer.from(withChecksum(file));
}

const model: Reader = {
  seeds: [modelBytes, rotatedBytes, smallModel],
  read: (bytes, option) =>
    outcome(['ERR_MODEL_FILE'], () => {
      using model = Model.fromBytes(sealed(bytes, option));
      model.predictSync([new Float64Array(model.inputs).fill(0.5)]);
    }),
};

/** With the parts that are looked at; what is in them is the training's own. */
const smallCheckpoint = checkpoints.pack({
  header: {
    fingerprint: { gnvpro: '0.1.0', seed: '1' },
    isEnd: false,
    training: {
      done: [{ result: { stop: {}, last: { theta: { $: 0 } }, best: { objective: 0.5 } }, mark: { records: 1 } }],
      standing: { theta: { $: 0 }, W: { $: 1 }, memory: [{ $: 0 }, { $: '-0' }], best: null, counts: {} },
      journal: {
        records: [{ ratio: { $: 'NaN' } }],
        workUnits: 3,
        timings: {},
        memoryBytes: 1,
        seconds: { $: 'Infinity' },
      },
    },
  },
  arrays: new Map(['0', '1'].map((name) => [name, { shape: [2], data: Float64Array.of(0.5, -1) }])),
});

const checkpoint: Reader = {
  seeds: [Buffer.from(smallCheckpoint)],
  read: (bytes, option) =>
    outcome(['ERR_CHECKPOINT'], () => {
      const stored = decodeCheckpoint(sealed(bytes, option));
      const again = decodeCheckpoint(encodeCheckpoint(stored));
      if (!isDeepStrictEqual(again, stored)) throw new Error('What was read cannot be written again.');
    }),
};

/** Of a model or a checkpoint: the text of its header, and what is around it; null where there is none. */
export function partsOfContainer(bytes: Buffer): { preamble: Buffer; header: string; rest: Buffer } | null {
  if (bytes.length < 24) return null;
  const end = 24 + headerLength(bytes);
  const [preamble, header, rest] = [bytes.subarray(0, 24), bytes.subarray(24, end), bytes.subarray(end)];
  return { preamble, header: header.toString(), rest };
}

export const readers: Readonly<Record<'npy' | 'csv' | 'label' | 'mat' | 'model' | 'checkpoint', Reader>> = {
  npy: matrices('npy', npyFiles),
  csv: matrices('csv', csvFiles),
  label: labels,
  mat,
  model,
  checkpoint,
};
