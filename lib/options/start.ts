/** @file Where a training begins. */
import { types } from 'node:util';
import { snapshot } from '../data/buffers.js';
import { GnvproError } from '../errors.js';
import { invalid } from '../validate/check.js';
import { anyOf, path, ref, words } from '../validate/schema.js';
import { anInteger } from './kinds.js';
import { bias } from './lastLayer.js';
import { givenModel } from './model.js';
import { option } from './option.js';
import type { InitializeOption } from './trainOptions.js';

export const initialize = option({
  name: 'initialize',
  help: 'Start of the weights: drawn with the seed, from the data by singular vectors, or from a file.',
  schema: anyOf([words(['random', 'svd']), ref('file')], { default: 'random' }),
  read(initialize, reading): { initialize: InitializeOption } {
    const initial = reading.of(givenModel);
    if (initial !== undefined && initialize !== undefined)
      throw new GnvproError('ERR_OPTION', 'Expected either initialize or initial but received both.');
    if (initial !== undefined) return { initialize: initial.theta };
    if (initialize === undefined || initialize === 'random') return { initialize: 'random' };
    if (initialize === 'svd') return { initialize };
    if (types.isFloat64Array(initialize)) return { initialize: snapshot(initialize, 'initialize') };
    throw invalid("'random', 'svd' or a Float64Array of all weights", 'initialize', initialize);
  },
  used: ({ initialize }) => (typeof initialize === 'string' ? initialize : 'given'),
  decides: ({ initialize }) => initialize,
});

export const initial = option({
  name: 'initial',
  help: 'A model file to go on from.',
  schema: path(),
  read(_, reading) {
    const model = reading.of(givenModel);
    /** The last layer of the model to go on from, t × m. */
    return { initialW: model !== undefined && model.bias === reading.of(bias).bias ? model.W : null };
  },
  decides: ({ initialW }) => initialW,
});

export const seed = option({
  name: 'seed',
  ...anInteger({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  default: 0,
  help: 'Everything random follows from it.',
  read: (seed) => ({ seed }),
  decides: ({ seed }) => seed,
});
