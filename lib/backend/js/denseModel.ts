/**
 * @file The trust-region problem min ½ sᵀHs + gᵀs, ‖s‖ ≤ Δ for a large H, exact to rounding: by Cholesky factorisations
 * of H + λI where it is positive definite, else by its eigenvalues (Moré & Sorensen 1983).
 */

import { cholesky, choleskySolve, forwardSolve } from '../../linalg/cholesky.js';
import { type Matrix, matrix } from '../../linalg/matrix.js';
import { addScaled, dot, norm, plus } from '../../linalg/vector.js';
import { type Minimiser, minimise, type SpectralModel, smallShare, spectralModel } from './trustRegion.js';

/** s = −(H + λI)⁻¹g with the factor L of H + λI. */
interface Solution {
  readonly lambda: number;
  readonly L: Matrix;
  readonly s: Float64Array;
  readonly length: number;
  /** ‖s‖² / sᵀ(H + λI)⁻¹s = −‖s‖ / (d‖s‖/dλ) */
  readonly curvature: number;
}

/** ‖s‖ within this share of Δ: the factor at hand gives the step. */
const near = 0.25;
/** What a round may leave of the change of the one before. */
const gain = 0.25;

export class DenseModel {
  #spectral: SpectralModel | null = null;
  /** Made by the last call. */
  factorizations = 0;

  constructor(
    readonly H: Matrix,
    readonly g: Float64Array,
  ) {}

  /** Radius null: the unconstrained minimiser of minimum norm, whose length becomes the radius. λ may begin at `start`. */
  minimise(radius: number | null, start = 0): Minimiser {
    this.factorizations = 0;
    const step = this.#spectral !== null ? null : radius === null ? this.#unconstrained() : this.#within(radius, start);
    return step ?? this.#bySpectrum(radius);
  }

  get bytes(): number {
    return this.H.data.byteLength + (this.#spectral?.vectors.data.byteLength ?? 0);
  }

  #unconstrained(): Minimiser | null {
    const at = this.#solve(0);
    return at && this.#result(at.s, { multiplier: 0, onBoundary: false, radius: at.length });
  }

  /** Newton's method on 1/‖s(λ)‖, kept inside a bracket, until the last factor gives the other digits. */
  #within(radius: number, start: number): Minimiser | null {
    let low = 0;
    let high = norm(this.g) / radius;
    let lambda = Math.min(start, high);
    let singular = false;
    for (let iteration = 0; iteration < 50; iteration++) {
      const at = this.#solve(lambda);
      if (at === null) {
        if (lambda > 0 || singular) return null;
        singular = true;
        lambda = smallShare * high;
        continue;
      }
      if (lambda === 0 && at.length <= radius) {
        return this.#result(at.s, { multiplier: 0, onBoundary: false, radius });
      }
      const step = this.#refined(at, radius);
      if (step !== null) return step;
      if (at.length > radius) low = lambda;
      else high = lambda;
      const newton = lambda + at.curvature * (at.length / radius - 1);
      if (newton > low && newton < high) lambda = newton;
      else if (low > 0) lambda = Math.sqrt(low) * Math.sqrt(high);
      else if (singular) return null;
      else lambda = lambda > 0 ? 0 : 0.5 * high;
      if (!(low <= lambda && lambda < high)) return null;
    }
    return null;
  }

  /**
   * The step on the boundary from a factor close to it: s = s₀ − δA⁻¹s with A = H + λI, and δ such that ‖s‖ = Δ. Null
   * where the rounds do not gain digits quickly.
   */
  #refined({ lambda, L, s: s0, length }: Solution, radius: number): Minimiser | null {
    const excess = (length - radius) / radius;
    if (!(Math.abs(excess) <= near)) return null;
    const u = new Float64Array(s0.length);
    let [s, change, delta, last] = [s0, s0, 0, radius];
    for (;;) {
      addScaled(u, 1, choleskySolve(L, change));
      // ‖s₀/Δ − εv‖ = 1 with v = u/‖u‖ and ε = δ‖u‖/Δ: numbers near 1 in any units
      const size = norm(u);
      const direction = u.map((x) => x / size);
      const cosine = dot(s0, direction) / radius;
      const difference = excess * (excess + 2);
      const discriminant = cosine * cosine - difference;
      if (!(discriminant >= 0)) return null;
      const distance = (difference / (cosine + Math.sqrt(discriminant))) * radius;
      delta = distance / size;
      const next = plus(s0, direction, -distance);
      change = plus(next, s, -1);
      s = next;
      const moved = norm(change);
      if (moved <= 4 * Number.EPSILON * radius) break;
      if (!(moved <= gain * last)) return null;
      last = moved;
    }
    const multiplier = lambda + delta;
    return multiplier > 0 ? this.#result(s, { multiplier, onBoundary: true, radius }) : null;
  }

  /** H is singular to rounding, or indefinite. */
  #bySpectrum(radius: number | null): Minimiser {
    if (this.#spectral === null) {
      this.factorizations++;
      this.#spectral = spectralModel(
        this.H,
        this.g.map((x) => -x),
      );
    }
    return minimise(this.#spectral, radius);
  }

  /** Null where H + λI is not positive definite beyond rounding. */
  #solve(lambda: number): Solution | null {
    const n = this.g.length;
    const A = matrix(n, n, this.H.data.slice());
    for (let i = 0; i < n; i++) A.data[i * (n + 1)] += lambda;
    this.factorizations++;
    const L = cholesky(A);
    if (L === null || isSingular(L, A)) return null;
    const s = choleskySolve(
      L,
      this.g.map((x) => -x),
    );
    const length = norm(s);
    if (!Number.isFinite(length)) return null;
    return { lambda, L, s, length, curvature: (length / norm(forwardSolve(L, s))) ** 2 };
  }

  /** With Hs = −g − λs the reduction needs no product: −½gᵀs + ½λ‖s‖². */
  #result(s: Float64Array, rest: { multiplier: number; onBoundary: boolean; radius: number }): Minimiser {
    const length = norm(s);
    return { y: s, reduction: 0.5 * rest.multiplier * length * length - 0.5 * dot(this.g, s), ...rest };
  }
}

/** Whether a column of A depends on those before it, to rounding: a pivot has no digit left. */
function isSingular(L: Matrix, A: Matrix): boolean {
  const n = A.rows;
  const entries = Array.from({ length: n }, (_, i) => i * (n + 1));
  return entries.some((i) => !(L.data[i] * L.data[i] > n * Number.EPSILON * A.data[i]));
}

/** H from its products with the unit vectors, made symmetric to the last bit. */
export function assemble(product: (v: Float64Array) => Float64Array, P: number): Matrix {
  const H = matrix(P, P);
  for (let j = 0; j < P; j++) {
    const unit = new Float64Array(P);
    unit[j] = 1;
    H.data.set(product(unit), j * P);
  }
  for (let i = 0; i < P; i++) {
    for (let j = 0; j < i; j++) {
      const mean = 0.5 * (H.data[i * P + j] + H.data[j * P + i]);
      H.data[i * P + j] = mean;
      H.data[j * P + i] = mean;
    }
  }
  return H;
}

/** ‖(H + λI) s + g‖/‖g‖ */
export function relativeResidual(H: Matrix, g: Float64Array, s: Float64Array, lambda: number): number {
  const P = g.length;
  const residual = g.map((gi, i) => gi + lambda * s[i] + dot(H.data.subarray(i * P, (i + 1) * P), s));
  const target = norm(g);
  return target === 0 ? 0 : norm(residual) / target;
}
