/** @file What of a job is of commands that train many models: keys that train() does not have. */
import { diversities } from '../many/ensemble.js';
import { searchable } from '../many/search.js';
import { options } from '../options/options.js';
import { anyOf, integer, list, number, object, type Properties, ref, words } from '../validate/schema.js';
import type { JobKey } from './data.js';

const pool: Properties = {
  concurrency: integer({
    minimum: 1,
    maximum: 256,
    description: 'Trainings at a time (default: the cores). Results do not depend on it.',
  }),
  seconds: number({ exclusiveMinimum: 0, description: 'Seconds until trainings are ended (default unlimited).' }),
};
const seed = (description: string) =>
  integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0, description });

const ofTrials = options.filter(({ name, schema }) => searchable.includes(name) && schema !== null);
const values = (of: (schema: NonNullable<(typeof ofTrials)[number]['schema']>) => Properties[string]): Properties =>
  Object.fromEntries(ofTrials.map(({ name, schema }) => [name, of(schema as NonNullable<typeof schema>)]));

/** The command of each key has its name, with hyphens. */
export const manyKeys: readonly JobKey[] = [
  {
    name: 'crossValidate',
    group: 'Training',
    schema: object(
      {
        folds: integer({ minimum: 2, default: 5, description: 'How many parts, each held out once.' }),
        groups: ref('matrix', {
          description: 'Names of groups, a row a sample: those of a group are held out together.',
        }),
        seed: seed('Shuffles the samples before they are dealt out.'),
        ...pool,
      },
      { description: 'Of gnvpro cross-validate.' },
    ),
  },
  {
    name: 'ensemble',
    group: 'Training',
    schema: object(
      {
        members: integer({ minimum: 2, maximum: 10_000, default: 5, description: 'How many models.' }),
        from: words(diversities, { default: 'seeds', description: 'What they differ in, besides their seeds.' }),
        ...pool,
      },
      { description: 'Of gnvpro ensemble.' },
    ),
  },
  {
    name: 'search',
    group: 'Training',
    schema: object(
      {
        space: anyOf(
          [
            object(
              values((schema) => list(schema, { minItems: 1 })),
              { title: 'lists of values by their keys' },
            ),
            list(object(values((schema) => schema)), { minItems: 1, title: 'a list of trials' }),
          ],
          { description: 'Keys of trials: a list of values each, all combined; or trials one by one.' },
        ),
        trials: integer({ minimum: 1, description: 'So many of the trials, drawn with the seed (default all).' }),
        seed: seed('Of that draw.'),
        first: number({
          exclusiveMinimum: 0,
          default: 100,
          description: 'Work units of each trial before the best go on.',
        }),
        factor: number({ minimum: 1.5, maximum: 1000, default: 3, description: 'One in so many goes on.' }),
        ...pool,
      },
      { description: 'Of gnvpro search.' },
    ),
  },
];
