/** @file Where a training keeps what it takes to go on, and whether it goes on. */
import { GnvproError } from '../errors.js';
import { checkFunction, checkOptions, invalid } from '../validate/check.js';
import { anyOf, object, path } from '../validate/schema.js';
import { aNumber, anInteger, yesOrNo } from './kinds.js';
import { option } from './option.js';
import type { CheckpointOption } from './trainOptions.js';

/** When a checkpoint is written: at whichever comes first. */
export interface CheckpointPlan {
  readonly path: string;
  readonly every: number;
  readonly seconds: number;
}

/** Between two checkpoints, where nothing is said. */
const usualSeconds = 30;

const iterations = anInteger({ min: 1 });
const time = aNumber({ min: 0 });

export const checkpoint = option({
  name: 'checkpoint',
  help: 'A file that the training can be taken up from, written again and again while it goes on.',
  schema: anyOf([
    path(),
    object(
      {
        path: path({ description: 'The file.' }),
        every: { ...iterations.schema, description: 'Iterations between two checkpoints.' },
        seconds: {
          ...time.schema,
          description: `Seconds between two checkpoints (default ${usualSeconds} where every is not given).`,
        },
      },
      { required: ['path'] },
    ),
  ]),
  read: (checkpoint) => ({ checkpoint: checkpoint === undefined ? null : readPlan(checkpoint) }),
});

function readPlan(given: string | CheckpointOption): CheckpointPlan {
  if (typeof given === 'string') return readPlan({ path: given });
  if (typeof given !== 'object' || given === null)
    throw invalid('a path or { path, every, seconds }', 'checkpoint', given);
  checkOptions(given, ['path', 'every', 'seconds'], 'checkpoint');
  const { path, every, seconds } = given;
  if (typeof path !== 'string' || path === '') throw invalid('a path', 'checkpoint.path', path);
  if (every !== undefined) iterations.check(every, 'checkpoint.every');
  if (seconds !== undefined) time.check(seconds, 'checkpoint.seconds');
  return {
    path,
    every: every ?? Number.POSITIVE_INFINITY,
    seconds: seconds ?? (every === undefined ? usualSeconds : Number.POSITIVE_INFINITY),
  };
}

export const resume = option({
  name: 'resume',
  ...yesOrNo,
  help: 'true: from the checkpoint, or from the start where there is none yet; false: from the start, whatever is there. Default: from the start, unless a training that did not end is there.',
  read(resume, { given }) {
    if (resume === true && given.checkpoint === undefined) {
      throw new GnvproError('ERR_OPTION', 'Expected checkpoint with resume: true, the file to go on from.');
    }
    return { resume: resume ?? null };
  },
});

export const onCheckpoint = option({
  name: 'onCheckpoint',
  check: checkFunction,
  read: (onCheckpoint) => ({ onCheckpoint: onCheckpoint ?? null }),
});
