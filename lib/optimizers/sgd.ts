/** @file Stochastic gradient descent on θ and W together, described; its rule is in updateRules.ts. */
import { checkNumber, checkOneOf, checkOptions } from '../validate/check.js';
import { type MiniBatchOptions, miniBatchOptions, readMiniBatch } from './miniBatch.js';
import type { SgdDescription } from './optimizer.js';

export interface SgdOptions extends MiniBatchOptions {
  /** Default 0.9. */
  momentum?: number;
  /** Whether the gradient is taken where the momentum leads (default true). */
  nesterov?: boolean;
}

export function sgd(options: SgdOptions = {}): SgdDescription {
  checkOptions(options, [...miniBatchOptions, 'momentum', 'nesterov'], 'sgd');
  const { momentum = 0.9, nesterov = true } = options;
  checkNumber(momentum, 'momentum', { min: 0, max: 0.9999 });
  checkOneOf(nesterov, 'nesterov', [true, false]);
  return { type: 'sgd', ...readMiniBatch(options, { learningRate: 1e-2 }), momentum, nesterov };
}
