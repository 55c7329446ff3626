/** @file The loss. */
import { lossNames } from '../loss/defineLoss.js';
import { checkOneOf } from '../validate/check.js';
import { anyOf, words } from '../validate/schema.js';
import { givenModel } from './model.js';
import { option } from './option.js';

export const loss = option({
  name: 'loss',
  help: 'Loss of the training: softmax cross entropy of classes, logistic loss of each output, or a name of defineLoss().',
  schema: anyOf([words(['leastSquares', 'crossEntropy', 'logistic']), { title: 'a name', type: 'string' }], {
    default: 'leastSquares',
  }),
  read(value, reading) {
    const loss = value === undefined ? (reading.of(givenModel)?.loss ?? 'leastSquares') : value;
    checkOneOf(loss, 'loss', lossNames());
    return { loss };
  },
  used: ({ loss }) => loss,
});
