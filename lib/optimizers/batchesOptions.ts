/** @file The options of the stochastic variant. */
import { checkInteger, checkOptions } from '../validate/check.js';
import type { BatchesDescription } from './optimizer.js';

export interface BatchesOptions {
  /** Samples of a batch; where there are no more in all, the method goes on all of them as it does without batches. */
  size: number;
  /** Trust-region iterations on each (default 3). */
  iterations?: number;
  /** Passes over the batches, on each level (default 2). */
  epochs?: number;
}

export function readBatches(options: BatchesOptions | null | undefined): BatchesDescription | null {
  if (options === undefined || options === null) return null;
  checkOptions(options, ['size', 'iterations', 'epochs'], 'batches');
  const { size, iterations = 3, epochs = 2 } = options;
  checkInteger(size, 'batches.size', { min: 1 });
  checkInteger(iterations, 'batches.iterations', { min: 1 });
  checkInteger(epochs, 'batches.epochs', { min: 1 });
  return { size, iterations, epochs };
}
