/** @file The Gauss–Newton matrix itself, for networks with few weights. */

import { type Matrix, matrix } from '../../linalg/matrix.js';
import { dot, norm } from '../../linalg/vector.js';

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
