/** @file From the definition of a loss to what computes it and its derivatives by row. */

import type { Matrix } from '../../../linalg/matrix.js';
import type { LossDefinition } from '../../../loss/loss.js';
import type { ConvexLoss } from './convexLoss.js';
import { logisticLoss } from './logistic.js';
import { softmaxLoss } from './softmax.js';
import { squaredLoss } from './squared.js';
import { tracedLoss } from './traced.js';

/** C: N × t; weights: N, or null for ones. */
export function convexLoss(definition: LossDefinition, C: Matrix, weights: Float64Array | null): ConvexLoss {
  switch (definition.kind) {
    case 'leastSquares':
      return squaredLoss(C, weights);
    case 'softmax':
      return softmaxLoss(C, weights);
    case 'logistic':
      return logisticLoss(C, weights);
    case 'traced':
      return tracedLoss(definition, C, weights);
  }
}
