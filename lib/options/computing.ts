/** @file What computes, who listens, and who may end it. */
import { precisions } from '../backend/backend.js';
import { backendNames } from '../backend/select.js';
import { checkFunction, checkSignal } from '../validate/check.js';
import { anInteger, oneOf } from './kinds.js';
import { option } from './option.js';

export const signal = option({
  name: 'signal',
  check: checkSignal,
  read: (signal) => ({ signal: signal ?? null }),
});

export const onIteration = option({
  name: 'onIteration',
  check: checkFunction,
  read: (onIteration) => ({ onIteration: onIteration ?? null }),
});

export const backend = option({
  name: 'backend',
  ...oneOf(backendNames),
  default: 'native',
  help: 'What computes.',
  read: (backend) => ({ backend }),
  decides: ({ backend }) => backend,
});

export const threads = option({
  name: 'threads',
  ...anInteger({ min: 1, max: 256 }),
  help: 'Default: 1 for small problems, else the number of cores. Results do not depend on it.',
  read: (threads) => ({ threads: threads ?? null }),
});

export const precision = option({
  name: 'precision',
  ...oneOf(precisions),
  default: 'float64',
  help: 'Precision of the network while it trains; projection, sums and steps are in double precision with either.',
  read: (precision) => ({ precision }),
  used: ({ precision }) => precision,
  decides: ({ precision }) => precision,
});
