/**
 * @file The trust-region problem min ½ yᵀSy − bᵀy, ‖y‖ ≤ Δ for a small symmetric S, exactly: by the eigenvalues of S
 * and the root of the secular equation (Moré & Sorensen 1983; Nocedal & Wright, section 4.3).
 */
import { dot, norm } from '../../linalg/vector.js';
import { symmetricEigen } from './linalg/eigen.js';
import { product } from './matmul.js';
import { type Matrix, matrix } from './matrix.js';

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
  const newton = shifted(model, 0);
  if (radius === null) {
    // Directions without positive curvature have no minimum: they are left out.
    const z = newton.map((zi, i) => (model.values[i] > 0 ? zi : 0));
    const step = assemble(model, z, { multiplier: 0, onBoundary: false, radius: 0 });
    return { ...step, radius: norm(step.y) };
  }
  if (!(model.values[0] < 0) && norm(newton) <= radius) {
    return assemble(model, newton, { multiplier: 0, onBoundary: false, radius });
  }
  const lowest = Math.max(0, -model.values[0]);
  const limit = shifted(model, lowest);
  const length = norm(limit);
  if (length < radius) {
    // The hard case: b has no part along the lowest eigenvector, and moving along it changes nothing else.
    limit[0] += Math.sqrt(radius * radius - length * length);
    return assemble(model, limit, { multiplier: lowest, onBoundary: true, radius });
  }
  const multiplier = secularRoot(model, lowest, radius);
  return assemble(model, shifted(model, multiplier), { multiplier, onBoundary: true, radius });
}

/** (S + λI)⁻¹ b in the eigenbasis, with 0/0 = 0. */
function shifted({ values, coefficients }: SpectralModel, lambda: number): Float64Array {
  return coefficients.map((c, i) => (c === 0 ? 0 : c / (values[i] + lambda)));
}

/**
 * The λ > lowest with ‖y(λ)‖ = radius: Newton's method on 1/‖y(λ)‖, which is nearly linear, kept inside a bracket.
 */
function secularRoot(model: SpectralModel, lowest: number, radius: number): number {
  let low = lowest;
  let high = norm(model.coefficients) / radius - model.values[0]; // ‖y(λ)‖ ≤ ‖b‖/(λ₀ + λ)
  let lambda = high;
  for (let iteration = 0; iteration < 100; iteration++) {
    const z = shifted(model, lambda);
    const length = norm(z);
    if (Math.abs(length - radius) <= 1e-14 * radius) break;
    if (length > radius) low = lambda;
    else high = lambda;
    const curvature = z.reduce((sum, zi, i) => sum + (zi * zi) / (model.values[i] + lambda), 0);
    const next = lambda + ((length / radius - 1) * length * length) / curvature;
    lambda = next > low && next < high ? next : 0.5 * (low + high);
    if (!(low < lambda && lambda < high)) break;
  }
  return lambda;
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
