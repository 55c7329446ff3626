/** @file A schema in words, for the messages: "an integer of at least 1". */
import type { Schema } from '../validate/schema.js';
import { alternatives } from './schema.js';

export function describeSchema(schema: Schema): string {
  const phrases = [...new Set(alternatives(schema).map(describeOne))];
  return phrases.length < 2 ? phrases.join() : `${phrases.slice(0, -1).join(', ')} or ${phrases[phrases.length - 1]}`;
}

function describeOne(schema: Schema): string {
  if (schema.title !== undefined) return schema.title;
  if (schema.enum !== undefined) return describeEnum(schema.enum);
  switch (schema.type) {
    case 'number':
      return `a number${bounds(schema)}`;
    case 'integer':
      return `an integer${bounds(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return 'a string';
    case 'array':
      return 'an array';
    case 'object':
      return describeObject(schema);
    default:
      return schema.type ?? 'another value';
  }
}

function describeEnum(values: readonly unknown[]): string {
  const shown = values.map((value) => JSON.stringify(value));
  return shown.length === 1 ? shown[0] : `one of ${shown.join(', ')}`;
}

function describeObject({ required }: Schema): string {
  return required === undefined ? 'an object' : `an object with ${required.map((key) => `"${key}"`).join(' and ')}`;
}

function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const parts = [
    minimum !== undefined && `of at least ${minimum}`,
    exclusiveMinimum !== undefined && `greater than ${exclusiveMinimum}`,
    maximum !== undefined && `of at most ${maximum}`,
    exclusiveMaximum !== undefined && `less than ${exclusiveMaximum}`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? '' : ` ${parts.join(' and ')}`;
}
