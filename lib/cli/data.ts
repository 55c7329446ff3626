/** @file The data of a job: read from its files and split into training, validation and test samples. */
import type { ClassName } from '../data/classes.js';
import type { Matrix } from '../data/matrix.js';
import { type ColumnNames, noNames } from '../data/names.js';
import { checkColumns, type Samples, takeSamples } from '../data/samples.js';
import { type Split, splitRows, toOrder } from '../data/split.js';
import { readWeights } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import type { KnownNames } from '../files/columns.js';
import { readMatrix, readTable } from '../files/matrixFile.js';
import type { FileSource } from '../files/source.js';
import type { Table } from '../files/table.js';
import type { Job, SampleSources, Source } from '../schema/job.js';
import { knownAfter, readTargets } from './targets.js';

export interface JobSamples extends Samples {
  readonly sampleWeights: Float64Array | undefined;
}

export interface JobData {
  /** Samples before train() splits a fraction off. */
  readonly training: JobSamples;
  /** The names of the classes where targets are one column of class numbers. */
  readonly classes: readonly ClassName[] | null;
  /** What train() takes: samples, a fraction, or none. */
  readonly validation: JobSamples | number | undefined;
  readonly test: JobSamples | null;
  /** The names of the columns of the training samples. */
  readonly names: ColumnNames;
  /** What people should know of how the files were read. */
  readonly notes: readonly string[];
}

/** Reads what the job names. `known`: the names of the columns of a model that the data are for. */
export async function loadData(job: Job, known: ColumnNames = noNames): Promise<JobData> {
  const data = await readData(job, known);
  // What cannot be judged is said before the training, not after it.
  for (const name of ['training', 'validation', 'test'] as const) {
    const part = data[name];
    if (typeof part === 'object')
      readWeights(part?.sampleWeights, part?.inputs.shape[0] ?? 0, `sampleWeights of ${name}`);
  }
  return data;
}

async function readData(job: Job, known: ColumnNames): Promise<JobData> {
  checkExclusive(job);
  const named = { inputs: job.names?.inputs ?? known.inputs, targets: job.names?.targets ?? known.targets };
  if (named.inputs === null) checkApart(job);
  const own = typeof job.validation === 'object' ? job.validation : null;
  const sources: SampleSources[] = [job, ...(own === null ? [] : [own]), ...(job.test === undefined ? [] : [job.test])];
  const { classes, tables } = await readTargets(
    job.loss,
    sources.map(({ targets }) => targets),
    knownOf(named.targets),
  );
  const samples: JobSamples[] = [];
  const inputs: Table[] = [];
  for (const [k, source] of sources.entries()) {
    const table = await readTable(source.inputs, knownAfter(knownOf(named.inputs), inputs[0]?.names ?? null));
    inputs.push(table);
    samples.push(await samplesOf(source, table.matrix, tables[k].matrix));
  }
  const [all] = samples;
  const names = { inputs: named.inputs ?? namesOf(inputs[0]), targets: named.targets ?? namesOf(tables[0]) };
  const about = { classes, names, notes: notesOf([...inputs, ...tables]) };
  const validation = own === null ? (job.validation as number | undefined) : samples[1];
  const test = job.test === undefined ? null : samples[samples.length - 1];
  if (test !== null) checkColumns(test, all, 'test');
  if (job.split === undefined) return { training: all, validation, test, ...about };
  const split = await planSplit(job, all);
  const part = (rows: Int32Array | null) => (rows === null ? null : takePart(all, rows));
  return {
    training: part(split.training) as JobSamples,
    validation: part(split.validation) ?? validation,
    test: part(split.test) ?? test,
    ...about,
  };
}

function takePart({ sampleWeights, ...samples }: JobSamples, rows: Int32Array): JobSamples {
  const weights = sampleWeights && Float64Array.from(rows, (row) => sampleWeights[row]);
  return { ...takeSamples(samples, rows), sampleWeights: weights };
}

/** One column, a row for each of the inputs. */
export async function readSampleWeights(
  source: Source | undefined,
  inputs: Pick<Matrix, 'shape'>,
): Promise<Float64Array | undefined> {
  if (source === undefined) return undefined;
  const { data, shape } = await readMatrix(source);
  if (shape[1] === 1 && shape[0] === inputs.shape[0]) return data;
  throw new GnvproError(
    'ERR_SHAPE',
    `Expected one column of ${inputs.shape[0]} sampleWeights, a row a sample, but ${pathOf(source)} has ${shape[0]} × ${shape[1]}.`,
  );
}

export function checkExclusive({ split, validation, test }: Job): void {
  for (const [key, value] of Object.entries({ validation, test })) {
    if (value === undefined || split?.[key as 'validation' | 'test'] === undefined) continue;
    throw new GnvproError('ERR_OPTION', `Expected either ${key} or split.${key} but received both.`);
  }
}

/** Inputs would have the targets among them, and the training would look perfect. */
function checkApart({ inputs, targets }: Job): void {
  if (pathOf(inputs) !== pathOf(targets) || columnsOf(inputs) !== undefined || columnsOf(targets) === undefined) return;
  throw new GnvproError(
    'ERR_OPTION',
    `Expected columns for inputs, beside those of targets in ${pathOf(inputs)}, but inputs take all of them.`,
  );
}

export function knownOf(names: readonly string[] | null): KnownNames {
  return names === null ? [] : [names];
}

/** Spaces around names are no part of them: `a, b`. */
function namesOf({ names }: Table): readonly string[] | null {
  return names === null ? null : names.map((name) => name.trim());
}

/** Each once: inputs and targets may share a file. */
function notesOf(tables: readonly Pick<Table, 'note'>[]): string[] {
  return [...new Set(tables.flatMap(({ note }) => note ?? []))];
}

async function samplesOf(source: SampleSources, X: Matrix, T: Matrix): Promise<JobSamples> {
  const { inputs, targets } = source;
  const [rows, others] = [X.shape[0], T.shape[0]];
  if (rows === others) {
    return { inputs: X, targets: T, sampleWeights: await readSampleWeights(source.sampleWeights, X) };
  }
  throw new GnvproError(
    'ERR_SHAPE',
    `Expected as many rows of targets as of inputs, but ${pathOf(inputs)} has ${rows} and ${pathOf(targets)} has ${others}.`,
  );
}

export async function planSplit(
  { split = {}, seed = 0 }: Job,
  { inputs }: { readonly inputs: Pick<Matrix, 'shape'> },
): Promise<Split> {
  const { permutation, ...option } = split;
  const samples = inputs.shape[0];
  const order = permutation === undefined ? null : toOrder((await readMatrix(permutation)).data, samples);
  return splitRows(option, samples, order, seed);
}

function columnsOf(source: Source): FileSource['columns'] {
  return typeof source === 'string' ? undefined : source.columns;
}

export function pathOf(source: Source): string {
  return typeof source === 'string' ? source : source.file;
}
