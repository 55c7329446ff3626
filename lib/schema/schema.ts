/** @file The published JSON Schema of job files, and the little of JSON Schema that it uses. */
import { readFileSync } from 'node:fs';

export interface Schema {
  /** What the value is called in messages. */
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema | true>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly { readonly then?: Schema }[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** The same file for editors (package export `gnvpro/job.schema.json`) and for the check. */
export const jobSchema: Schema = JSON.parse(
  readFileSync(new URL('../../lib/schema/job.schema.json', import.meta.url), 'utf8'),
);

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
