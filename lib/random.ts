/** @file Seeded random numbers: the same seed gives the same numbers on every machine and in every session. */
import { checkInteger } from './validate/check.js';

const TWO_POW_32 = 2 ** 32;

/** SplitMix (Steele, Lea & Flood 2014) in its 32-bit form: spreads neighbouring seeds over the whole state. */
function splitMix32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** @internal What a generator is between two draws, plain. */
export interface RandomState {
  readonly words: readonly [number, number, number, number];
  readonly spareNormal: number | null;
}

/**
 * xoshiro128** (Blackman & Vigna, ACM TOMS 47(4), 2021): period 2¹²⁸ − 1, 32-bit arithmetic only. Not for secrets.
 *
 * Every method draws from the one stream of the generator, so the order of calls matters.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  #spareNormal: number | null = null;

  /** @param seed An integer from 0 to 2⁵³ − 1. */
  constructor(seed: number) {
    checkInteger(seed, 'seed', { min: 0, max: Number.MAX_SAFE_INTEGER });
    const low = splitMix32(seed | 0);
    const high = splitMix32(Math.floor(seed / TWO_POW_32) ^ 0x5bf03635);
    [this.#a, this.#b, this.#c, this.#d] = [low() ^ high(), low() ^ high(), low() ^ high(), low() ^ high()];
    if ((this.#a | this.#b | this.#c | this.#d) === 0) this.#a = 1; // the only state without a successor
  }

  /** @internal */
  state(): RandomState {
    return { words: [this.#a, this.#b, this.#c, this.#d], spareNormal: this.#spareNormal };
  }

  /** @internal Goes on as another did that was in this state. */
  restore({ words, spareNormal }: RandomState): void {
    [this.#a, this.#b, this.#c, this.#d] = words;
    this.#spareNormal = spareNormal;
  }

  /** 32 random bits as an integer from 0 to 2³² − 1. */
  uint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    return result >>> 0;
  }

  /** Uniform on [low, high), by default [0, 1), with all 53 bits of the significand. */
  uniform(low = 0, high = 1): number {
    const upper = this.uint32() >>> 5;
    const lower = this.uint32() >>> 6;
    return low + ((high - low) * (upper * 2 ** 26 + lower)) / 2 ** 53;
  }

  /** Normal with the given mean and standard deviation, by Marsaglia's polar method; both values of a pair are used. */
  normal(mean = 0, deviation = 1): number {
    return mean + deviation * this.#standardNormal();
  }

  /** Exponential with mean 1, always positive. */
  exponential(): number {
    return -Math.log(1 - this.uniform()) || Number.MIN_VALUE;
  }

  /** An integer from 0 to bound − 1, each equally likely; bound ≤ 2³². */
  integer(bound: number): number {
    checkInteger(bound, 'bound', { min: 1, max: TWO_POW_32 });
    const limit = TWO_POW_32 - (TWO_POW_32 % bound); // reject the incomplete last run: no value is favoured
    for (;;) {
      const x = this.uint32();
      if (x < limit) return x % bound;
    }
  }

  /** The integers 0 … n − 1 in random order (Fisher–Yates). */
  permutation(n: number): Int32Array<ArrayBuffer> {
    checkInteger(n, 'n', { min: 0, max: 2 ** 31 });
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  #standardNormal(): number {
    if (this.#spareNormal !== null) {
      const spare = this.#spareNormal;
      this.#spareNormal = null;
      return spare;
    }
    for (;;) {
      const x = this.uniform(-1, 1);
      const y = this.uniform(-1, 1);
      const r2 = x * x + y * y;
      if (r2 >= 1 || r2 === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(r2)) / r2);
      this.#spareNormal = y * factor;
      return x * factor;
    }
  }
}
