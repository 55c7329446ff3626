/** @file The scaling of inputs and targets: given, to be fitted, or that of the model to go on from. */
import { checkScaling, inputScalingNames, type ScalingOption, scalingNames } from '../data/scaling.js';
import { componentsOf } from '../data/wideInputs.js';
import { GnvproError } from '../errors.js';
import { takesImages } from '../network/image.js';
import { checkOptions, invalid } from '../validate/check.js';
import { anyOf, implies, integer, object, ref, type Schema, words } from '../validate/schema.js';
import { data } from './data.js';
import { loss } from './loss.js';
import { givenModel } from './model.js';
import { option, type Reading } from './option.js';

const given = {
  shift: ref('numbers', { description: 'Subtracted, a number a column.' }),
  scale: ref('numbers', { description: 'Divides, a number a column.' }),
};
const rotation = ref('numbers', { description: 'Columns × components, row-major, multiplied then.' });

/** Objects are told apart by `type`, so that what is wrong with one is said of it, not of all that it might be. */
const definitions: Record<string, Schema> = {
  scaling: anyOf([words(scalingNames), object(given, { required: ['shift', 'scale'] })]),
  inputScaling: anyOf([
    words(inputScalingNames),
    {
      title: 'an object with "type" and "components", or with "shift" and "scale"',
      type: 'object',
      allOf: [
        implies({ properties: { type: false } }, ref('givenInputScaling')),
        implies({ required: ['type'], properties: { type: true } }, ref('pcaScaling')),
      ],
    },
  ]),
  givenInputScaling: object({ ...given, rotation }, { required: ['shift', 'scale'] }),
  pcaScaling: object(
    {
      type: words(['pca'], { description: 'Principal components of the centred inputs.' }),
      components: integer({ minimum: 1, description: 'How many of them the network takes.' }),
    },
    { required: ['type', 'components'] },
  ),
};

export const scaling = option({
  name: 'scaling',
  help: 'Affine scaling of the columns, fitted on training rows and saved with the model.',
  schema: object({
    inputs: ref('inputScaling', { default: 'auto', description: 'Scaling of the inputs.' }),
    targets: ref('scaling', { default: 'uniform', description: 'Scaling of the targets.' }),
  }),
  definitions,
  read(value, reading) {
    const initial = reading.of(givenModel);
    if (initial !== undefined && value !== undefined) {
      throw new GnvproError('ERR_OPTION', 'Expected no scaling with initial: the model brings its own.');
    }
    if (initial !== undefined) return { scaling: initial.scaling };
    checkOptions(value ?? {}, ['inputs', 'targets'], 'scaling');
    const { sharesUnits, name } = reading.of(loss).loss;
    const { inputs = 'auto', targets = sharesUnits ? 'uniform' : 'none' } = value ?? {};
    if (!sharesUnits && targets !== 'none') throw invalid("'none'", `scaling.targets of the loss "${name}"`, targets);
    const { columns } = reading.of(data);
    const chosen = inputs === 'auto' ? usualOf(reading) : inputs;
    return {
      scaling: {
        inputs: checkScaling(chosen, 'scaling.inputs', columns.inputs, inputScalingNames),
        targets: checkScaling(targets, 'scaling.targets', columns.targets),
      },
    };
  },
  used: (_, { scaling }) => scaling,
  decides: ({ scaling }) => scaling,
});

/**
 * Classes in images or spectra show in the directions that vary most; of numbers, any direction may tell. Layers of images
 * want pixels.
 */
function usualOf(reading: Reading): ScalingOption {
  const { meaning } = reading.of(loss).loss;
  if (takesImages(reading.given.network)) return 'auto';
  const components = meaning.classesIn && componentsOf(reading.of(data).training.samples.inputs);
  return components === null ? 'auto' : { type: 'pca', components };
}
