/** @file The choice of columns of a file. */
import { ColumnPlaces, listed } from '../data/names.js';
import { GnvproError } from '../errors.js';
import { show } from '../validate/check.js';
import { delimiterHint } from './csvLines.js';

/** A column's number from 0, a range [first, end), or its name in the header. */
export type ColumnChoice = number | string | readonly [first: number, end: number];

type Range = readonly [first: number, end: number];

/** Names that columns are known by, in their order; of several lists the first that a header has counts. */
export type KnownNames = readonly (readonly string[])[];

export interface ChosenColumns {
  /** In the order of the choice; a damaged or hostile file may name more columns than memory can list one by one. */
  readonly ranges: readonly Range[];
  readonly count: number;
}

/** The chosen columns of `cols`, all of them for null. Throws ERR_OPTION. */
export function chooseColumns(
  choices: readonly ColumnChoice[] | null,
  cols: number,
  names: readonly string[] | null,
  file: string,
): ChosenColumns {
  if (choices === null) return { ranges: [[0, cols]], count: cols };
  if (choices.length === 0) throw refused('at least one column', file, 'none');
  const ranges = choices.map((choice) => rangeOf(choice, cols, names, file));
  return { ranges, count: ranges.reduce((sum, [first, end]) => sum + end - first, 0) };
}

function rangeOf(choice: ColumnChoice, cols: number, names: readonly string[] | null, file: string): Range {
  if (typeof choice === 'string') {
    const number = numberOf(choice, names, file);
    return [number, number + 1];
  }
  const range = typeof choice === 'number' ? [choice, choice + 1] : choice;
  if (isRange(range) && range[1] <= cols) return [range[0], range[1]];
  const shown = Array.isArray(choice) ? `[${choice.join(', ')}]` : show(choice);
  throw refused(`columns from 0 to ${cols - 1}, or ranges [first, end) of them,`, file, shown);
}

function isRange(value: unknown): value is Range {
  return (
    Array.isArray(value) && value.length === 2 && value.every(Number.isInteger) && 0 <= value[0] && value[0] < value[1]
  );
}

function numberOf(name: string, names: readonly string[] | null, file: string): number {
  if (names === null) throw refused('numbers of columns, because there is no header,', file, show(name));
  const [at, ...others] = new ColumnPlaces(names).of(name);
  if (others.length > 0)
    throw refused('a name that one column has', file, `${show(name)}, which several have; choose by number`);
  if (at !== undefined) return at;
  throw refused(`a column of the header (${listed(names)})`, file, show(name), delimiterHint(names, ''));
}

/** The names that columns are chosen by, or else looked for by. */
export function soughtNames(columns: readonly ColumnChoice[] | null, [known = []]: KnownNames): readonly string[] {
  return columns === null ? known : columns.filter((choice) => typeof choice === 'string');
}

/**
 * The columns of a header by the names that they are known by; null for all columns as they are, where nothing is known
 * or the header is the same.
 *
 * @throws GnvproError ERR_COLUMNS when a name is missing, or not unique
 */
export function columnsKnown(known: KnownNames, header: readonly string[], file: string): ColumnChoice[] | null {
  const isHeader = (name: string, j: number) => name.trim() === header[j].trim();
  const places = new ColumnPlaces(header);
  for (const list of known) {
    if (list.length === header.length && list.every(isHeader)) return null;
    const found = places.ofAll(list);
    if (found !== null) return found;
  }
  if (known.length === 0) return null;
  const cure = ` Choose columns by their numbers to take them as they are.${delimiterHint(header, '')}`;
  throw places.refused(known[0], `the header of ${file}`, cure);
}

function refused(expected: string, file: string, received: string, hint = ''): GnvproError {
  return new GnvproError('ERR_OPTION', `Expected ${expected} for columns of ${file} but received ${received}.${hint}`);
}
