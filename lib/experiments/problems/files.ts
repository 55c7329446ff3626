/** @file Data of experiments that lie in files, and their splits. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Matrix } from '../../data/matrix.js';
import { type Samples, takeSamples } from '../../data/samples.js';
import { toOrder } from '../../data/split.js';
import { GnvproError } from '../../errors.js';
import { readMatrix } from '../../files/matrixFile.js';
import { Random } from '../../random.js';
import type { DataPlace } from '../experiment.js';

/** Throws ERR_OPTION with `cure` where no folder is named. */
export function folderOf({ folder }: DataPlace, name: string, cure: string): string {
  if (folder !== null) return join(folder, name);
  throw new GnvproError('ERR_OPTION', `Expected --data with a folder that has ${name} in it. ${cure}`);
}

/** Rows in an order of the seed: that of a file permutation-seed<seed>.npy where there is one. */
export async function orderOf(folder: string, samples: number, seed: number): Promise<Int32Array> {
  const file = join(folder, `permutation-seed${seed}.npy`);
  if (!existsSync(file)) return new Random(seed).permutation(samples);
  return toOrder((await readMatrix(file)).data, samples);
}

/** The first `training` rows of the order train, the next `validation` validate, the rest test. */
export function partsOf(all: Samples, order: Int32Array, training: number, validation: number) {
  const part = (begin: number, end: number) => takeSamples(all, order.subarray(begin, end));
  const last = training + validation;
  if (order.length <= last) {
    throw new GnvproError('ERR_SHAPE', `Expected more than ${last} samples but the files have ${order.length}.`);
  }
  return { training: part(0, training), validation: part(training, last), test: part(last, order.length) };
}

/** Numbers as one column, however the file has them. */
export function column({ data }: Matrix): Matrix {
  return { data, shape: [data.length, 1] };
}

export async function readSamples(folder: string, inputs: string, targets: string): Promise<Samples> {
  const read = (name: string) => readMatrix(join(folder, name));
  return { inputs: await read(inputs), targets: await read(targets) };
}
