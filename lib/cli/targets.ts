/** @file Targets in files: numbers, or labels of classes, told apart by the loss and by what the file holds. */
import { type ClassName, classesOf, classIndices } from '../data/classes.js';
import type { Matrix } from '../data/matrix.js';
import { GnvproError } from '../errors.js';
import type { KnownNames } from '../files/columns.js';
import { type LabelTable, readLabelTable } from '../files/labels.js';
import { readTable } from '../files/matrixFile.js';
import type { Table } from '../files/table.js';
import { lossFacts } from '../loss/registry.js';
import type { Source } from '../schema/job.js';

/** The targets of some files as matrices, which can be split by rows. */
export interface TargetTables {
  /** What the entries of one column of class numbers stand for; null where the tables are the targets themselves. */
  readonly classes: readonly ClassName[] | null;
  readonly tables: readonly Table[];
}

/** The first file is of the training: by its names, unless others are known, the columns of the next are found. */
export async function readTargets(
  loss: string | undefined,
  sources: readonly Source[],
  known: KnownNames,
): Promise<TargetTables> {
  if (lossFacts(loss).meaning.classesIn === null)
    return { classes: null, tables: await inOrder(sources, known, readTable) };
  const targets = await inOrder(sources, known, readLabelsOrShares);
  const labels = targets.filter(isLabels);
  if (labels.length === 0) return { classes: null, tables: targets as Table[] };
  if (labels.length < targets.length) {
    throw new GnvproError('ERR_OPTION', 'Expected labels in all files of targets, or a column a class in all of them.');
  }
  const classes = classesOf(inOneKind(labels.flatMap((table) => table.labels as ClassName[])), 'targets');
  return { classes, tables: labels.map((table) => ({ ...table, matrix: numbersOf(table.labels, classes) })) };
}

/** One column holds labels, several the shares of the classes. */
export async function readLabelsOrShares(source: Source, known: KnownNames): Promise<LabelTable | Table> {
  let table: Table;
  try {
    table = await readTable(source, known);
  } catch (error) {
    if ((error as GnvproError).code !== 'ERR_DATA_FILE') throw error;
    // Perhaps names, which are no numbers; where there are no labels either, the first error says more.
    return readLabelTable(source, known).catch(() => {
      throw error;
    });
  }
  return table.matrix.shape[1] > 1 ? table : { ...(await readLabelTable(source, known)), note: table.note };
}

/** A file of names may hold only those that are integers; beside names of others they are names, too. */
function inOneKind(labels: readonly ClassName[]): readonly string[] | readonly number[] {
  const areNumbers = labels.every((label) => typeof label === 'number');
  return areNumbers ? (labels as readonly number[]) : labels.map(String);
}

export function isLabels(targets: LabelTable | Table): targets is LabelTable {
  return 'labels' in targets;
}

function numbersOf(labels: LabelTable['labels'], classes: readonly ClassName[]): Matrix {
  const data = Float64Array.from(classIndices(labels, classes));
  return { data, shape: [data.length, 1] };
}

/** One file after the other. */
async function inOrder<T extends { readonly names: readonly string[] | null }>(
  sources: readonly Source[],
  known: KnownNames,
  read: (source: Source, known: KnownNames) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (const source of sources) results.push(await read(source, knownAfter(known, results[0]?.names ?? null)));
  return results;
}

/** What names of columns are known once the first file is read. */
export function knownAfter(known: KnownNames, first: readonly string[] | null): KnownNames {
  return known.length > 0 || first === null ? known : [first];
}
