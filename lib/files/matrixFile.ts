/** @file Matrices in files: `.npy` and `.csv`, told apart by their names. */
import { extname } from 'node:path';
import { type Matrix, type MatrixLike, ownMatrix } from '../data/matrix.js';
import { checkOneOf, checkOptions, invalid } from '../validate/check.js';
import { writeAtomically } from './atomic.js';
import type { ColumnChoice } from './columns.js';
import { type CsvFacts, csvBytes, describeCsv, readCsv } from './csv.js';
import { fileError, reading } from './fileError.js';
import { describeNpy, type NpyFacts, npyBytes, readNpyMatrix } from './npy.js';

/** A file, and what of it. */
export interface FileSource {
  /** Path of a .npy or .csv file. */
  readonly file: string;
  /** Columns in this order: numbers from 0, [first, end) ranges, or names of the header. Default: all. */
  readonly columns?: readonly ColumnChoice[];
  /** Of a .csv: whether it begins with names. Default: yes when no field of the first line is a number. */
  readonly header?: boolean;
  /** Of a .csv: one character, e.g. `;` or a tab. Default: a comma. */
  readonly delimiter?: string;
}

/**
 * Reads samples × columns from a `.npy` file (all little-endian numeric types, C or Fortran order, formats 1 to 3) or a
 * `.csv` file. One-dimensional arrays are one column.
 *
 * @throws GnvproError ERR_DATA_FILE for a file that cannot be read or is malformed, ERR_NONFINITE, ERR_OPTION, ERR_MEMORY
 *   for one that does not fit
 */
export async function readMatrix(source: string | FileSource): Promise<Matrix> {
  const { file, columns = null, header, delimiter = ',' } = checkSource(source);
  return reading(file, () =>
    formatOf(file) === 'npy' ? readNpyMatrix(file, columns) : readCsv(file, columns, { header, delimiter }),
  );
}

/**
 * Writes a matrix, all or nothing: float64 in C order to a `.npy` file, or numbers that read back to the same bits to a
 * `.csv` file, after a line of names if `header` has them.
 *
 * @throws GnvproError ERR_DATA_FILE for another extension, ERR_SHAPE, ERR_NONFINITE; errors of the file system as they are
 */
export async function writeMatrix(
  file: string,
  values: MatrixLike,
  options: { readonly header?: readonly string[] } = {},
): Promise<void> {
  checkOptions(options, ['header'], 'writeMatrix');
  const format = formatOf(file);
  const { header } = options;
  const m = ownMatrix(values, 'the matrix to write');
  const isHeader = Array.isArray(header) && header.length === m.shape[1] && header.every((n) => typeof n === 'string');
  if (header !== undefined && !isHeader) throw invalid(`${m.shape[1]} names, one a column,`, 'header', header);
  await writeAtomically(file, format === 'npy' ? npyBytes(m) : csvBytes(m, header === undefined ? null : [...header]));
}

/** What a data file holds, from its beginning. Throws as `readMatrix`. */
export async function describeFile(file: string): Promise<NpyFacts | CsvFacts> {
  return reading<NpyFacts | CsvFacts>(file, () => (formatOf(file) === 'npy' ? describeNpy(file) : describeCsv(file)));
}

function checkSource(source: string | FileSource): FileSource {
  if (typeof source === 'string') return checkSource({ file: source });
  checkOptions(source, ['file', 'columns', 'header', 'delimiter'], 'the file');
  const { file, columns, header, delimiter } = source;
  if (typeof file !== 'string' || file === '') throw invalid('a path', 'file', file);
  if (columns !== undefined && !Array.isArray(columns)) throw invalid('an array', `columns of ${file}`, columns);
  if (header !== undefined) checkOneOf(header, `header of ${file}`, [true, false]);
  if (delimiter !== undefined && (typeof delimiter !== 'string' || !/^[^\dEe.+"\r\n-]$/.test(delimiter))) {
    throw invalid('one character that numbers, quotes and lines do not have', `delimiter of ${file}`, delimiter);
  }
  return source;
}

function formatOf(file: string): 'npy' | 'csv' {
  const extension = extname(file).toLowerCase();
  if (extension === '.npy') return 'npy';
  if (extension === '.csv') return 'csv';
  throw fileError(`Expected a file that ends in .npy or .csv but received ${file}.`);
}
