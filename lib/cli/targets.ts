/** @file Targets in files: numbers, or labels of classes, told apart by the loss and by what the file holds. */
import { type ClassName, classesOf, classIndices } from '../data/classes.js';
import type { Matrix } from '../data/matrix.js';
import { GnvproError } from '../errors.js';
import { readLabels } from '../files/labels.js';
import { readMatrix } from '../files/matrixFile.js';
import type { Source } from '../schema/job.js';

/** The targets of some files as matrices, which can be split by rows. */
export interface TargetTables {
  /** What the entries of one column of class numbers stand for; null where the tables are the targets themselves. */
  readonly classes: readonly ClassName[] | null;
  readonly tables: readonly Matrix[];
}

export async function readTargets(loss: string | undefined, sources: readonly Source[]): Promise<TargetTables> {
  if (loss !== 'crossEntropy') return { classes: null, tables: await inOrder(sources, readMatrix) };
  const targets = await inOrder(sources, readLabelsOrShares);
  const labels = targets.filter(isLabels);
  if (labels.length === 0) return { classes: null, tables: targets as Matrix[] };
  if (labels.length < targets.length) {
    throw new GnvproError('ERR_OPTION', 'Expected labels in all files of targets, or a column a class in all of them.');
  }
  const classes = classesOf(inOneKind(labels.flat()), 'targets');
  return { classes, tables: labels.map((list) => numbersOf(list, classes)) };
}

/** One column holds labels, several the shares of the classes. */
export async function readLabelsOrShares(source: Source): Promise<ClassName[] | Matrix> {
  let table: Matrix;
  try {
    table = await readMatrix(source);
  } catch (error) {
    if ((error as GnvproError).code !== 'ERR_DATA_FILE') throw error;
    // Perhaps names, which are no numbers; where there are no labels either, the first error says more.
    return readLabels(source).catch(() => {
      throw error;
    });
  }
  return table.shape[1] > 1 ? table : readLabels(source);
}

/** A file of names may hold only those that are integers; beside names of others they are names, too. */
function inOneKind(labels: readonly ClassName[]): readonly string[] | readonly number[] {
  const areNumbers = labels.every((label) => typeof label === 'number');
  return areNumbers ? (labels as readonly number[]) : labels.map(String);
}

function isLabels(targets: ClassName[] | Matrix): targets is ClassName[] {
  return Array.isArray(targets);
}

function numbersOf(labels: readonly ClassName[], classes: readonly ClassName[]): Matrix {
  const data = Float64Array.from(classIndices(labels as readonly string[], classes));
  return { data, shape: [data.length, 1] };
}

/** One file after the other. */
async function inOrder<T>(sources: readonly Source[], read: (source: Source) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const source of sources) results.push(await read(source));
  return results;
}
