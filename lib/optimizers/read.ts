/** @file Descriptions that were written by hand or read from JSON: checked again, defaults filled in. */
import { checkOptions, invalid } from '../validate/check.js';
import { adam } from './adam.js';
import { gaussNewton } from './gaussNewton.js';
import { gnvpro } from './gnvpro.js';
import { lbfgs } from './lbfgs.js';
import type { OptimizerDescription, SequenceDescription } from './optimizer.js';
import { readSequence, type StageOption } from './sequence.js';
import { sgd } from './sgd.js';
import { slimTrain } from './slimTrain.js';

const factories = { gnvpro, gaussNewton, lbfgs, sgd, adam, slimTrain };

export const optimizerNames = [...Object.keys(factories), 'sequence'];

export function readOptimizer(optimizer: OptimizerDescription, name = 'optimizer'): OptimizerDescription {
  const { type, ...options } = optimizer ?? {};
  if (type === 'sequence') {
    checkOptions(options, ['stages'], 'sequence');
    return readSequence((options as SequenceDescription).stages as StageOption[], readOptimizer);
  }
  if (typeof type === 'string' && Object.hasOwn(factories, type)) {
    return (factories as Record<string, (options: object) => OptimizerDescription>)[type](options);
  }
  const hint = typeof optimizer === 'function' ? ' Call it: write gnvpro() instead of gnvpro.' : '';
  throw invalid(`one of ${optimizerNames.map((name) => `${name}(…)`).join(', ')}`, name, optimizer, hint);
}

/** Methods one after the other on each level, the next from the best point of the one before. */
export function sequence(stages: readonly StageOption[]): SequenceDescription {
  return readSequence(stages, readOptimizer);
}
