/** @file Numbers and tables as a person reads them. */

export function abridged(values: ArrayLike<number>): string {
  const shown = Array.from({ length: Math.min(6, values.length) }, (_, i) => values[i]);
  return `[${shown.join(' ')}${values.length > shown.length ? ` … ${values.length} in all` : ''}]`;
}
