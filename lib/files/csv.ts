/** @file Matrices in .csv files; csv-parse splits the lines, the rest is about numbers. */
import type { FileHandle } from 'node:fs/promises';
import { finished, pipeline } from 'node:stream/promises';
import type { Options } from 'csv-parse';
import type { Matrix } from '../data/matrix.js';
import { type ChosenColumns, type ColumnChoice, chooseColumns } from './columns.js';
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

function empty(file: string): Error {
  return fileError(`Expected numbers in ${file} but it is empty.`);
}

/** A file without the blank lines at its end. */
interface Content {
  readonly handle: FileHandle;
  readonly file: string;
  /** At least as many as there are to parse; they end in LF, CR LF or CR. */
  readonly lines: number;
  readonly bytes: number;
}

/** Reading a file once more is cheap beside parsing it, and tells how much memory it needs. */
async function survey(handle: FileHandle, file: string, delimiter: string): Promise<Content> {
  const blank = [lf, cr, ...Buffer.from(' \t')].filter((byte) => byte !== delimiter.charCodeAt(0));
  const seen = { lf: 0, cr: 0 };
  let [position, content] = [0, { lines: 0, bytes: 0 }];
  for await (const piece of piecesOf(handle)) {
    let end = piece.length;
    while (end > 0 && blank.includes(piece[end - 1])) end--;
    count(piece.subarray(0, end), seen);
    if (end > 0) content = { lines: Math.max(seen.lf, seen.cr) + 1, bytes: position + end };
    count(piece.subarray(end), seen);
    position += piece.length;
  }
  return { handle, file, ...content };
}

/** The bytes before `end`. Not a stream of Node's, which closes the handle when something goes wrong. */
async function* piecesOf(handle: FileHandle, end = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
  for (let position = 0; position < end; ) {
    const piece = Buffer.allocUnsafe(Math.min(2 ** 18, end - position));
    const { bytesRead } = await handle.read(piece, 0, piece.length, position);
    if (bytesRead === 0) return;
    yield piece.subarray(0, bytesRead);
    position += bytesRead;
  }
}

const [lf, cr] = [0x0a, 0x0d];

function count(bytes: Buffer, seen: { lf: number; cr: number }): void {
  for (let at = bytes.indexOf(lf); at !== -1; at = bytes.indexOf(lf, at + 1)) seen.lf++;
  for (let at = bytes.indexOf(cr); at !== -1; at = bytes.indexOf(cr, at + 1)) seen.cr++;
}

interface Line {
  readonly fields: readonly string[];
  /** From 1. */
  readonly line: number;
}

/** Ends the reading early: an error is the only way out of a parser that has more to parse. */
const enough = new Error('enough');

/** Longer lines are refused: a quote that nobody closes would make the rest of the file one field. */
const longestLine = 2 ** 24;

/** Visits the lines of the file as fields, without blank ones at the end, until one is enough or `visit` throws. */
async function eachLine(
  { handle, file, bytes }: Content,
  options: Options,
  visit: (line: Line) => 'enough' | undefined,
): Promise<void> {
  if (bytes === 0) return;
  const { CsvError, parse } = await import('csv-parse');
  let blank: number | null = null;
  // As a callback, because a stream of records costs several times more.
  const onRecord = (fields: string[], { lines: line }: { lines: number }) => {
    if (isBlank(fields)) blank ??= line;
    else if (blank !== null) throw fileError(`Expected numbers in line ${blank} of ${file} but it is blank.`);
    else if (visit({ fields, line }) === 'enough') throw enough;
    return null;
  };
  const parser = parse({
    ...options,
    bom: true,
    max_record_size: longestLine,
    on_record: onRecord,
    relax_column_count: true,
  });
  try {
    await Promise.all([pipeline(piecesOf(handle, bytes), parser), finished(parser.resume())]);
  } catch (error) {
    if (error === enough) return;
    if (!(error instanceof CsvError)) throw error;
    throw fileError(`${file} is no .csv file, near line ${parser.info.lines}: ${error.message}.`, error);
  }
}

function isBlank(fields: readonly string[]): boolean {
  return fields.length === 1 && fields[0].trim() === '';
}

/** A header has only names, a line of data only numbers; null for neither. */
function hasHeader(fields: readonly string[], given: boolean | undefined): boolean | null {
  if (given !== undefined) return given;
  const numbers = fields.filter((field) => toNumber(field) !== null).length;
  if (numbers === fields.length) return false;
  return numbers === 0 && fields.every((field) => field.trim() !== '') ? true : null;
}

function checkHeader({ fields, line }: Line, given: boolean | undefined, file: string): boolean {
  const answer = hasHeader(fields, given);
  if (answer !== null) return answer;
  throw fileError(
    `Expected only names or only numbers in line ${line} of ${file}, to see whether it is a header, but received ` +
      `${shorten(fields.join(', '))}. Set header to true or false.`,
  );
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

/** Plain decimal numbers, spaces around them allowed; null for everything else. */
function toNumber(field: string): number | null {
  return /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$/.test(field) ? Number(field) : null;
}

function shorten(text: string): string {
  return JSON.stringify(text.length <= 40 ? text : `${text.slice(0, 40)}…`);
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

function quoted(name: string): string {
  return /[",\r\n]/.test(name) || name !== name.trim() ? `"${name.replaceAll('"', '""')}"` : name;
}
