/** @file Whether α is found by evidence: where that can be had, it is what `auto` means. */
import type { Jacobian } from '../backend/backend.js';
import { isFactored, largestInnerHessian } from '../backend/loss.js';
import { isAssembled, mostDenseWeights } from '../evidence/matrix.js';
import { stagesOf } from '../optimizers/optimizer.js';
import { data } from './data.js';
import { bias } from './lastLayer.js';
import { loss } from './loss.js';
import { network } from './network.js';
import { optimizer } from './optimizer.js';
import type { Reading } from './option.js';
import { levels, nested } from './runs.js';

/** What evidence would take instead, as a phrase; null where it can be had. */
export function obstacleToEvidence(reading: Reading): string | null {
  const stages = stagesOf(reading.of(optimizer).optimizer).map((stage) => stage.optimizer);
  const [method] = stages;
  if (stages.length > 1 || method.type !== 'gnvpro') {
    return `the optimizer gnvpro, not ${stages.map(({ type }) => type).join(', ')},`;
  }
  if (method.batches !== null) return 'all samples at a time, not batches,';
  const { levels: count } = reading.of(levels);
  if (count > 1) return `levels of 1, not ${count},`;
  if (reading.of(nested).nested.length > 0) return 'no nested parts';
  if (reading.given.refit) return 'no refit: it needs no validation data, so train with all samples';
  return obstacleOfMatrices(reading, method.jacobian);
}

/** Where no matrix of θ is assembled, products have to be those of the Gauss–Newton matrix, which is Kaufman's. */
function obstacleOfMatrices(reading: Reading, jacobian: Jacobian): string | null {
  const fitted = reading.of(loss).loss;
  const { network: traced } = reading.of(network);
  if (jacobian !== 'kaufman' && !isAssembled(fitted, traced)) {
    return `the Jacobian kaufman, not ${jacobian}, for another loss than leastSquares, more than ${mostDenseWeights} weights, or layers that multiply weights with each other,`;
  }
  const { columns } = reading.of(data);
  const weights = columns.targets * (traced.features + Number(reading.of(bias).bias));
  if (isFactored(fitted, weights)) return null;
  return `a last layer of at most ${largestInnerHessian} weights, outputs times features, not ${weights},`;
}
