/** @file Methods one after the other on each level, described: ADAM for the start, then Gauss–Newton, or a joint polish. */
import { GnvproError } from '../errors.js';
import { checkInteger, checkNumber, checkOptions, invalid } from '../validate/check.js';
import type { OptimizerDescription, SequenceDescription, SingleDescription, StageDescription } from './optimizer.js';

/** A method, and where it ends: by its own stop tests, or after so many iterations or work units. */
export interface StageOption {
  optimizer: OptimizerDescription;
  stop?: { iterations?: number; workUnits?: number; patience?: number };
}

/** `read` checks the optimizer of a stage. */
export function readSequence(
  stages: readonly StageOption[],
  read: (optimizer: OptimizerDescription, name: string) => OptimizerDescription,
): SequenceDescription {
  if (!Array.isArray(stages) || stages.length === 0) {
    throw invalid('an array of { optimizer, stop }', 'the stages of sequence', stages);
  }
  return { type: 'sequence', stages: stages.map((stage, k) => readStage(stage, `stage ${k} of sequence`, read)) };
}

function readStage(
  stage: StageOption,
  name: string,
  read: (optimizer: OptimizerDescription, name: string) => OptimizerDescription,
): StageDescription {
  checkOptions(stage, ['optimizer', 'stop'], name);
  if (stage.optimizer?.type === 'sequence') {
    throw new GnvproError('ERR_OPTION', `Expected a single method for ${name}.`);
  }
  const optimizer = read(stage.optimizer, `optimizer of ${name}`);
  const { stop = {} } = stage;
  checkOptions(stop, ['iterations', 'workUnits', 'patience'], `stop of ${name}`);
  if (stop.iterations !== undefined) checkInteger(stop.iterations, `iterations of ${name}`, { min: 1 });
  if (stop.patience !== undefined) checkInteger(stop.patience, `patience of ${name}`, { min: 1 });
  if (stop.workUnits !== undefined) checkNumber(stop.workUnits, `workUnits of ${name}`, { above: 0 });
  return { optimizer: optimizer as SingleDescription, stop: { ...stop } };
}

export function stagesOf(optimizer: OptimizerDescription): readonly StageDescription[] {
  return optimizer.type === 'sequence' ? optimizer.stages : [{ optimizer, stop: {} }];
}
