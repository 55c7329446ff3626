/** @file Some of many, evenly spread over all. */

export function evenly<T>(values: readonly T[], most: number): T[] {
  const count = Math.min(values.length, most);
  return Array.from({ length: count }, (_, k) => values[Math.floor((k * values.length) / count)]);
}
