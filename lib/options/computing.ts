/** @file What computes, who listens, and who may end it. */
import { precisions } from '../backend/backend.js';
import { backendNames } from '../backend/select.js';
import { checkInMemory } from '../data/stored.js';
import { checkFunction, checkSignal } from '../validate/check.js';
import { data } from './data.js';
import { aNumber, anInteger, oneOf } from './kinds.js';
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

/** A constant, so that what is chosen by it does not depend on the machine. */
const usualMemoryLimit = 4 * 2 ** 30;

export const memoryLimit = option({
  name: 'memoryLimit',
  ...aNumber({ min: 0 }),
  help:
    'Bytes. Where the derivatives of the network do not fit beside all else, they are computed again in each product ' +
    'with them; what does not fit even so is refused. Default: 4 GiB, beyond which derivatives are not stored, and ' +
    'otherwise what is free. Results do not depend on it.',
  read: (given) => ({ memoryLimit: { bytes: given ?? usualMemoryLimit, isGiven: given !== undefined } }),
  used: ({ memoryLimit }) => memoryLimit.bytes,
});

export const precision = option({
  name: 'precision',
  ...oneOf(precisions),
  default: 'float64',
  help: 'Precision of the network while it trains; projection, sums and steps are in double precision with either.',
  read(precision, reading) {
    if (precision === 'float32') checkInMemory(reading.of(data).training.samples, "precision: 'float32'");
    return { precision };
  },
  used: ({ precision }) => precision,
  decides: ({ precision }) => precision,
});
