/** @file Which file, and what of it. */
import { extname } from 'node:path';
import { checkOneOf, checkOptions, invalid } from '../validate/check.js';
import type { ColumnChoice } from './columns.js';
import { fileError } from './fileError.js';

/** A file, and what of it. */
export interface FileSource {
  /** Path of a .npy or .csv file. */
  readonly file: string;
  /** Columns in this order: numbers from 0, [first, end) ranges, or names of the header. Default: all. */
  readonly columns?: readonly ColumnChoice[];
  /** Whether a .csv begins with names. Default: seen where it cannot be data; what may be either is refused. */
  readonly header?: boolean;
  /** One character between fields of a .csv, e.g. `;` or a tab, or `\t` of two characters. Default: a comma. */
  readonly delimiter?: string;
}

/** Throws ERR_OPTION. */
export function checkSource(source: string | FileSource): FileSource {
  if (typeof source === 'string') return checkSource({ file: source });
  checkOptions(source, ['file', 'columns', 'header', 'delimiter'], 'the file');
  const { file, columns, header, delimiter } = source;
  if (typeof file !== 'string' || file === '') throw invalid('a path', 'file', file);
  if (columns !== undefined && !Array.isArray(columns)) throw invalid('an array', `columns of ${file}`, columns);
  if (header !== undefined) checkOneOf(header, `header of ${file}`, [true, false]);
  if (delimiter === '\\t') return { ...source, delimiter: '\t' };
  if (delimiter !== undefined && (typeof delimiter !== 'string' || !/^[^\dEe.+"\r\n-]$/.test(delimiter))) {
    throw invalid('one character that numbers, quotes and lines do not have', `delimiter of ${file}`, delimiter);
  }
  return source;
}

/** The format that the name says. Throws ERR_DATA_FILE. */
export function formatOf(file: string): 'npy' | 'csv' {
  const extension = extname(file).toLowerCase();
  if (extension === '.npy') return 'npy';
  if (extension === '.csv') return 'csv';
  throw fileError(`Expected a file that ends in .npy or .csv but received ${file}.`);
}
