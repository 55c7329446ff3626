/** @file Descriptions that were written by hand or read from JSON: checked again, defaults filled in. */
import { GnvproError } from '../errors.js';
import { checkInteger, checkNumber, checkOptions, invalid } from '../validate/check.js';
import { adam } from './adam.js';
import { gaussNewton } from './gaussNewton.js';
import { gnvpro } from './gnvpro.js';
import { lbfgs } from './lbfgs.js';
import type { OptimizerDescription, SequenceDescription, SingleDescription, StageDescription } from './optimizer.js';
import { sgd } from './sgd.js';
import { slimTrain } from './slimTrain.js';

const factories = { gnvpro, gaussNewton, lbfgs, sgd, adam, slimTrain };

export const optimizerNames = [...Object.keys(factories), 'sequence'];

export function readOptimizer(optimizer: OptimizerDescription, name = 'optimizer'): OptimizerDescription {
  const { type, ...options } = optimizer ?? {};
  if (type === 'sequence') {
    checkOptions(options, ['stages'], 'sequence');
    return sequence((options as SequenceDescription).stages);
  }
  if (typeof type === 'string' && Object.hasOwn(factories, type)) {
    return (factories as Record<string, (options: object) => OptimizerDescription>)[type](options);
  }
  const hint = typeof optimizer === 'function' ? ' Call it: write gnvpro() instead of gnvpro.' : '';
  throw invalid(`one of ${optimizerNames.map((name) => `${name}(…)`).join(', ')}`, name, optimizer, hint);
}

/** A method, and where it ends: by its own stop tests, or after so many iterations or work units. */
export interface StageOption {
  optimizer: OptimizerDescription;
  stop?: { iterations?: number; workUnits?: number; patience?: number };
}

/** Methods one after the other on each level, the next from the best point of the one before. */
export function sequence(stages: readonly StageOption[]): SequenceDescription {
  if (!Array.isArray(stages) || stages.length === 0) {
    throw invalid('an array of { optimizer, stop }', 'the stages of sequence', stages);
  }
  return { type: 'sequence', stages: stages.map((stage, k) => readStage(stage, `stage ${k} of sequence`)) };
}

function readStage(stage: StageOption, name: string): StageDescription {
  checkOptions(stage, ['optimizer', 'stop'], name);
  if (stage.optimizer?.type === 'sequence') {
    throw new GnvproError('ERR_OPTION', `Expected a single method for ${name}.`);
  }
  const optimizer = readOptimizer(stage.optimizer, `optimizer of ${name}`);
  const { stop = {} } = stage;
  checkOptions(stop, ['iterations', 'workUnits', 'patience'], `stop of ${name}`);
  if (stop.iterations !== undefined) checkInteger(stop.iterations, `iterations of ${name}`, { min: 1 });
  if (stop.patience !== undefined) checkInteger(stop.patience, `patience of ${name}`, { min: 1 });
  if (stop.workUnits !== undefined) checkNumber(stop.workUnits, `workUnits of ${name}`, { above: 0 });
  return { optimizer: optimizer as SingleDescription, stop: { ...stop } };
}
