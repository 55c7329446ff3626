/** @file From the definition of a convex loss to what computes it. */
import type { ConvexLossDefinition } from '../../../loss/loss.js';
import type { Matrix } from '../matrix.js';
import type { ConvexLoss } from './convexLoss.js';
import { logisticLoss } from './logistic.js';
import { softmaxLoss } from './softmax.js';
import { tracedLoss } from './traced.js';

/** C: N × t; weights: N, or null for ones. */
export function convexLoss(definition: ConvexLossDefinition, C: Matrix, weights: Float64Array | null): ConvexLoss {
  switch (definition.kind) {
    case 'softmax':
      return softmaxLoss(C, weights);
    case 'logistic':
      return logisticLoss(C, weights);
    case 'traced':
      return tracedLoss(definition, C, weights);
  }
}
