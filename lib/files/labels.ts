/** @file Labels of classes in files: integers or strings in a column of a `.csv`, integers of a `.npy`. */
import { labelList } from '../data/classes.js';
import { GnvproError } from '../errors.js';
import { type ColumnChoice, chooseColumns, columnsKnown, type KnownNames, soughtNames } from './columns.js';
import { checkFields, eachDataLine, type Header, isMissing, onlyHeader, readHeader } from './csvHeader.js';
import { type Content, empty, isInteger, type Line, shorten, survey, toNumber } from './csvLines.js';
import { fileError, reading } from './fileError.js';
import { readMatrix } from './matrixFile.js';
import { withFile } from './reading.js';
import { checkSource, type FileSource, formatOf } from './source.js';
import type { Table } from './table.js';

/**
 * Reads the labels of a file that has them in its one column, or in the one that `columns` chooses. Of a `.csv` they are
 * integers when every field is one as it is written plainly, such as 7 or -1; else (007, 1.0, +7) all are strings, without
 * the spaces around them.
 *
 * A `.csv` that begins with names has a header where numbers follow in the next line, or where they alone are in quotes;
 * else `header` must say.
 *
 * @throws GnvproError ERR_LABEL for fractions or missing values among numbers; and as `readMatrix` does
 */
export async function readLabels(source: string | FileSource): Promise<string[] | number[]> {
  return (await readLabelTable(source)).labels;
}

/** Labels, and the name of their column where the file has a header. */
export interface LabelTable extends Omit<Table, 'matrix'> {
  readonly labels: string[] | number[];
}

/** Labels and their column, by known names where there are some. */
export async function readLabelTable(source: string | FileSource, known: KnownNames = []): Promise<LabelTable> {
  const checked = checkSource(source);
  const { file } = checked;
  if (formatOf(file) === 'csv') return reading(file, () => readCsvLabels(checked, known));
  const { data, shape } = await readMatrix(checked);
  if (shape[1] !== 1) throw severalColumns(file, shape[1]);
  return { labels: labelList({ data, shape }, file) as number[], names: null, note: null };
}

async function readCsvLabels(source: FileSource, known: KnownNames): Promise<LabelTable> {
  const { file, columns = null, header, delimiter = ',' } = source;
  return withFile(file, async (handle) => {
    const content = await survey(handle, file, delimiter);
    const begin = await readHeader(content, header, 'labels', soughtNames(columns, known));
    if (begin === null) throw empty(file);
    const column = new LabelColumn(content, columns ?? (begin.names && columnsKnown(known, begin.names, file)), begin);
    await eachDataLine(content, begin, (line) => column.add(line));
    return { labels: column.finish(), names: column.names, note: begin.note };
  });
}

/** The labels of the chosen column, line by line. */
class LabelColumn {
  readonly #content: Content;
  readonly #header: Header;
  readonly #at: number;
  readonly #texts: string[] = [];
  #areNumbers = true;
  /** The first of them that would be no label where the others are integers. */
  #doubtful: { readonly text: string; readonly line: number } | null = null;

  constructor(content: Content, columns: readonly ColumnChoice[] | null, header: Header) {
    const { ranges, count } = chooseColumns(columns, header.columns, header.names, content.file);
    if (count !== 1) throw severalColumns(content.file, count);
    this.#content = content;
    this.#header = header;
    this.#at = ranges[0][0];
  }

  get names(): readonly string[] | null {
    const { names } = this.#header;
    return names && [names[this.#at]];
  }

  add(found: Line): void {
    checkFields(found, this.#header, this.#content);
    const { line } = found;
    const { file } = this.#content;
    const text = found.fields[this.#at].trim();
    if (text === '') throw fileError(`Expected a label in line ${line} of ${file} but received an empty field.`);
    const { isGuess, names } = this.#header;
    if (isGuess && text === names?.[this.#at].trim()) throw repeated(text, line, file);
    const number = toNumber(text);
    if (number === null ? isMissing(text) : !Number.isInteger(number)) this.#doubtful ??= { text, line };
    else if (number === null) this.#areNumbers = false;
    this.#texts.push(text);
  }

  finish(): string[] | number[] {
    const texts = this.#texts;
    const { file } = this.#content;
    if (texts.length === 0) throw onlyHeader('labels', this.#header, this.#content);
    if (this.#areNumbers && this.#doubtful !== null && texts.some((text) => toNumber(text) !== null)) {
      const { text, line } = this.#doubtful;
      throw new GnvproError(
        'ERR_LABEL',
        `Expected an integer or a name in line ${line} of ${file} but received ${text}.`,
      );
    }
    return texts.every(isInteger) ? texts.map(Number) : texts;
  }
}

function repeated(text: string, line: number, file: string): GnvproError {
  return fileError(
    `Expected names in the first line of ${file}, above numbers, but line ${line} has ${shorten(text)} again. ` +
      'Set header to true or false.',
  );
}

function severalColumns(file: string, count: number): GnvproError {
  return new GnvproError(
    'ERR_SHAPE',
    `Expected one column of labels of ${file} but received ${count}. Choose one with columns.`,
  );
}
