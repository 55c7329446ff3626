/** @file Labels of classes in files: integers or strings in a column of a `.csv`, integers of a `.npy`. */
import { labelList } from '../data/classes.js';
import { GnvproError } from '../errors.js';
import type { ChosenColumns, KnownNames } from './columns.js';
import { gatherColumns } from './csvColumns.js';
import { type Header, isMissing } from './csvHeader.js';
import { type Content, isInteger, type Line, shorten, toNumber } from './csvLines.js';
import { fileError, reading } from './fileError.js';
import { readMatrix } from './matrixFile.js';
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
  if (formatOf(file) === 'csv') {
    const gather = () => gatherColumns(checked, 'labels', known, (...of) => new LabelColumn(...of));
    const { result, ...about } = await reading(file, gather);
    return { labels: result, ...about };
  }
  const { data, shape } = await readMatrix(checked);
  if (shape[1] !== 1) throw severalColumns(file, shape[1]);
  return { labels: labelList({ data, shape }, file) as number[], names: null, note: null };
}

/** The labels of the chosen column. */
class LabelColumn {
  readonly #at: number;
  readonly #texts: string[] = [];
  #areNumbers = true;
  /** The first of them that would be no label where the others are integers. */
  #doubtful: { readonly text: string; readonly line: number } | null = null;

  constructor(
    { ranges, count }: ChosenColumns,
    readonly header: Header,
    readonly content: Content,
  ) {
    if (count !== 1) throw severalColumns(content.file, count);
    this.#at = ranges[0][0];
  }

  add({ fields, line }: Line): void {
    const { file } = this.content;
    const text = fields[this.#at].trim();
    if (text === '') throw fileError(`Expected a label in line ${line} of ${file} but received an empty field.`);
    const { isGuess, names } = this.header;
    if (isGuess && text === names?.[this.#at].trim()) throw repeated(text, line, file);
    const number = toNumber(text);
    if (number === null ? isMissing(text) : !Number.isInteger(number)) this.#doubtful ??= { text, line };
    else if (number === null) this.#areNumbers = false;
    this.#texts.push(text);
  }

  finish(): string[] | number[] {
    const texts = this.#texts;
    const { file } = this.content;
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
