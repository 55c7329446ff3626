/** @file The data of a job: read from its files and split into training, validation and test samples. */
import type { ClassName } from '../data/classes.js';
import type { Matrix } from '../data/matrix.js';
import { checkColumns, type Samples, takeSamples } from '../data/samples.js';
import { type Split, splitRows, toOrder } from '../data/split.js';
import { readWeights } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import { readMatrix } from '../files/matrixFile.js';
import type { Job, SampleSources, Source } from '../schema/job.js';
import { readTargets } from './targets.js';

export interface JobSamples extends Samples {
  readonly sampleWeights: Float64Array | undefined;
}

export interface JobData {
  /** Before train() splits a fraction off. */
  readonly training: JobSamples;
  /** The names of the classes where targets are one column of class numbers. */
  readonly classes: readonly ClassName[] | null;
  /** As train() takes it: samples, a fraction, or none. */
  readonly validation: JobSamples | number | undefined;
  readonly test: JobSamples | null;
}

/** Reads what the job names. */
export async function loadData(job: Job): Promise<JobData> {
  const data = await readData(job);
  // What cannot be judged is said before the training, not after it.
  for (const name of ['training', 'validation', 'test'] as const) {
    const part = data[name];
    if (typeof part === 'object')
      readWeights(part?.sampleWeights, part?.inputs.shape[0] ?? 0, `sampleWeights of ${name}`);
  }
  return data;
}

async function readData(job: Job): Promise<JobData> {
  checkExclusive(job);
  const own = typeof job.validation === 'object' ? job.validation : null;
  const sources: SampleSources[] = [job, ...(own === null ? [] : [own]), ...(job.test === undefined ? [] : [job.test])];
  const { classes, tables } = await readTargets(
    job.loss,
    sources.map(({ targets }) => targets),
  );
  const samples: JobSamples[] = [];
  for (const [k, source] of sources.entries()) samples.push(await readSamples(source, tables[k]));
  const [all] = samples;
  const validation = own === null ? (job.validation as number | undefined) : samples[1];
  const test = job.test === undefined ? null : samples[samples.length - 1];
  if (test !== null) checkColumns(test, all, 'test');
  if (job.split === undefined) return { training: all, validation, test, classes };
  const split = await planSplit(job, all);
  const part = (rows: Int32Array | null) => (rows === null ? null : takePart(all, rows));
  return {
    training: part(split.training) as JobSamples,
    validation: part(split.validation) ?? validation,
    test: part(split.test) ?? test,
    classes,
  };
}

function takePart({ sampleWeights, ...samples }: JobSamples, rows: Int32Array): JobSamples {
  const weights = sampleWeights && Float64Array.from(rows, (row) => sampleWeights[row]);
  return { ...takeSamples(samples, rows), sampleWeights: weights };
}

/** One column, a row for each of the inputs. */
export async function readSampleWeights(source: Source | undefined, inputs: Matrix): Promise<Float64Array | undefined> {
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

async function readSamples({ inputs, targets, sampleWeights }: SampleSources, table: Matrix): Promise<JobSamples> {
  const Y = await readMatrix(inputs);
  const samples = { inputs: Y, targets: table, sampleWeights: await readSampleWeights(sampleWeights, Y) };
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
