/** @file ½ ‖s − c‖², where it is not projected in closed form. */
import { addScaled, type Matrix, scaled, scaleRows } from '../../../linalg/matrix.js';
import type { ConvexLoss } from './convexLoss.js';

export function squaredLoss(C: Matrix, weights: Float64Array | null): ConvexLoss {
  const weighted = (a: Matrix) => (weights === null ? a : scaleRows(a, weights));
  return {
    at: (S) => {
      const R = addScaled(scaled(S, 1), -1, C);
      const gradient = weighted(scaled(R, 1));
      const sum = R.data.reduce((total, r, i) => total + 0.5 * r * gradient.data[i], 0);
      return { mean: sum / C.rows, gradient, curvature: { times: (V) => weighted(scaled(V, 1)) } };
    },
  };
}
