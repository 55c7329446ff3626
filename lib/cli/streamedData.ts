/** @file The data of a job with `stream`: `.npy` files that are read tile by tile, and stay where they are. */
import { type ColumnNames, noNames } from '../data/names.js';
import { checkColumns } from '../data/samples.js';
import type { Split } from '../data/split.js';
import { GnvproError } from '../errors.js';
import type { FileMatrix } from '../files/fileMatrix.js';
import type { Job, SampleSources, Source } from '../schema/job.js';
import { checkExclusive, pathOf, planSplit, readSampleWeights } from './data.js';
import { fileRows } from './rows.js';

export interface StreamedSamples {
  readonly inputs: FileMatrix;
  readonly targets: FileMatrix;
  readonly sampleWeights: Float64Array | undefined;
}

/** As JobData; labels stay the numbers that they are in their file. */
export interface StreamedData {
  readonly training: StreamedSamples;
  readonly validation: StreamedSamples | number | undefined;
  readonly test: StreamedSamples | null;
  readonly classes: null;
  readonly names: ColumnNames;
  readonly notes: readonly string[];
}

/** What `loadData` reads, row by row the same. Throws as it does, and ERR_OPTION for files that cannot be read so. */
export async function streamedData(job: Job, known: ColumnNames = noNames): Promise<StreamedData> {
  checkExclusive(job);
  const names = { inputs: job.names?.inputs ?? known.inputs, targets: job.names?.targets ?? known.targets };
  const all = await samplesOf(job);
  const own = typeof job.validation === 'object' ? await samplesOf(job.validation) : null;
  const test = job.test === undefined ? null : await samplesOf(job.test);
  if (test !== null) checkColumns(test, all, 'test');
  const validation = own ?? (job.validation as number | undefined);
  const about = { classes: null, names, notes: [] };
  if (job.split === undefined) return { training: all, validation, test, ...about };
  const split: Split = await planSplit(job, all);
  return {
    training: taken(all, split.training),
    validation: split.validation === null ? validation : taken(all, split.validation),
    test: split.test === null ? test : taken(all, split.test),
    ...about,
  };
}

function taken({ inputs, targets, sampleWeights }: StreamedSamples, rows: Int32Array): StreamedSamples {
  const weights = sampleWeights && Float64Array.from(rows, (row) => sampleWeights[row]);
  return { inputs: inputs.take(rows), targets: targets.take(rows), sampleWeights: weights };
}

async function samplesOf({ inputs, targets, sampleWeights }: SampleSources): Promise<StreamedSamples> {
  const [X, T] = [await streamed(inputs), await streamed(targets)];
  if (X.shape[0] === T.shape[0]) {
    return { inputs: X, targets: T, sampleWeights: await readSampleWeights(sampleWeights, X) };
  }
  throw new GnvproError(
    'ERR_SHAPE',
    `Expected as many rows of targets as of inputs, but ${X.path} has ${X.shape[0]} and ${T.path} has ${T.shape[0]}.`,
  );
}

async function streamed(source: Source): Promise<FileMatrix> {
  const rows = await fileRows(source);
  if (rows !== null) return rows;
  throw new GnvproError(
    'ERR_OPTION',
    `Expected a .npy file of rows one after the other (C order), and no float16, for stream but received ${pathOf(source)}.`,
  );
}
