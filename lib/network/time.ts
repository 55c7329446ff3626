/** @file Grids in the artificial time of residual networks. */

export function uniformTimes(end: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : (end * i) / (count - 1)));
}

/** The one or two nodes, with shares that sum to 1, that give a piecewise linear function its value at t. */
export function interpolate(nodeTimes: readonly number[], t: number): { node: number; share: number }[] {
  const last = nodeTimes.length - 1;
  const right = nodeTimes.findIndex((time) => time >= t);
  if (right === 0) return [{ node: 0, share: 1 }];
  if (right === -1) return [{ node: last, share: 1 }];
  if (nodeTimes[right] === t) return [{ node: right, share: 1 }];
  const share = (t - nodeTimes[right - 1]) / (nodeTimes[right] - nodeTimes[right - 1]);
  return [
    { node: right - 1, share: 1 - share },
    { node: right, share },
  ];
}

/** Adds the middle of every interval; with `openEnd` the interval from the last time to `end` counts as one too. */
export function refineTimes(times: readonly number[], end: number, openEnd: boolean): number[] {
  const right = (i: number) => (i + 1 < times.length ? times[i + 1] : end);
  return times.flatMap((t, i) => (i + 1 < times.length || (openEnd && end > t) ? [t, (t + right(i)) / 2] : [t]));
}
