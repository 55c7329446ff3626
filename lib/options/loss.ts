/** @file The loss. */
import { defaultLoss, lossNamed, lossNames, ofThePackage } from '../loss/registry.js';
import { serialize } from '../program/serialize.js';
import { checkOneOf } from '../validate/check.js';
import { anyOf, words } from '../validate/schema.js';
import { givenModel } from './model.js';
import { option } from './option.js';

const names = ofThePackage.map(({ name }) => name);

export const loss = option({
  name: 'loss',
  help: 'Loss of the training: softmax cross entropy of classes, logistic loss of each output, or a name of defineLoss().',
  schema: anyOf([words(names), { title: 'a name', type: 'string' }], { default: defaultLoss }),
  read(value, reading) {
    const name = value === undefined ? (reading.of(givenModel)?.loss ?? defaultLoss) : value;
    checkOneOf(name, 'loss', lossNames());
    return { loss: lossNamed(name) };
  },
  used: ({ loss }) => loss.name,
  decides: ({ loss: { name, programs }, training }) => ({
    name,
    program: serialize(programs.value(training.targets.shape[1])),
  }),
});
