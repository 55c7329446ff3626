/** @file The L-BFGS approximation B of the inverse of the Hessian, from accepted steps (Nocedal & Wright, algorithm 7.4). */
import { sharedArray } from '../data/buffers.js';
import { addScaled, dot, norm } from '../linalg/vector.js';

/** Rows at first; there are twice as many whenever they do not suffice. */
const fewRows = 4;

export type PairsState = Pick<Pairs, 'data' | 'first' | 'count'>;

/** The last accepted steps s = x − x_prev with y = g − g_prev, in plain arrays. */
export class Pairs {
  readonly #memory: number;
  /** A ring of rows of 2n numbers, s and then y, on shared memory, where jobs read them without a copy. */
  data: Float64Array = new Float64Array(0);
  /** The row of the oldest. */
  first = 0;
  count = 0;

  /** Remembers `memory` steps. */
  constructor(memory: number) {
    this.#memory = memory;
  }

  /** Remembers a step if its curvature is positive, so that B stays positive definite. */
  add(s: Float64Array, y: Float64Array): void {
    if (this.#memory === 0 || !(dot(s, y) > 1e-12 * norm(s) * norm(y))) return;
    const length = 2 * s.length;
    const rows = this.data.length / length;
    if (this.count === rows && rows < this.#memory)
      this.#grow(Math.min(this.#memory, Math.max(fewRows, 2 * rows)) * length);
    const row = (this.first + this.count) % (this.data.length / length);
    this.data.set(s, row * length);
    this.data.set(y, row * length + s.length);
    if (this.count < this.#memory) this.count++;
    else this.first = (this.first + 1) % this.#memory;
  }

  state(): PairsState {
    return { data: this.data.slice(), first: this.first, count: this.count };
  }

  restore({ data, first, count }: PairsState): void {
    this.data = sharedArray(data.length);
    this.data.set(data);
    [this.first, this.count] = [first, count];
  }

  clear(): void {
    this.first = this.count = 0;
  }

  /** B q; q itself without pairs. */
  apply(q: Float64Array): Float64Array {
    const result = q.slice();
    const pairs = Array.from({ length: this.count }, (_, k) => this.#pair(k, q.length));
    const shares: number[] = [];
    for (const { s, y, sy } of pairs.toReversed()) {
      shares.push(dot(s, result) / sy);
      addScaled(result, -shares[shares.length - 1], y);
    }
    const newest = pairs.at(-1);
    if (newest === undefined) return result;
    const scale = newest.sy / norm(newest.y) / norm(newest.y);
    for (let i = 0; i < result.length; i++) result[i] *= scale;
    for (const { s, y, sy } of pairs) addScaled(result, (shares.pop() as number) - dot(y, result) / sy, s);
    return result;
  }

  #pair(k: number, n: number) {
    const begin = ((this.first + k) % (this.data.length / (2 * n))) * 2 * n;
    const [s, y] = [this.data.subarray(begin, begin + n), this.data.subarray(begin + n, begin + 2 * n)];
    return { s, y, sy: dot(s, y) };
  }

  /** While the ring is not full its oldest row is the first. */
  #grow(length: number): void {
    const grown = sharedArray(length);
    grown.set(this.data);
    this.data = grown;
  }
}
