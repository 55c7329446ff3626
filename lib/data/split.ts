/** @file Which rows of the data train, validate and test. */
import { GnvproError } from '../errors.js';
import { Random } from '../random.js';

/** [first, end) */
export type RowRange = readonly [first: number, end: number];

/**
 * A fraction of the rows, a range of them, or several. Fractions that add up to 1 use every row and leave each part at least
 * one; where they add up to less, the others are left out.
 */
export type Rows = number | RowRange | readonly RowRange[];

const partNames = ['training', 'validation', 'test'] as const;
export type PartName = (typeof partNames)[number];

export interface SplitOption {
  readonly training?: Rows;
  readonly validation?: Rows;
  readonly test?: Rows;
  /** Shuffles the rows before fractions are taken. */
  readonly seed?: number;
}

/** Row numbers of each part, which rise. */
export interface Split {
  readonly training: Int32Array;
  readonly validation: Int32Array | null;
  readonly test: Int32Array | null;
}

/**
 * `order`: the rows in the order of a permutation, or null. Without one, ranges count the rows of the file, and
 * fractions are taken after a shuffle with the seed.
 *
 * @throws GnvproError ERR_OPTION when parts overlap, reach outside, are empty, or mix fractions with ranges
 */
export function splitRows(option: SplitOption, samples: number, order: Int32Array | null, seed: number): Split {
  const given = partNames.filter((name) => option[name] !== undefined);
  const fractions = given.filter((name) => typeof option[name] === 'number');
  if (fractions.length > 0 && fractions.length < given.length) {
    throw refused(`only fractions or only ranges, but received both (${given.join(', ')})`);
  }
  if (fractions.length === 0) return byRanges(option, order ?? Int32Array.from({ length: samples }, (_, i) => i));
  return byFractions(option, order ?? new Random(option.seed ?? seed).permutation(samples));
}

function byRanges(option: SplitOption, order: Int32Array): Split {
  if (option.training === undefined) throw refused('rows for training, but none are given');
  const taken = new Uint8Array(order.length);
  const part = (name: PartName) => {
    const rows = option[name];
    return rows === undefined ? null : pick(order, ranges(rows as Exclude<Rows, number>), taken, name);
  };
  return { training: part('training') as Int32Array, validation: part('validation'), test: part('test') };
}

function ranges(rows: RowRange | readonly RowRange[]): readonly RowRange[] {
  return typeof rows[0] === 'number' ? [rows as RowRange] : (rows as readonly RowRange[]);
}

function pick(order: Int32Array, wanted: readonly RowRange[], taken: Uint8Array, name: PartName): Int32Array {
  const picked: number[] = [];
  for (const [first, end] of wanted) {
    if (!(first < end && end <= order.length)) {
      throw refused(`ranges [first, end) inside of the ${order.length} rows, but ${name} has [${first}, ${end}]`);
    }
    for (let i = first; i < end; i++) {
      if (taken[i] !== 0) throw refused(`parts that share no row, but row ${i} of ${name} is taken twice`);
      taken[i] = 1;
      picked.push(order[i]);
    }
  }
  return Int32Array.from(picked).sort();
}

/** Sums of fractions are 1 up to their rounding errors. */
const rounding = 1e-9;

function byFractions(option: SplitOption, order: Int32Array): Split {
  const rows = order.length;
  const given = partNames.filter((name) => option[name] !== undefined);
  const quotas = given.map((name) => (option[name] as number) * rows);
  const rest = restOf(quotas, rows);
  // Training without a fraction of its own takes what the others leave.
  const takesRest = option.training === undefined;
  checkShares([...given, ...(takesRest ? ['training'] : [])], [...quotas, rest], rows);
  const counts = apportion([...quotas, rest], [...given.map(() => 1), Number(takesRest)], rows);
  const count = (name: PartName) => counts[given.indexOf(name)] ?? 0;
  const training = takesRest ? counts[given.length] : count('training');
  const parts = cut(order, [training, count('validation'), count('test')]);
  const [, validation, test] = parts.map((part) => (part.length === 0 ? null : part));
  return { training: parts[0], validation, test };
}

/**
 * The method of largest remainders: whole numbers next to `quotas` that add up to `rows`; of equal remainders the first is
 * rounded up. None is below its `least`, which others pay for. Quotas add up to `rows` (but for rounding), `least` to no
 * more.
 */
export function apportion(quotas: readonly number[], least: readonly number[], rows: number): number[] {
  const counts = quotas.map((quota, i) => Math.max(least[i], Math.floor(quota)));
  const missing = () => rows - counts.reduce((sum, count) => sum + count, 0);
  const lacks = (i: number) => quotas[i] - counts[i];
  const all = counts.map((_, i) => i);
  while (missing() > 0) counts[all.reduce((most, i) => (lacks(i) > lacks(most) ? i : most))]++;
  while (missing() < 0) {
    const above = all.filter((i) => counts[i] > least[i]);
    counts[above.reduce((fewest, i) => (lacks(i) < lacks(fewest) ? i : fewest))]--;
  }
  return counts;
}

/** A part of fewer rows than this is more likely a mistake (0.01 of ten rows) than meant; above, it gets one. */
export const leastShare = 1 / 8;

/** Consecutive parts of an order, of so many rows; these rise in each, so that files are read from front to back. */
export function cut(order: Int32Array, counts: readonly number[]): Int32Array[] {
  let begin = 0;
  return counts.map((count) => {
    begin += count;
    return order.slice(begin - count, begin).sort();
  });
}

function restOf(quotas: readonly number[], rows: number): number {
  const rest = rows - quotas.reduce((sum, quota) => sum + quota, 0);
  if (rest < -rounding * rows) throw refused('fractions that add up to at most 1');
  return rest > rounding * rows ? rest : 0;
}

function checkShares(parts: readonly string[], quotas: readonly number[], rows: number): void {
  const none = parts.findIndex((_, i) => !(quotas[i] >= leastShare));
  if (none !== -1) throw refused(`a fraction of ${rows} rows that leaves one for ${parts[none]}, but it gets none`);
  if (parts.length > rows) throw refused(`a row for each of ${parts.join(', ')}, but there are only ${rows}`);
}

/** A permutation file as row numbers: whole, different, and inside of the data. */
export function toOrder(numbers: Float64Array, samples: number): Int32Array {
  const seen = new Uint8Array(samples);
  numbers.forEach((row, i) => {
    if (!(Number.isInteger(row) && row >= 0 && row < samples)) {
      throw refused(`row numbers from 0 to ${samples - 1} in permutation, but entry ${i} is ${row}`);
    }
    if (seen[row] !== 0) throw refused(`every row once in permutation, but entry ${i} repeats row ${row}`);
    seen[row] = 1;
  });
  return Int32Array.from(numbers);
}

function refused(expected: string): GnvproError {
  return new GnvproError('ERR_OPTION', `Expected ${expected}, for split.`);
}
