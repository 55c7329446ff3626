/** @file Whole numbers of rows in place of fractions of them. */

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
