/** @file The L-BFGS approximation B of the inverse of the Hessian, from accepted steps (Nocedal & Wright, algorithm 7.4). */
import { addScaled, dot, norm } from '../../linalg/vector.js';

interface Pair {
  /** θ − θ_prev */
  readonly s: Float64Array;
  /** g − g_prev */
  readonly y: Float64Array;
  /** sᵀy > 0 */
  readonly sy: number;
}

export class Pairs {
  readonly #memory: number;
  /** Oldest first. */
  #pairs: Pair[] = [];

  constructor(memory: number) {
    this.#memory = memory;
  }

  get count(): number {
    return this.#pairs.length;
  }

  /** Remembers a pair if its curvature is positive, so that B stays positive definite. */
  add(s: Float64Array, y: Float64Array): void {
    const sy = dot(s, y);
    if (this.#memory === 0 || !(sy > 1e-12 * norm(s) * norm(y))) return;
    this.#pairs = [...this.#pairs, { s, y, sy }].slice(-this.#memory);
  }

  /** B q, by the two-loop recursion; q itself without pairs. */
  apply(q: Float64Array): Float64Array {
    const result = q.slice();
    const newest = this.#pairs[this.#pairs.length - 1];
    if (newest === undefined) return result;
    const alphas: number[] = [];
    for (let i = this.#pairs.length - 1; i >= 0; i--) {
      const { s, y, sy } = this.#pairs[i];
      alphas[i] = dot(s, result) / sy;
      addScaled(result, -alphas[i], y);
    }
    const scale = newest.sy / norm(newest.y) / norm(newest.y);
    for (let i = 0; i < result.length; i++) result[i] *= scale;
    for (const [i, { s, y, sy }] of this.#pairs.entries()) addScaled(result, alphas[i] - dot(y, result) / sy, s);
    return result;
  }
}
