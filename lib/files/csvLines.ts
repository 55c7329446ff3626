/** @file The lines of .csv files as fields; csv-parse splits them. */
import type { FileHandle } from 'node:fs/promises';
import { finished, pipeline } from 'node:stream/promises';
import type { Options } from 'csv-parse';
import { fileError } from './fileError.js';

export function empty(file: string): Error {
  return fileError(`Expected numbers in ${file} but it is empty.`);
}

/** A file without the blank lines at its end. */
export interface Content {
  readonly handle: FileHandle;
  readonly file: string;
  /** At least as many as there are to parse; they end in LF, CR LF or CR. */
  readonly lines: number;
  readonly bytes: number;
}

/** Reading a file once more is cheap beside parsing it, and tells how much memory it needs. */
export async function survey(handle: FileHandle, file: string, delimiter: string): Promise<Content> {
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

export interface Line {
  readonly fields: readonly string[];
  /** From 1. */
  readonly line: number;
}

/** Ends the reading early: an error is the only way out of a parser that has more to parse. */
const enough = new Error('enough');

/** Longer lines are refused: a quote that nobody closes would make the rest of the file one field. */
const longestLine = 2 ** 24;

/** Visits the lines of the file as fields, without blank ones at the end, until one is enough or `visit` throws. */
export async function eachLine(
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
export function hasHeader(fields: readonly string[], given: boolean | undefined): boolean | null {
  if (given !== undefined) return given;
  const numbers = fields.filter((field) => toNumber(field) !== null).length;
  if (numbers === fields.length) return false;
  return numbers === 0 && fields.every((field) => field.trim() !== '') ? true : null;
}

export function checkHeader({ fields, line }: Line, given: boolean | undefined, file: string): boolean {
  const answer = hasHeader(fields, given);
  if (answer !== null) return answer;
  throw fileError(
    `Expected only names or only numbers in line ${line} of ${file}, to see whether it is a header, but received ` +
      `${shorten(fields.join(', '))}. Set header to true or false.`,
  );
}

/** Plain decimal numbers, spaces around them allowed; null for everything else. */
export function toNumber(field: string): number | null {
  return /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$/.test(field) ? Number(field) : null;
}

export function shorten(text: string): string {
  return JSON.stringify(text.length <= 40 ? text : `${text.slice(0, 40)}…`);
}
