/** @file The Gauss–Newton variable projection method (section 3 of the paper), described. */
import { jacobians } from '../backend/backend.js';
import { checkNumber, checkOneOf, checkOptions } from '../validate/check.js';
import type { GnvproDescription } from './optimizer.js';
import { readTrustRegion, type TrustRegionOptions, trustRegionOptions } from './trustRegion.js';

export interface GnvproOptions extends TrustRegionOptions {
  /** Full derivative of the projection, or Kaufman's, which is cheaper by its second term (default `kaufman`). */
  jacobian?: GnvproDescription['jacobian'];
  /** Matrix-free Krylov space, or the assembled matrix. `auto` (default) takes the matrix where it is worth its operations. */
  linearSolver?: GnvproDescription['linearSolver'];
  /** Dense only: leaves directions of the outputs out of the matrix, see `StepOptions.rankTolerance` (default 0). */
  dense?: { rankTolerance?: number };
}

const optionNames = [...trustRegionOptions, 'jacobian', 'linearSolver', 'dense'];

export function gnvpro(options: GnvproOptions = {}): GnvproDescription {
  checkOptions(options, optionNames, 'gnvpro');
  const { jacobian = 'kaufman', linearSolver = 'auto' } = options;
  checkOneOf(jacobian, 'jacobian', jacobians);
  checkOneOf(linearSolver, 'linearSolver', ['krylov', 'dense', 'auto']);
  const dense = denseOptions(options.dense ?? {});
  return { type: 'gnvpro', jacobian, linearSolver, ...readTrustRegion(options), dense };
}

function denseOptions(options: { rankTolerance?: number }) {
  checkOptions(options, ['rankTolerance'], 'dense');
  const { rankTolerance = 0 } = options;
  checkNumber(rankTolerance, 'dense.rankTolerance', { min: 0, max: 0.5 });
  return { rankTolerance };
}
