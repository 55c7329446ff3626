/** @file The lines of .csv files as fields; csv-parse splits them. */
import type { FileHandle } from 'node:fs/promises';
import { finished, pipeline } from 'node:stream/promises';
import type { CastingContext, Options } from 'csv-parse';
import { fileError } from './fileError.js';
import { TextCheck, textOf } from './text.js';

export function empty(file: string): Error {
  return fileError(`Expected numbers in ${file} but it is empty.`);
}

/** A file without the blank lines at its end. */
export interface Content {
  readonly handle: FileHandle;
  readonly file: string;
  readonly delimiter: string;
  /** A number of lines, at least as many as there are to parse. */
  readonly lines: number;
  /** Bytes of the text in UTF-8. */
  readonly bytes: number;
  /** The ends of lines that there are: editors leave several kinds in one file. */
  readonly ends: readonly string[];
}

/**
 * Reading a file once more is cheap beside parsing it, and tells whether it is text and how much memory it needs.
 *
 * @throws GnvproError ERR_DATA_FILE for what is no text, with the line
 */
export async function survey(handle: FileHandle, file: string, delimiter: string): Promise<Content> {
  const blank = [...Buffer.from('\n\r \t')].filter((byte) => byte !== delimiter.charCodeAt(0));
  const text = new TextCheck(file);
  let [position, content] = [0, { lines: 0, bytes: 0 }];
  for await (const piece of textOf(handle, file)) {
    let end = piece.length;
    while (end > 0 && blank.includes(piece[end - 1])) end--;
    text.add(piece.subarray(0, end));
    if (end > 0) content = { lines: text.count + 1, bytes: position + end };
    text.add(piece.subarray(end));
    position += piece.length;
  }
  text.finish();
  const ends = Object.entries(text.ends).flatMap(([end, count]) => (count > 0 ? [end] : []));
  return { handle, file, delimiter, ...content, ends };
}

async function* firstBytes(pieces: AsyncGenerator<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const piece of pieces) {
    yield piece.subarray(0, left);
    left -= piece.length;
    if (left <= 0) return;
  }
}

export interface Line {
  readonly fields: readonly string[];
  /** The number of the line, from 1. */
  readonly line: number;
}

/** Ends the reading early: an error is the only way out of a parser that has more to parse. */
const enough = new Error('enough');

/** Longer lines are refused: a quote that nobody closes would make the rest of the file one field. */
const longestLine = 2 ** 24;

/** Visits the lines of the file as fields, without blank ones at the end, until one is enough or `visit` throws. */
export async function eachLine(
  { handle, file, delimiter, bytes, ends }: Content,
  visit: (line: Line) => 'enough' | undefined,
  options: Options = {},
): Promise<void> {
  if (bytes === 0) return;
  const { CsvError, parse } = await import('csv-parse');
  let blank: number | null = null;
  // A callback, because a stream of records costs several times more.
  const onRecord = (fields: string[], { lines: line }: { lines: number }) => {
    if (isBlank(fields)) blank ??= line;
    else if (blank !== null) throw fileError(`Expected numbers in line ${blank} of ${file} but it is blank.`);
    else if (visit({ fields, line }) === 'enough') throw enough;
    return null;
  };
  const parser = parse({
    ...options,
    delimiter,
    record_delimiter: ends.length === 0 ? '\n' : [...ends],
    max_record_size: longestLine,
    on_record: onRecord,
    relax_column_count: true,
  });
  try {
    await Promise.all([pipeline(firstBytes(textOf(handle, file), bytes), parser), finished(parser.resume())]);
  } catch (error) {
    if (error === enough) return;
    if (!(error instanceof CsvError)) throw error;
    throw fileError(`${file} is no .csv file, near line ${parser.info.lines}: ${error.message}.`, error);
  }
}

function isBlank(fields: readonly string[]): boolean {
  return fields.length === 1 && fields[0].trim() === '';
}

/** A line, and which of its fields are in quotes. */
export interface QuotedLine extends Line {
  readonly quoted: readonly boolean[];
}

/** The first lines, at most `count`. */
export async function firstLines(content: Content, count: number): Promise<QuotedLine[]> {
  const lines: QuotedLine[] = [];
  let quoted: boolean[] = [];
  const visit = (line: Line) => {
    lines.push({ ...line, quoted });
    quoted = [];
    return lines.length === count ? 'enough' : undefined;
  };
  const cast = (field: string, { quoting }: CastingContext) => {
    quoted.push(quoting);
    return field;
  };
  await eachLine(content, visit, { cast });
  return lines;
}

/** Plain decimal numbers, spaces around them allowed; null for everything else. */
export function toNumber(field: string): number | null {
  return /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$/.test(field) ? Number(field) : null;
}

/** Written as nothing else but itself: a code such as 007 is none. */
export function isInteger(field: string): boolean {
  return /^\s*(0|-?[1-9]\d*)\s*$/.test(field) && Number.isSafeInteger(Number(field));
}

export function shorten(text: string): string {
  return JSON.stringify(text.length <= 40 ? text : `${text.slice(0, 40)}…`);
}

/** Tables of spreadsheets have other delimiters where the comma is a decimal mark. */
export function delimiterHint(fields: readonly string[], delimiter: string): string {
  const other = [';', '\t', '|'].find((mark) => mark !== delimiter && fields.some((field) => field.includes(mark)));
  return other === undefined ? '' : ` Is ${JSON.stringify(other)} the delimiter? Then set delimiter to it.`;
}
