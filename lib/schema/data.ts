/** @file What of a job is data in files: the keys that train() does not have, and what the schemas of others refer to. */
import type { Group } from '../options/option.js';
import { anyOf, boolean, integer, list, number, object, path, ref, type Schema } from '../validate/schema.js';

/** A key of job files. */
export interface JobKey {
  readonly name: string;
  readonly group: Group;
  readonly schema: Schema;
}

export const split: JobKey = {
  name: 'split',
  group: 'Data',
  schema: object(
    {
      training: ref('rows', {
        description: 'Default: with fractions what the others leave, with ranges it must be given.',
      }),
      validation: ref('rows', { description: 'Rows that decide which iterate is best.' }),
      test: ref('rows', { description: 'Rows that the report is about; training never sees them.' }),
      permutation: ref('matrix', {
        description: 'N row numbers from 0: ranges and fractions are taken from the rows in this order.',
      }),
      seed: integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Shuffles the rows before fractions are taken (default: the seed of the job).',
      }),
    },
    { description: 'Which rows are for training, validation and test: ranges of rows, or fractions of shuffled rows.' },
  ),
};

export const test: JobKey = {
  name: 'test',
  group: 'Data',
  schema: ref('samples', { description: 'Data that the report is about (instead of split.test).' }),
};

export const stream: JobKey = {
  name: 'stream',
  group: 'Data',
  schema: boolean({
    description:
      'Whether inputs and targets stay in their .npy files, which are read tile by tile (default false): for data larger than memory.',
  }),
};

const name: Schema = { title: 'a name', type: 'string', minLength: 1 };

/** The columns of a file, and how it is read: also for the command line alone. */
export const fileProperties = {
  columns: list(anyOf([integer({ minimum: 0 }), ref('range'), name]), {
    minItems: 1,
    description: 'Columns in this order: numbers from 0, [first, end) ranges, or names of a header. Default: all.',
  }),
  header: boolean({
    description: 'Whether a .csv begins with names. Default: it is seen where it cannot be data, else asked for.',
  }),
  delimiter: {
    type: 'string',
    minLength: 1,
    description: 'Of a .csv: one character, or \\t for a tab (default a comma).',
  },
};

export const samples = object(
  {
    inputs: ref('matrix', { description: 'N × d inputs.' }),
    targets: ref('matrix', { description: 'N × t targets.' }),
    sampleWeights: ref('matrix', { description: 'N weights of the samples, one column.' }),
  },
  { required: ['inputs', 'targets'] },
);

/** Of the command line alone. */
export const candidates = object({ candidates: ref('matrix', { description: 'N × d inputs to choose from.' }) });

export const dataDefinitions: Record<string, Schema> = {
  matrix: anyOf([path(), ref('file')], { description: 'A .npy or .csv file, or { file, columns, … } of it.' }),
  file: object(
    { file: path({ description: 'Path of a .npy or .csv file.' }), ...fileProperties },
    { required: ['file'] },
  ),
  samples,
  range: list(integer({ minimum: 0 }), {
    title: 'a range [first, end)',
    description: '[first, end): from first up to, not with, end.',
    minItems: 2,
    maxItems: 2,
  }),
  rows: anyOf(
    [
      number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
      ref('range'),
      list(ref('range'), { title: 'several ranges', minItems: 1 }),
    ],
    { description: 'A fraction, a range [first, end), or several ranges.' },
  ),
  names: list(name, { minItems: 1 }),
  numbers: list(number(), { minItems: 1 }),
  rowsOfNumbers: list(ref('numbers'), { title: 'rows of numbers', minItems: 1 }),
};
