/** @file The data of a job: read from its files and split into training, validation and test samples. */
import { checkColumns, type Samples, takeSamples } from '../data/samples.js';
import { type Split, splitRows, toOrder } from '../data/split.js';
import { GnvproError } from '../errors.js';
import { readMatrix } from '../files/matrixFile.js';
import type { Job, SampleSources, Source } from '../schema/job.js';

export interface JobData {
  readonly training: Samples;
  /** As train() takes it: samples, a fraction, or none. */
  readonly validation: Samples | number | undefined;
  readonly test: Samples | null;
}

/** Reads what the job names. */
export async function loadData(job: Job): Promise<JobData> {
  checkExclusive(job);
  const all = await readSamples(job);
  const own = typeof job.validation === 'object' ? await readSamples(job.validation) : job.validation;
  const test = job.test === undefined ? null : await readSamples(job.test);
  if (test !== null) checkColumns(test, all, 'test');
  if (job.split === undefined) return { training: all, validation: own, test };
  const split = await planSplit(job, all);
  const part = (rows: Int32Array | null) => (rows === null ? null : takeSamples(all, rows));
  return {
    training: part(split.training) as Samples,
    validation: part(split.validation) ?? own,
    test: part(split.test) ?? test,
  };
}

function checkExclusive({ split, validation, test }: Job): void {
  for (const [key, value] of Object.entries({ validation, test })) {
    if (value === undefined || split?.[key as 'validation' | 'test'] === undefined) continue;
    throw new GnvproError('ERR_OPTION', `Expected either ${key} or split.${key} but received both.`);
  }
}

async function readSamples({ inputs, targets }: SampleSources): Promise<Samples> {
  const samples = { inputs: await readMatrix(inputs), targets: await readMatrix(targets) };
  const [rows, others] = [samples.inputs.shape[0], samples.targets.shape[0]];
  if (rows === others) return samples;
  throw new GnvproError(
    'ERR_SHAPE',
    `Expected as many rows of targets as of inputs, but ${pathOf(inputs)} has ${rows} and ${pathOf(targets)} has ${others}.`,
  );
}

async function planSplit({ split = {}, seed = 0 }: Job, { inputs }: Samples): Promise<Split> {
  const { permutation, ...option } = split;
  const samples = inputs.shape[0];
  const order = permutation === undefined ? null : toOrder((await readMatrix(permutation)).data, samples);
  return splitRows(option, samples, order, seed);
}

function pathOf(source: Source): string {
  return typeof source === 'string' ? source : source.file;
}
