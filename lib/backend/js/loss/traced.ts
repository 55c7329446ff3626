/** @file A loss of the user's own, by its traced programs. */

import { type Matrix, matrix, scaleRows } from '../../../linalg/matrix.js';
import type { TracedLoss } from '../../../loss/loss.js';
import { Interpreter } from '../interpreter.js';
import type { ConvexLoss } from './convexLoss.js';

export function tracedLoss(loss: TracedLoss, C: Matrix, weights: Float64Array | null): ConvexLoss {
  const value = new Interpreter(loss.value);
  const curvature = new Interpreter(loss.curvature);
  const { rows: N, cols: t } = C;
  const weighted = (a: Matrix) => (weights === null ? a : scaleRows(a, weights));
  return {
    at: (S) => {
      const [losses, gradient] = value.run(N, { samples: [S.data, C.data], vectors: [] }).samples;
      const sum = losses.reduce((total, loss, n) => total + (weights === null ? loss : weights[n] * loss), 0);
      const times = (V: Matrix) => {
        const [product] = curvature.run(N, { samples: [S.data, C.data, V.data], vectors: [] }).samples;
        return weighted(matrix(N, t, product));
      };
      return { mean: sum / N, gradient: weighted(matrix(N, t, gradient)), curvature: { times } };
    },
  };
}
