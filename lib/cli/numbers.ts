/** @file Numbers as a terminal shows them. */

export const percent = (value: number) => (Number.isFinite(value) ? `${(100 * value).toPrecision(3)} %` : '–');
export const short = (value: number) => (Number.isFinite(value) ? value.toPrecision(5) : '–');

export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${seconds.toFixed(0)} s`;
  if (seconds < 6000) return `${(seconds / 60).toFixed(0)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** E.g. `634 kB`. */
export function byteCount(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(bytes) / 3)));
  return power <= 0
    ? `${Math.round(bytes)} bytes`
    : `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}
