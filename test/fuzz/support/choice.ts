/** @file What a case is made of: choices that follow from its seed and its number alone. */
import { Random } from '../../../lib/random.js';

export class Choice {
  readonly #random: Random;

  /** `seed` below 2²⁰, `number` below 2³². */
  constructor(seed: number, number: number) {
    this.#random = new Random(seed * 2 ** 32 + number);
  }

  /** An integer, the bounds included. */
  integer(low: number, high: number): number {
    return low + this.#random.integer(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.#random.uniform() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.#random.integer(list.length)];
  }

  word(): number {
    return this.#random.uint32() | 0;
  }

  uniform(low: number, high: number): number {
    return this.#random.uniform(low, high);
  }

  /** Mostly numbers of ordinary size, a few of which are exact zeros, tiny or large. */
  real(): number {
    if (this.chance(0.9)) return this.#random.uniform(-2, 2);
    return this.pick([0, -0, 1, -1, 5e-324, -1e-310, 1e-160, 700, -745.5, 1e8, -3e9]);
  }

  reals(length: number): Float64Array {
    return Float64Array.from({ length }, () => this.real());
  }

  /** Some of them NaN or infinite. */
  wildReals(length: number): Float64Array {
    const wild = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e308, -1e200];
    return Float64Array.from({ length }, () => (this.chance(0.1) ? this.pick(wild) : this.real()));
  }
}
