/** @file Matrices in files: `.npy` and `.csv`, told apart by their names. */
import { type Matrix, type MatrixLike, ownMatrix, toMatrix } from '../data/matrix.js';
import { checkOptions, invalid } from '../validate/check.js';
import { writeAtomically } from './atomic.js';
import type { KnownNames } from './columns.js';
import { type CsvFacts, csvBytes, describeCsv, readCsv } from './csv.js';
import { reading } from './fileError.js';
import { describeNpy, type NpyFacts, npyBytes, npyStart, npyTypeOf, readNpyMatrix } from './npy.js';
import { littleEndianBytes } from './numbers.js';
import { checkSource, type FileSource, formatOf } from './source.js';
import type { Table } from './table.js';

/**
 * Reads samples × columns from a `.npy` file (all little-endian numeric types, C or Fortran order, formats 1 to 3) or a
 * `.csv` file. One-dimensional arrays are one column; of more than two dimensions (C order), as of images, all
 * behind the first are a row.
 *
 * @throws GnvproError ERR_DATA_FILE for a file that cannot be read or is malformed, ERR_NONFINITE, ERR_OPTION, ERR_MEMORY
 *   for one that does not fit
 */
export async function readMatrix(source: string | FileSource): Promise<Matrix> {
  return (await readTable(source)).matrix;
}

/**
 * What `readMatrix` reads, with the names of the columns. Where no columns are chosen and the file has a header, they
 * are those of the known names. Throws ERR_OPTION where the header lacks one.
 */
export async function readTable(source: string | FileSource, known: KnownNames = []): Promise<Table> {
  const checked = checkSource(source);
  const { file, columns = null } = checked;
  return reading(file, async () =>
    formatOf(file) === 'npy'
      ? { matrix: await readNpyMatrix(file, columns), names: null, note: null }
      : readCsv(checked, known),
  );
}

/**
 * Writes a matrix, all or nothing: float64 in C order to a `.npy` file, or numbers that read back to the same bits to a
 * `.csv` file, after a line of names if `header` has them. Names such as 2019 or NA are written in quotes, by which
 * `readMatrix` tells them from data.
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
  if (header !== undefined) checkHeader(header, m.shape[1]);
  await writeAtomically(file, format === 'npy' ? npyBytes(m) : csvBytes(m, header === undefined ? null : [...header]));
}

/**
 * Writes `rows` rows that come some at a time, as `writeMatrix` does all: under a temporary name until the last is there.
 * Throws what `pieces` throw, too.
 */
export async function writeRows(
  file: string,
  rows: number,
  pieces: AsyncIterable<Matrix>,
  header: readonly string[] | null = null,
): Promise<void> {
  await writeAtomically(file, (formatOf(file) === 'npy' ? npyOf : csvOf)(rows, pieces, header));
}

async function* npyOf(rows: number, pieces: AsyncIterable<Matrix>): AsyncGenerator<Uint8Array> {
  let begins = true;
  for await (const piece of pieces) {
    const { data, shape } = toMatrix(piece, 'the rows to write');
    if (begins) yield* npyStart(npyTypeOf(data), [rows, shape[1]]);
    begins = false;
    yield littleEndianBytes(data);
  }
}

async function* csvOf(
  _: number,
  pieces: AsyncIterable<Matrix>,
  header: readonly string[] | null,
): AsyncGenerator<Uint8Array> {
  let begins = true;
  for await (const piece of pieces) {
    yield* csvBytes(toMatrix(piece, 'the rows to write'), header, begins);
    begins = false;
  }
}

function checkHeader(header: unknown, cols: number): void {
  const isName = (name: unknown) => typeof name === 'string' && name.trim() !== '';
  const isHeader = Array.isArray(header) && header.length === cols && header.every(isName);
  if (!isHeader) throw invalid(`${cols} names, one a column,`, 'header', header);
}

/** What a data file holds, from its beginning. Throws as `readMatrix`. */
export async function describeFile(file: string): Promise<NpyFacts | CsvFacts> {
  return reading<NpyFacts | CsvFacts>(file, () => (formatOf(file) === 'npy' ? describeNpy(file) : describeCsv(file)));
}
