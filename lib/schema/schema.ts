/** @file The JSON Schema of job files, from the records of the options: of the check, and published for editors. */
import { namesOfOne } from '../many/common.js';
import { options } from '../options/options.js';
import type { Schema } from '../validate/schema.js';
import { dataDefinitions, type JobKey, split, stream, test } from './data.js';
import { layerDefinitions } from './layers.js';
import { manyKeys } from './many.js';
import { optimizerDefinitions } from './optimizers.js';

/** The options that a job can give, and what it has besides. */
export const jobKeys: readonly JobKey[] = [
  ...options.flatMap(({ name, group, schema }) => (schema === null ? [] : [{ name, group, schema }])),
  split,
  test,
  stream,
  ...manyKeys,
].sort((a, b) => Number(b.group === 'Data') - Number(a.group === 'Data'));

export const jobSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  description:
    'One training for `gnvpro train`, or many for its like: where the data is, and the options of train() as plain JSON. Paths are relative to the job file.',
  type: 'object',
  required: ['inputs', 'targets'],
  additionalProperties: false,
  properties: {
    $schema: { type: 'string', description: 'Where editors find this schema.' },
    ...Object.fromEntries(jobKeys.map(({ name, schema }) => [name, schema])),
  },
  $defs: Object.assign(
    { ...dataDefinitions, ...layerDefinitions, ...optimizerDefinitions },
    ...options.map(({ definitions }) => definitions),
  ),
};

/** What a command reads of a job: what training is, and the key of its own. */
export function schemaFor(own: string | null): Schema {
  const others: readonly string[] = [
    ...manyKeys.flatMap(({ name }) => (name === own ? [] : [name])),
    ...(own === null ? [] : namesOfOne),
  ];
  const properties = Object.entries(jobSchema.properties ?? {}).filter(([name]) => !others.includes(name));
  return { ...jobSchema, properties: Object.fromEntries(properties) };
}

/** The schema with its reference resolved; keywords beside `$ref` win. */
export function resolved({ $ref, ...own }: Schema): Schema {
  if ($ref === undefined) return own;
  const keys = $ref.split('/').slice(1); // the first is #
  const target = keys.reduce<Schema>((inner, key) => inner[key as keyof Schema] as Schema, jobSchema);
  return { ...resolved(target), ...own };
}

/** The alternatives of a schema, all resolved; one that has none is its own. */
export function alternatives(schema: Schema): Schema[] {
  const { anyOf, ...own } = resolved(schema);
  return anyOf === undefined ? [own] : anyOf.flatMap(alternatives);
}
