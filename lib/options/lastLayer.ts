/** @file The last layer, and how precisely it is found. */
import { isClosed } from '../backend/loss.js';
import { boolean } from '../validate/schema.js';
import { aNumber, yesOrNo } from './kinds.js';
import { givenModel } from './model.js';
import { option } from './option.js';

export const bias = option({
  name: 'bias',
  check: yesOrNo.check,
  schema: boolean({ default: true }),
  help: 'Whether the last layer has a bias.',
  read: (bias, reading) => ({ bias: bias ?? reading.of(givenModel)?.bias ?? true }),
  used: ({ bias }) => bias,
  decides: ({ bias }) => bias,
});

export const innerTolerance = option({
  name: 'innerTolerance',
  ...aNumber({ above: 0, max: 1e-2 }),
  default: 1e-6,
  help: 'Every loss but least squares: relative gradient at which the last layer counts as optimal.',
  read: (innerTolerance) => ({ innerTolerance }),
  used: ({ loss, innerTolerance }) => (isClosed(loss) ? null : innerTolerance),
  decides: ({ innerTolerance }) => innerTolerance,
});
