/** @file The space in which a Krylov step is sought: orthonormal vectors and their products with H. */

import { matrix } from '../../linalg/matrix.js';
import { addScaled, dot, norm } from '../../linalg/vector.js';
import { minimise, type SpectralModel, spectralModel } from './trustRegion.js';

export interface Space {
  /** Orthonormal. */
  readonly basis: readonly Float64Array[];
  /** The quadratic model restricted to the space. */
  readonly model: SpectralModel;
  /** ‖H s + g‖/‖g‖ of the unconstrained step s in the space. */
  readonly relativeResidual: number;
}

export interface SpaceOptions {
  readonly maxVectors: number;
  readonly tolerance: number;
  /** An approximate inverse of H; null for the plain Krylov space. */
  readonly precondition: ((residual: Float64Array) => Float64Array) | null;
}

type Product = (v: Float64Array) => Float64Array;

/**
 * The Lanczos vectors of H started at −g, orthogonalised against all before. With a preconditioner B the next vector
 * is B·residual instead (of the unconstrained step), which leaves the space plain if B = I.
 */
export function buildSpace(H: Product, g: Float64Array, { maxVectors, tolerance, precondition }: SpaceOptions): Space {
  const target = norm(g);
  const basis: Float64Array[] = [];
  const images: Float64Array[] = [];
  const gram: number[][] = [];
  let residual: Float64Array = g.map((x) => -x);
  let direction = precondition === null ? residual : precondition(residual);
  let model = spectralModel(matrix(0, 0), new Float64Array(0));
  while (basis.length < Math.min(maxVectors, g.length)) {
    const v = orthonormalised(direction, basis);
    if (v === null) break;
    basis.push(v);
    images.push(H(v));
    gram.push(gramRow(basis, images));
    model = spectralModel(
      symmetric(gram),
      Float64Array.from(basis, (vector) => -dot(vector, g)),
    );
    residual = residualOf(g, images, minimise(model, null).y);
    if (norm(residual) <= tolerance * target) break;
    direction = precondition === null ? images[images.length - 1] : precondition(residual);
  }
  return { basis, model, relativeResidual: target === 0 ? 0 : norm(residual) / target };
}

/** Σ y_k v_k */
export function combine(vectors: readonly Float64Array[], y: Float64Array, length: number): Float64Array {
  const sum = new Float64Array(length);
  for (const [k, vector] of vectors.entries()) addScaled(sum, y[k], vector);
  return sum;
}

/** The direction's part orthogonal to the basis, of length 1; null if rounding is all that is left. Twice is enough. */
function orthonormalised(direction: Float64Array, basis: readonly Float64Array[]): Float64Array | null {
  const v = direction.slice();
  for (let pass = 0; pass < 2; pass++) for (const vector of basis) addScaled(v, -dot(vector, v), vector);
  const length = norm(v);
  if (!(length > 1e-13 * norm(direction))) return null;
  return v.map((x) => x / length);
}

/** The last row of VᵀHV, made symmetric. */
function gramRow(basis: readonly Float64Array[], images: readonly Float64Array[]): number[] {
  const last = basis.length - 1;
  return basis.map((vector, j) => 0.5 * (dot(vector, images[last]) + dot(basis[last], images[j])));
}

function symmetric(rows: readonly number[][]) {
  const S = matrix(rows.length, rows.length);
  rows.forEach((row, i) => {
    row.forEach((entry, j) => {
      S.data[i * rows.length + j] = entry;
      S.data[j * rows.length + i] = entry;
    });
  });
  return S;
}

/** −g − H V y */
function residualOf(g: Float64Array, images: readonly Float64Array[], y: Float64Array): Float64Array {
  const residual = combine(images, y, g.length);
  for (let i = 0; i < g.length; i++) residual[i] = -g[i] - residual[i];
  return residual;
}
