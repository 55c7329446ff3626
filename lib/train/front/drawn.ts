/** @file What is drawn from the data: some of many, in their order. */
import type { Random } from '../../random.js';

/** `count` of the numbers 0 … n − 1, ascending, each set equally likely (Knuth, TAOCP 2, 3.4.2, algorithm S). */
export function chosenInOrder(n: number, count: number, random: Random): Int32Array {
  const chosen = new Int32Array(count);
  for (let i = 0, found = 0; found < count; i++) if ((n - i) * random.uniform() < count - found) chosen[found++] = i;
  return chosen;
}
