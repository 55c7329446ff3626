/** @file When a training stops by itself. */
import { checkOptions } from '../validate/check.js';
import { object, type Schema } from '../validate/schema.js';
import { aNumber, anInteger } from './kinds.js';
import { option } from './option.js';
import type { StopOptions } from './trainOptions.js';

export type StopRules = Required<StopOptions>;

const tolerance = aNumber({ min: 0, max: 1 });
const amount = aNumber({ above: 0, infinite: true });
const whole = anInteger({ min: 1 });
const count: typeof whole = {
  ...whole,
  check: (value, name) => (value === Infinity ? undefined : whole.check(value, name)),
};

const rules = {
  gradient: { ...tolerance, usual: 1e-8, help: 'Gradient norm relative to its first value.' },
  objective: {
    ...tolerance,
    usual: 1e-9,
    help: 'Relative decrease of the objective that counts as none; three in a row stop.',
  },
  step: { ...tolerance, usual: 1e-12, help: 'Length of the step relative to the weights.' },
  workUnits: { ...amount, usual: 10_000, help: 'Passes of the network over the training samples, for each level.' },
  iterations: { ...count, usual: Infinity, help: 'Iterations of each level (default unlimited).' },
  seconds: { ...amount, usual: Infinity, help: 'Seconds of the whole training (default unlimited).' },
  patience: { ...count, usual: 20, help: 'Accepted iterations without a better validation metric, for each level.' },
};

const names = Object.keys(rules) as (keyof typeof rules)[];

export const stopDefaults = Object.fromEntries(names.map((name) => [name, rules[name].usual])) as StopRules;

/** Throws ERR_OPTION. An infinite number is no limit. */
export function stopRules(options: StopOptions = {}): StopRules {
  checkOptions(options, names, 'stop');
  const read = names.map((name) => {
    const { [name]: value = rules[name].usual } = options;
    rules[name].check(value, `stop.${name}`);
    return [name, value];
  });
  return Object.fromEntries(read);
}

function schemaOf(name: keyof typeof rules): Schema {
  const { schema, usual, help } = rules[name];
  return { ...schema, description: help, ...(usual === Infinity ? {} : { default: usual }) };
}

export const stop = option({
  name: 'stop',
  group: 'Stopping',
  help: 'When to stop; the first rule that is met decides.',
  schema: object(Object.fromEntries(names.map((name) => [name, schemaOf(name)]))),
  read: (stop) => ({ rules: stopRules(stop) }),
  used: ({ rules }) => rules,
  /** Seconds are never the same twice: there may be more of them when a training goes on. */
  decides: ({ rules: { seconds: _, ...rules } }) => rules,
});
