/** @file Numbers counted in bars: as many bars for any number of them. */

export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Odd, so that 0 is in the middle of a bar. */
export const usualBars = 41;

/** Bars of equal width from −most to most; what lies beyond is counted in the outermost, NaN in none. */
export function histogramOf(values: ArrayLike<number>, most: number, bars = usualBars): Bar[] {
  const counts = new Float64Array(bars);
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    const k = Math.floor(((values[i] / most + 1) / 2) * bars);
    counts[Math.min(bars - 1, Math.max(0, k))]++;
  }
  const edge = (k: number) => (most * (2 * k - bars)) / bars;
  return Array.from(counts, (count, k) => ({ from: edge(k), to: edge(k + 1), count }));
}
