/**
 * @file The trust-region problem min ½ yᵀSy − bᵀy, ‖y‖ ≤ Δ for a small symmetric S, exactly: by the eigenvalues of S
 * and the root of the secular equation (Moré & Sorensen 1983; Nocedal & Wright, section 4.3).
 */

import { symmetricEigen } from '../../linalg/eigen.js';
import { product } from '../../linalg/matmul.js';
import { type Matrix, matrix } from '../../linalg/matrix.js';
import { dot, norm } from '../../linalg/vector.js';

/** The quadratic in the basis of the eigenvectors of S, which are the rows of `vectors`. */
export interface SpectralModel {
  /** Ascending. */
  readonly values: Float64Array;
  readonly vectors: Matrix;
  /** The coordinates of b. */
  readonly coefficients: Float64Array;
}

export interface Minimiser {
  readonly y: Float64Array;
  /** λ of (S + λI) y = b. */
  readonly multiplier: number;
  readonly onBoundary: boolean;
  readonly radius: number;
  /** bᵀy − ½ yᵀSy */
  readonly reduction: number;
}

/** Below this share of ‖b‖, the part of b along an eigenvalue of zero is rounding: b lies in the range of S. */
const negligible = 1e-12;

/** A share of the largest possible λ, where rounding does not yet show in a singular matrix. */
export const smallShare = 1e-3;

export function spectralModel(S: Matrix, b: Float64Array): SpectralModel {
  const { values, vectors } = symmetricEigen(S);
  const coefficients = product(vectors, matrix(b.length, 1, b)).data;
  const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  values.forEach((value, i) => {
    if (Math.abs(value) > values.length * Number.EPSILON * largest) return;
    values[i] = 0;
    if (Math.abs(coefficients[i]) <= negligible * norm(b)) coefficients[i] = 0;
  });
  return { values, vectors, coefficients };
}

/** Radius null: the unconstrained minimiser of minimum norm, whose length becomes the radius. */
export function minimise(model: SpectralModel, radius: number | null): Minimiser {
  if (radius === null) {
    const step = assemble(model, unconstrained(model), { multiplier: 0, onBoundary: false, radius: 0 });
    return { ...step, radius: norm(step.y) };
  }
  const limit = shifted(model, 0);
  const length = norm(limit);
  if (!(model.values[0] < 0) && length <= radius) {
    return assemble(model, limit, { multiplier: 0, onBoundary: false, radius });
  }
  const lowest = lowestShift(model);
  if (length < radius) {
    // The hard case: b has no part along the lowest eigenvector, and moving along it changes nothing else.
    limit[0] += Math.sqrt(radius - length) * Math.sqrt(radius + length);
    return assemble(model, limit, { multiplier: lowest, onBoundary: true, radius });
  }
  const tau = secularRoot(model, radius);
  return assemble(model, shifted(model, tau), { multiplier: lowest + tau, onBoundary: true, radius });
}

/** The least λ for which S + λI has no negative eigenvalue. */
function lowestShift({ values }: SpectralModel): number {
  return Math.max(0, -values[0]);
}

/** S⁻¹ b in the eigenbasis. Directions without positive curvature have no minimum: they are left out. */
function unconstrained({ values, coefficients }: SpectralModel): Float64Array {
  return coefficients.map((c, i) => (values[i] > 0 ? c / values[i] : 0));
}

/**
 * (S + λI)⁻¹ b in the eigenbasis for λ = lowestShift + τ, with 0/0 = 0. Of λ itself a small τ would be rounded away.
 */
function shifted(model: SpectralModel, tau: number): Float64Array {
  const lowest = lowestShift(model);
  return model.coefficients.map((c, i) => (c === 0 ? 0 : c / (model.values[i] + lowest + tau)));
}

/** The τ > 0 with ‖y‖ = radius: Newton's method on 1/‖y‖, which is nearly linear, kept inside a bracket. */
function secularRoot(model: SpectralModel, radius: number): number {
  const lowest = lowestShift(model);
  let low = 0;
  let high = norm(model.coefficients) / radius; // ‖y‖ ≤ ‖b‖/τ
  let tau = high;
  for (let iteration = 0; iteration < 100; iteration++) {
    const z = shifted(model, tau);
    const length = norm(z);
    if (Math.abs(length - radius) <= 1e-14 * radius) break;
    if (length > radius) low = tau;
    else high = tau;
    const slope = z.reduce((sum, zi, i) => sum + (zi / length) ** 2 / (model.values[i] + lowest + tau), 0);
    const next = tau + (length / radius - 1) / slope;
    if (next > low && next < high) tau = next;
    else tau = low > 0 ? Math.sqrt(low) * Math.sqrt(high) : smallShare * high;
    if (!(low < tau && tau < high)) break;
  }
  return tau;
}

function assemble(
  model: SpectralModel,
  z: Float64Array,
  rest: { multiplier: number; onBoundary: boolean; radius: number },
): Minimiser {
  const curvature = z.reduce((sum, zi, i) => sum + model.values[i] * zi * zi, 0);
  const y = product(model.vectors, matrix(z.length, 1, z), { ta: true }).data;
  return { y, reduction: dot(model.coefficients, z) - 0.5 * curvature, ...rest };
}
