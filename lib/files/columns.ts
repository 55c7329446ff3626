/** @file The choice of columns of a file. */
import { GnvproError } from '../errors.js';
import { show } from '../validate/check.js';

/** A column's number from 0, a range [first, end), or its name in the header. */
export type ColumnChoice = number | string | readonly [first: number, end: number];

type Range = readonly [first: number, end: number];

/** Kept as ranges, because a damaged or hostile file may name more columns than memory can list. */
export interface ChosenColumns {
  /** In the order of the choice. */
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
  const at = names.indexOf(name);
  if (at === -1) throw refused(`a column of the header (${listed(names)})`, file, show(name));
  if (names.indexOf(name, at + 1) !== -1) {
    throw refused('a name that one column has', file, `${show(name)}, which several have; choose by number`);
  }
  return at;
}

function listed(names: readonly string[]): string {
  const most = 30;
  const rest = names.length > most ? `, and ${names.length - most} more` : '';
  return `${names.slice(0, most).join(', ')}${rest}`;
}

function refused(expected: string, file: string, received: string): GnvproError {
  return new GnvproError('ERR_OPTION', `Expected ${expected} for columns of ${file} but received ${received}.`);
}
