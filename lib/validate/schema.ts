/** @file The little of JSON Schema that options are described in, and words to write it with. */

export interface Schema {
  readonly $schema?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  /** What the value is called in messages. */
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Properties;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly if?: Schema;
  readonly then?: Schema;
}

/** Of an object; `true` is any value, `false` none. */
export type Properties = Readonly<Record<string, Schema | boolean>>;

export const number = (more: Schema = {}): Schema => ({ type: 'number', ...more });
export const integer = (more: Schema = {}): Schema => ({ type: 'integer', ...more });
export const boolean = (more: Schema = {}): Schema => ({ type: 'boolean', ...more });
export const words = (names: readonly string[], more: Schema = {}): Schema => ({ enum: names, ...more });
export const list = (items: Schema, more: Schema = {}): Schema => ({ type: 'array', items, ...more });
export const anyOf = (kinds: readonly Schema[], more: Schema = {}): Schema => ({ anyOf: kinds, ...more });

/** Of values that fit `condition`. */
export const implies = (condition: Schema, consequence: Schema): Schema => ({
  if: condition,
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nothing awaits a schema
  then: consequence,
});

/** The name of a file. */
export const path = (more: Schema = {}): Schema => ({ title: 'a path', type: 'string', minLength: 1, ...more });
export const isPath = ({ title }: Schema): boolean => title === 'a path';

/** What a value of the schema of jobs is told under its name there. */
export const ref = (name: string, more: Schema = {}): Schema => ({ $ref: `#/$defs/${name}`, ...more });

/** An object of these keys only. */
export const object = (properties: Properties, more: Schema = {}): Schema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...more,
});
