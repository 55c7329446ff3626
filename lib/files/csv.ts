/** @file Matrices in .csv files. */
import { TextEncoder } from 'node:util';
import type { Matrix } from '../data/matrix.js';
import { type ChosenColumns, type ColumnChoice, chooseColumns } from './columns.js';
import { checkHeader, eachLine, empty, hasHeader, type Line, shorten, survey, toNumber } from './csvLines.js';
import { fileError } from './fileError.js';
import { allocate, withFile } from './reading.js';

export interface CsvOptions {
  readonly header?: boolean;
  readonly delimiter: string;
}

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
    let fields: readonly string[] = [];
    await eachLine(content, { skip_empty_lines: true }, (line) => {
      fields = line.fields;
      return 'enough';
    });
    if (fields.length === 0) throw empty(file);
    const names = hasHeader(fields, undefined) === false ? null : fields;
    return { format: 'csv', names, columns: fields.length, lines: content.lines, bytes };
  });
}

export async function readCsv(
  file: string,
  columns: readonly ColumnChoice[] | null,
  { header, delimiter }: CsvOptions,
): Promise<Matrix> {
  return withFile(file, async (handle) => {
    const content = await survey(handle, file, delimiter);
    let table: Table | undefined;
    await eachLine(content, { delimiter }, (line) => {
      if (table === undefined) {
        const names = checkHeader(line, header, file) ? line.fields : null;
        table = new Table(file, line.fields.length, columns, names, content.lines);
        if (names !== null) return;
      }
      table.add(line);
    });
    if (table === undefined) throw empty(file);
    return (table as Table).finish();
  });
}

/** The numbers of the chosen columns, line by line. */
class Table {
  readonly #chosen: ChosenColumns;
  readonly #data: Float64Array<ArrayBuffer>;
  #rows = 0;

  constructor(
    readonly file: string,
    readonly cols: number,
    columns: readonly ColumnChoice[] | null,
    readonly names: readonly string[] | null,
    lines: number,
  ) {
    this.#chosen = chooseColumns(columns, cols, names, file);
    this.#data = allocate(Math.max(0, lines - Number(names !== null)), this.#chosen.count, file);
  }

  add({ fields, line }: Line): void {
    if (fields.length !== this.cols) {
      throw fileError(
        `Expected ${this.cols} fields in line ${line} of ${this.file}, as in the first, but received ${fields.length}.`,
      );
    }
    let at = this.#rows * this.#chosen.count;
    if (at === this.#data.length) throw fileError(`${this.file} became longer while it was read.`);
    for (const [first, end] of this.#chosen.ranges) {
      for (let col = first; col < end; col++) {
        const value = toNumber(fields[col]);
        if (value === null || !Number.isFinite(value)) throw this.#notANumber(fields[col], line, col);
        this.#data[at++] = value;
      }
    }
    this.#rows++;
  }

  finish(): Matrix {
    if (this.#rows === 0) throw fileError(`Expected lines of numbers in ${this.file} but it has only a header.`);
    // The little that blank lines were counted for stays unused: a copy without it would need the memory twice.
    const data = this.#data.subarray(0, this.#rows * this.#chosen.count);
    return { data, shape: [this.#rows, this.#chosen.count] };
  }

  #notANumber(field: string, line: number, col: number): Error {
    const name = this.names === null ? '' : ` ("${this.names[col]}")`;
    const received = field.trim() === '' ? 'an empty field' : shorten(field);
    return fileError(
      `Expected a finite number in line ${line}, column ${col + 1}${name} of ${this.file} but received ${received}.`,
    );
  }
}

/** The shortest digits that read back to the same numbers, the sign of zero included. */
export function* csvBytes(
  { data, shape: [rows, cols] }: Matrix,
  header: readonly string[] | null,
): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  if (header !== null) yield encoder.encode(`${header.map(quoted).join(',')}\n`);
  const rowsAtOnce = Math.max(1, Math.floor(2 ** 16 / cols));
  for (let first = 0; first < rows; first += rowsAtOnce) {
    let text = '';
    for (let row = first; row < Math.min(rows, first + rowsAtOnce); row++) {
      for (let at = row * cols; at < (row + 1) * cols; at++) {
        text += `${at === row * cols ? '' : ','}${Object.is(data[at], -0) ? '-0' : data[at]}`;
      }
      text += '\n';
    }
    yield encoder.encode(text);
  }
}

export function quoted(name: string): string {
  return /[",\r\n]/.test(name) || name !== name.trim() ? `"${name.replaceAll('"', '""')}"` : name;
}
