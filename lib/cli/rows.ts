/** @file Inputs of commands: `.npy` files row by row some rows at a time, whatever their length; all others as a whole. */
import type { KnownNames } from '../files/columns.js';
import { type FileMatrix, fromFile } from '../files/fileMatrix.js';
import { describeFile, readTable } from '../files/matrixFile.js';
import { checkSource, formatOf } from '../files/source.js';
import type { Table } from '../files/table.js';
import type { Source } from '../schema/job.js';

/** Null for what can only be read as a whole: text, columns one after the other, and float16. */
export async function fileRows(source: Source): Promise<FileMatrix | null> {
  const { file, columns } = checkSource(source);
  if (formatOf(file) !== 'npy') return null;
  const facts = await describeFile(file);
  const isReadByRows = facts.format === 'npy' && facts.order === 'C' && !facts.dtype.endsWith('f2');
  return isReadByRows ? fromFile(file, columns === undefined ? {} : { columns: columns as number[] }) : null;
}

/** The rows of a source, or all that it holds. */
export async function readRows(source: Source, known: KnownNames): Promise<FileMatrix | Table> {
  return (await fileRows(source)) ?? (await readTable(source, known));
}
