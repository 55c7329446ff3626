/** @file Matrices in .csv files. */
import { TextEncoder } from 'node:util';
import type { Matrix } from '../data/matrix.js';
import type { ChosenColumns, KnownNames } from './columns.js';
import { gatherColumns } from './csvColumns.js';
import { type Header, headerLine, mayBeNames } from './csvHeader.js';
import { type Content, delimiterHint, empty, firstLines, type Line, shorten, survey, toNumber } from './csvLines.js';
import { fileError } from './fileError.js';
import { allocate, withFile } from './reading.js';
import type { FileSource } from './source.js';
import type { Table } from './table.js';

export interface CsvFacts {
  readonly format: 'csv';
  /** Names of the header, or null. */
  readonly names: readonly string[] | null;
  readonly columns: number;
  readonly lines: number;
  readonly bytes: number;
}

export async function describeCsv(file: string): Promise<CsvFacts> {
  return withFile(file, async (handle, bytes) => {
    const content = await survey(handle, file, ',');
    const [first, second] = await firstLines(content, 2);
    if (first === undefined) throw empty(file);
    const names = mayBeNames(first, second) ? first.fields : null;
    return { format: 'csv', names, columns: first.fields.length, lines: content.lines, bytes };
  });
}

/** The chosen columns and what the file says about them. Where nobody chooses, names of a header that are `known` do. */
export async function readCsv(source: FileSource, known: KnownNames): Promise<Table> {
  const { result, ...about } = await gatherColumns(source, 'numbers', known, (...of) => new Numbers(...of));
  return { matrix: result, ...about };
}

/** The numbers of the chosen columns. */
class Numbers {
  readonly #data: Float64Array<ArrayBuffer>;
  #rows = 0;

  constructor(
    readonly chosen: ChosenColumns,
    readonly header: Header,
    readonly content: Content,
  ) {
    const { file, lines } = content;
    this.#data = allocate(Math.max(0, lines - Number(header.names !== null)), chosen.count, file);
  }

  add(line: Line): void {
    let at = this.#rows * this.chosen.count;
    if (at === this.#data.length) throw fileError(`${this.content.file} became longer while it was read.`);
    for (const [first, end] of this.chosen.ranges) {
      for (let col = first; col < end; col++) {
        const value = toNumber(line.fields[col]);
        if (value === null || !Number.isFinite(value)) throw this.#notANumber(line, col);
        this.#data[at++] = value;
      }
    }
    this.#rows++;
  }

  finish(): Matrix {
    // The little that blank lines were counted for stays unused: a copy without it would need the memory twice.
    const data = this.#data.subarray(0, this.#rows * this.chosen.count);
    return { data, shape: [this.#rows, this.chosen.count] };
  }

  #notANumber({ fields, line }: Line, col: number): Error {
    const { names } = this.header;
    const { file, delimiter } = this.content;
    const name = names === null ? '' : ` (${shorten(names[col])})`;
    const received = fields[col].trim() === '' ? 'an empty field' : shorten(fields[col]);
    return fileError(
      `Expected a finite number in line ${line}, column ${col + 1}${name} of ${file} but received ${received}.${hint(fields[col], delimiter)}`,
    );
  }
}

function hint(field: string, delimiter: string): string {
  if (/^\s*[+-]?\d+,\d+\s*$/.test(field)) return ' Numbers need decimal points, and no commas.';
  return delimiterHint([field], delimiter);
}

/** The shortest digits that read back to the same numbers, the sign of zero included. */
/** `begins`: whether these are the first rows of their file, with the header if there is one. */
export function* csvBytes(
  { data, shape: [rows, cols] }: Matrix,
  header: readonly string[] | null,
  begins = true,
): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  if (begins && header !== null) yield encoder.encode(`${headerLine(header)}\n`);
  const rowsAtOnce = Math.max(1, Math.floor(2 ** 16 / cols));
  for (let first = 0; first < rows; first += rowsAtOnce) {
    let text = begins && first === 0 && header === null && resemblesIndex(data.subarray(0, cols)) ? '0.' : '';
    for (let row = first; row < Math.min(rows, first + rowsAtOnce); row++) {
      for (let at = row * cols; at < (row + 1) * cols; at++) {
        text += `${at === row * cols ? '' : ','}${Object.is(data[at], -0) ? '-0' : data[at]}`;
      }
      text += '\n';
    }
    yield encoder.encode(text);
  }
}

/** The first row 0, 1, 2, … would be read as the names that pandas gives; 0.0, 1, 2, … is not. */
function resemblesIndex(row: Float64Array): boolean {
  return row.length > 1 && row.every((value, j) => value === j && !Object.is(value, -0));
}
