/** @file Labels of classes in files: integers or strings in a column of a `.csv`, integers of a `.npy`. */
import { labelList } from '../data/classes.js';
import { GnvproError } from '../errors.js';
import { chooseColumns } from './columns.js';
import { eachLine, empty, type Line, shorten, survey, toNumber } from './csvLines.js';
import { fileError, reading } from './fileError.js';
import { readMatrix } from './matrixFile.js';
import { withFile } from './reading.js';
import { checkSource, type FileSource, formatOf } from './source.js';

/**
 * Reads the labels of a file that has them in its one column, or in the one that `columns` chooses. Of a `.csv` they are
 * integers when every field is one, else strings, without the spaces around them.
 *
 * A `.csv` that begins with names has a header where numbers follow in the next line; where none do, `header` must say.
 *
 * @throws GnvproError ERR_LABEL for numbers that are no integers; and as `readMatrix` does
 */
export async function readLabels(source: string | FileSource): Promise<string[] | number[]> {
  const checked = checkSource(source);
  const { file } = checked;
  if (formatOf(file) === 'csv') return reading(file, () => readCsvLabels(checked));
  const { data, shape } = await readMatrix(checked);
  if (shape[1] !== 1) throw severalColumns(file, shape[1]);
  return labelList({ data, shape }, file) as number[];
}

async function readCsvLabels({ file, columns, header, delimiter = ',' }: FileSource): Promise<string[] | number[]> {
  return withFile(file, async (handle) => {
    const content = await survey(handle, file, delimiter);
    let pending: Line | null = null; // a first line of names: the next one tells whether it is a header
    let column: LabelColumn | null = null;
    await eachLine(content, { delimiter }, (line) => {
      if (column === null && pending === null && header === undefined && !hasNumber(line)) {
        pending = line;
        return;
      }
      if (column === null) {
        if (pending !== null && !hasNumber(line)) throw undecided(pending, file);
        const names = header === true ? line : pending;
        column = new LabelColumn(file, columns, line.fields.length, names?.fields ?? null);
        if (header === true) return;
      }
      column.add(line);
    });
    if (pending !== null && column === null) throw undecided(pending, file);
    if (column === null) throw empty(file);
    return (column as LabelColumn).finish();
  });
}

const hasNumber = ({ fields }: Line) => fields.some((field) => toNumber(field) !== null);

function undecided({ fields, line }: Line, file: string): GnvproError {
  return fileError(
    `Expected a number below or beside the names in line ${line} of ${file}, to see whether it is a header, but it ` +
      `reads ${shorten(fields.join(', '))}. Set header to true or false.`,
  );
}

/** The labels of the chosen column, line by line. */
class LabelColumn {
  readonly #at: number;
  readonly #texts: string[] = [];
  readonly #numbers: number[] = [];

  constructor(
    readonly file: string,
    columns: FileSource['columns'],
    readonly cols: number,
    names: readonly string[] | null,
  ) {
    const { ranges, count } = chooseColumns(columns ?? null, cols, names, file);
    if (count !== 1) throw severalColumns(file, count);
    this.#at = ranges[0][0];
  }

  add({ fields, line }: Line): void {
    if (fields.length !== this.cols) {
      throw fileError(
        `Expected ${this.cols} fields in line ${line} of ${this.file}, as in the first, but received ${fields.length}.`,
      );
    }
    const text = fields[this.#at].trim();
    const number = toNumber(text);
    if (text === '') throw fileError(`Expected a label in line ${line} of ${this.file} but received an empty field.`);
    if (number !== null && !Number.isSafeInteger(number)) {
      throw new GnvproError(
        'ERR_LABEL',
        `Expected an integer or a name in line ${line} of ${this.file} but received ${text}.`,
      );
    }
    this.#texts.push(text);
    if (number !== null) this.#numbers.push(number);
  }

  finish(): string[] | number[] {
    if (this.#texts.length === 0) throw fileError(`Expected labels in ${this.file} but it has only a header.`);
    return this.#numbers.length === this.#texts.length ? this.#numbers : this.#texts;
  }
}

function severalColumns(file: string, count: number): GnvproError {
  return new GnvproError(
    'ERR_SHAPE',
    `Expected one column of labels of ${file} but received ${count}. Choose one with columns.`,
  );
}
