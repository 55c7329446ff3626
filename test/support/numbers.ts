/** @file Random arrays and comparisons of tests. */
import { dot, norm } from '../../lib/linalg/vector.js';
import type { Random } from '../../lib/random.js';

export function normals(random: Random, length: number, deviation = 1): Float64Array {
  return Float64Array.from({ length }, () => random.normal(0, deviation));
}

/** |⟨Ax, y⟩ − ⟨x, Aᵀy⟩| relative to the sizes of what is multiplied. */
export function adjointError(Ax: Float64Array, y: Float64Array, x: Float64Array, Aty: Float64Array): number {
  const size = norm(Ax) * norm(y);
  return size === 0 ? norm(Aty) : Math.abs(dot(Ax, y) - dot(x, Aty)) / size;
}

/**
 * How f(x + h v) departs from f(x) + h f′(x) v: the quotients of the departures at h, h/2, h/4, which are 4 when
 * the derivative is right; null where f is linear to rounding.
 */
export function taylorQuotients(
  f: (x: Float64Array) => Float64Array,
  x: Float64Array,
  v: Float64Array,
  derivative: Float64Array,
  h = 1e-4,
): number[] | null {
  const value = f(x);
  const departures = [h, h / 2, h / 4].map((step) => {
    const moved = f(x.map((xi, i) => xi + step * v[i]));
    return norm(moved.map((m, i) => m - value[i] - step * derivative[i]));
  });
  if (departures.every((departure) => departure <= 1e-13 * (1 + norm(value)))) return null;
  return [departures[0] / departures[1], departures[1] / departures[2]];
}

/** Whether the quotients show the second-order decay. */
export function decays(quotients: number[] | null): boolean {
  return quotients === null || quotients.every((quotient) => quotient > 3.5 && quotient < 4.5);
}
