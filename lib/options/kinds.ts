/** @file Kinds of plain values: how they are checked, and described in a schema. */
import { checkInteger, checkNumber, checkOneOf } from '../validate/check.js';
import { boolean, integer, number, type Schema, words } from '../validate/schema.js';

interface Kind {
  /** Throws ERR_OPTION. */
  check(value: unknown, name: string): void;
  readonly schema: Schema;
}

export function anInteger(bounds: { min: number; max?: number }): Kind {
  return { check: (value, name) => checkInteger(value, name, bounds), schema: integer(inSchema(bounds)) };
}

/** `above` is a strict bound. */
export function aNumber(bounds: { min?: number; above?: number; max?: number; infinite?: boolean }): Kind {
  return { check: (value, name) => checkNumber(value, name, bounds), schema: number(inSchema(bounds)) };
}

export function oneOf(names: readonly string[]): Kind {
  return { check: (value, name) => checkOneOf(value, name, names), schema: words(names) };
}

export const yesOrNo: Kind = { check: (value, name) => checkOneOf(value, name, [true, false]), schema: boolean() };

function inSchema({ min, above, max }: { min?: number; above?: number; max?: number }): Schema {
  return {
    ...(min === undefined ? {} : { minimum: min }),
    ...(above === undefined ? {} : { exclusiveMinimum: above }),
    ...(max === undefined ? {} : { maximum: max }),
  };
}
