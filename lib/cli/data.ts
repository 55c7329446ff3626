/** @file The data of a job: read from its files and split into training, validation and test samples. */
import type { ClassName } from '../data/classes.js';
import type { Matrix } from '../data/matrix.js';
import { checkColumns, type Samples, takeSamples } from '../data/samples.js';
import { type Split, splitRows, toOrder } from '../data/split.js';
import { GnvproError } from '../errors.js';
import { readMatrix } from '../files/matrixFile.js';
import type { Job, SampleSources, Source } from '../schema/job.js';
import { readTargets } from './targets.js';

export interface JobData {
  readonly training: Samples;
  /** Of the training samples, before train() splits a fraction off. */
  readonly sampleWeights: Float64Array | undefined;
  /** The names of the classes where targets are one column of class numbers. */
  readonly classes: readonly ClassName[] | null;
  /** As train() takes it: samples, a fraction, or none. */
  readonly validation: Samples | number | undefined;
  readonly test: Samples | null;
}

/** Reads what the job names. */
export async function loadData(job: Job): Promise<JobData> {
  checkExclusive(job);
  const own = typeof job.validation === 'object' ? job.validation : null;
  const sources: SampleSources[] = [job, ...(own === null ? [] : [own]), ...(job.test === undefined ? [] : [job.test])];
  const { classes, tables } = await readTargets(
    job.loss,
    sources.map(({ targets }) => targets),
  );
  const samples: Samples[] = [];
  for (const [k, source] of sources.entries()) samples.push(await readSamples(source, tables[k]));
  const [all] = samples;
  const validation = own === null ? (job.validation as number | undefined) : samples[1];
  const test = job.test === undefined ? null : samples[samples.length - 1];
  if (test !== null) checkColumns(test, all, 'test');
  const weights = await readWeights(job.sampleWeights, all);
  if (job.split === undefined) return { training: all, validation, test, classes, sampleWeights: weights };
  const split = await planSplit(job, all);
  const part = (rows: Int32Array | null) => (rows === null ? null : takeSamples(all, rows));
  return {
    training: part(split.training) as Samples,
    validation: part(split.validation) ?? validation,
    test: part(split.test) ?? test,
    classes,
    sampleWeights: weights && Float64Array.from(split.training, (row) => weights[row]),
  };
}

async function readWeights(source: Source | undefined, { inputs }: Samples): Promise<Float64Array | undefined> {
  if (source === undefined) return undefined;
  const { data, shape } = await readMatrix(source);
  if (shape[1] === 1 && shape[0] === inputs.shape[0]) return data;
  throw new GnvproError(
    'ERR_SHAPE',
    `Expected one column of ${inputs.shape[0]} sampleWeights, a row a sample, but ${pathOf(source)} has ${shape[0]} × ${shape[1]}.`,
  );
}

function checkExclusive({ split, validation, test }: Job): void {
  for (const [key, value] of Object.entries({ validation, test })) {
    if (value === undefined || split?.[key as 'validation' | 'test'] === undefined) continue;
    throw new GnvproError('ERR_OPTION', `Expected either ${key} or split.${key} but received both.`);
  }
}

async function readSamples({ inputs, targets }: SampleSources, table: Matrix): Promise<Samples> {
  const samples = { inputs: await readMatrix(inputs), targets: table };
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
