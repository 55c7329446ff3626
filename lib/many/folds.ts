/** @file Which fold a sample is held out in. */
import { topColumn } from '../data/classes.js';
import type { Matrix } from '../data/matrix.js';
import { GnvproError } from '../errors.js';
import { Random } from '../random.js';
import { checkInteger, invalid } from '../validate/check.js';

export interface FoldOptions {
  /** How many (default 5), or the fold of each sample, N integers from 0, of your own. */
  readonly folds?: number | ArrayLike<number>;
  /** N names of groups: the samples of a group are in one fold, as rows of one patient or one device must be. */
  readonly groups?: ArrayLike<string | number>;
  /** Shuffles the samples (default 0). */
  readonly seed?: number;
}

export const foldOptionNames = ['folds', 'groups', 'seed'];

/**
 * The fold of each sample, from 0. Sizes differ by 1 at most, and so do the counts of each class; with groups, sizes are
 * as equal as the groups allow. `classTargets`: N × t shares of classes, or null.
 *
 * @throws GnvproError ERR_OPTION
 */
export function foldsOf(samples: number, classTargets: Matrix | null, options: FoldOptions): Int32Array {
  const { folds = 5, groups, seed = 0 } = options;
  checkInteger(seed, 'seed', { min: 0, max: Number.MAX_SAFE_INTEGER });
  if (typeof folds !== 'number') return given(folds, samples, groups);
  if (samples < 2) throw invalid('at least two samples', 'folds', samples);
  checkInteger(folds, 'folds', { min: 2, max: samples });
  const order = new Random(seed).permutation(samples);
  return groups === undefined ? dealt(order, folds, classTargets) : byGroups(order, folds, groups);
}

/** The least number that no fold has. */
export function foldCount(folds: Int32Array): number {
  return folds.reduce((count, fold) => Math.max(count, fold + 1), 0);
}

function given(folds: ArrayLike<number>, samples: number, groups: FoldOptions['groups']): Int32Array {
  if (groups !== undefined) throw new GnvproError('ERR_OPTION', 'Expected either groups or a fold for each sample.');
  if (Object(folds).length !== samples) throw invalid(`a number, or ${samples} folds, one a sample,`, 'folds', folds);
  const own = Array.from(folds);
  own.forEach((fold, n) => {
    checkInteger(fold, `entry ${n} of folds`, { min: 0, max: samples - 1 });
  });
  const counts = new Array(Math.max(...own) + 1).fill(0);
  for (const fold of own) counts[fold]++;
  const empty = counts.indexOf(0);
  if (empty !== -1) throw new GnvproError('ERR_OPTION', `Expected samples in every fold, but fold ${empty} has none.`);
  if (counts.length < 2) throw new GnvproError('ERR_OPTION', 'Expected at least two folds but all samples are in one.');
  return Int32Array.from(own);
}

/** One after the other to the folds in turn, class by class where there are classes. */
function dealt(order: Int32Array, folds: number, classTargets: Matrix | null): Int32Array {
  const classOf = (n: number) => (classTargets === null ? 0 : topColumn(classTargets, n));
  const sorted = Array.from(order).sort((a, b) => classOf(a) - classOf(b)); // stable
  const result = new Int32Array(order.length);
  sorted.forEach((n, place) => {
    result[n] = place % folds;
  });
  return result;
}

/** The largest group first, each to the fold that has the fewest samples. */
function byGroups(order: Int32Array, folds: number, groups: ArrayLike<string | number>): Int32Array {
  if (Object(groups).length !== order.length) throw invalid(`${order.length} names, one a sample,`, 'groups', groups);
  const members = new Map<string | number, number[]>();
  for (const n of order) members.set(groups[n], [...(members.get(groups[n]) ?? []), n]);
  if (members.size < folds) throw invalid(`as many groups as folds, ${folds}, or more`, 'groups', members.size);
  const sizes = new Array<number>(folds).fill(0);
  const result = new Int32Array(order.length);
  for (const rows of [...members.values()].sort((a, b) => b.length - a.length)) {
    const fold = sizes.indexOf(Math.min(...sizes));
    for (const n of rows) result[n] = fold;
    sizes[fold] += rows.length;
  }
  return result;
}
