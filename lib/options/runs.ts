/** @file The runs that a training is made of: levels, parts of the samples, a refit; and what is fitted beside. */
import { checkInMemory } from '../data/stored.js';
import { GnvproError } from '../errors.js';
import { stagesOf } from '../optimizers/optimizer.js';
import { checkInteger, checkOptions, invalid } from '../validate/check.js';
import { integer, list, object } from '../validate/schema.js';
import { data, requireValidation } from './data.js';
import { anInteger, yesOrNo } from './kinds.js';
import { optimizer } from './optimizer.js';
import { option } from './option.js';
import type { NestedPart } from './trainOptions.js';

export const levels = option({
  name: 'levels',
  ...anInteger({ min: 1, max: 20 }),
  default: 1,
  help: 'Trainings, each of twice the depth of the one before and half its α_θ.',
  read: (levels) => ({ levels }),
  used: ({ levels }) => levels,
  decides: ({ levels }) => levels,
});

export const nested = option({
  name: 'nested',
  help: 'The start of a large training: iterations on random parts of the samples, each within the next.',
  schema: list(
    object(
      {
        samples: integer({ minimum: 1, description: 'Size of the part.' }),
        iterations: integer({ minimum: 1, description: 'Iterations on it.' }),
      },
      { required: ['samples', 'iterations'] },
    ),
  ),
  read: (parts = [], reading) => ({ nested: readParts(parts, reading.of(data).training.samples.inputs.shape[0]) }),
  used: ({ nested }) => nested,
  decides: ({ nested }) => nested,
});

/** Each within the next, and the last within all. */
function readParts(parts: readonly NestedPart[], all: number): readonly NestedPart[] {
  if (!Array.isArray(parts)) throw invalid('an array of { samples, iterations }', 'nested', parts);
  let least = 1;
  return parts.map((part: NestedPart, k) => {
    checkOptions(part, ['samples', 'iterations'], `nested, entry ${k}`);
    const { samples, iterations } = part;
    checkInteger(samples, `samples of nested, entry ${k}`, { min: least, max: all });
    checkInteger(iterations, `iterations of nested, entry ${k}`, { min: 1 });
    least = samples;
    return { samples, iterations };
  });
}

export const refit = option({
  name: 'refit',
  ...yesOrNo,
  default: false,
  help: 'Whether a run on training and validation data together follows, with the number of steps found.',
  read(refit, reading) {
    if (!refit) return { refit };
    if (stagesOf(reading.of(optimizer).optimizer).length > 1) {
      throw new GnvproError(
        'ERR_OPTION',
        'Expected a single method with refit: true, which takes as many steps again.',
      );
    }
    requireValidation(reading, 'refit: true');
    const { training, validation } = reading.of(data);
    checkInMemory(training.samples, 'refit: true');
    if (validation !== null) checkInMemory(validation.samples, 'refit: true');
    const count = reading.of(levels).levels;
    if (count > 1) throw invalid('1', 'levels with refit: true', count);
    return { refit };
  },
  used: ({ refit }) => refit,
  decides: ({ refit }) => refit,
});

export const baselines = option({
  name: 'baselines',
  check: yesOrNo.check,
  default: false,
  read: (baselines) => ({ baselines }),
});
