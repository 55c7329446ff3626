/** @file Samples as objects: their numbers are found by the names of the columns, whatever their order. */
import { GnvproError } from '../errors.js';
import { isReader } from '../job/rows.js';
import { invalid, show } from '../validate/check.js';
import { ColumnPlaces } from './names.js';

/** A sample as `{ temperature: 20, … }`; what else it has is left alone. */
export type NamedSample = Readonly<Record<string, unknown>>;

/** A row of columns that the samples have in an order of their own. */
export type NamedSamples = NamedSample | readonly NamedSample[];

/** Objects that are no rows of numbers, and no `{ data, shape }`. */
export function isNamed(value: unknown): value is NamedSamples {
  return isRecord(Array.isArray(value) ? value[0] : value);
}

function isRecord(value: unknown): value is NamedSample {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  if (isReader(value)) return false;
  return !('shape' in value && 'data' in value && typeof value.data === 'object');
}

/**
 * The samples as rows of numbers; `name` is theirs in what is thrown.
 *
 * @throws GnvproError as `namedRows`, ERR_OPTION for what is no number
 */
export function namedNumbers(samples: NamedSamples, columns: readonly string[] | null, name: string): number[][] {
  return namedRows(samples, columns, name).map((row, n) =>
    row.map((value, j) => {
      if (typeof value === 'number') return value;
      throw invalid('a number', `${show(columns?.[j])} in row ${n} of ${name}`, value);
    }),
  );
}

/** What the samples have in the columns. Throws ERR_COLUMNS where a name is missing, or no names are known. */
export function namedRows(samples: NamedSamples, columns: readonly string[] | null, name: string): unknown[][] {
  if (columns === null) {
    throw new GnvproError(
      'ERR_COLUMNS',
      `Expected rows of numbers for ${name}, because this model does not know the names of its columns, but received ` +
        'objects. Train it with names, or from a .csv with a header.',
    );
  }
  let [own, keys]: string[][] = [[], []];
  return Array.from(Array.isArray(samples) ? samples : [samples], (sample, n) => {
    if (!isRecord(sample)) throw invalid('an object, as row 0 is,', `row ${n} of ${name}`, sample);
    const found = Object.keys(sample);
    if (n === 0 || found.length !== own.length || found.some((key, i) => key !== own[i])) {
      own = found;
      keys = keysOf(columns, own, `row ${n} of ${name}`);
    }
    return keys.map((key) => sample[key]);
  });
}

function keysOf(columns: readonly string[], own: readonly string[], place: string): string[] {
  const places = new ColumnPlaces(own);
  const found = places.ofAll(columns);
  if (found === null) throw places.refused(columns, place);
  return found.map((j) => own[j]);
}
