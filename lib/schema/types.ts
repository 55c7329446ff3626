/**
 * @file Objects that their `type` tells apart by `if` and `then`: so a mistake in one is said of it where it is, not of all
 * that it might be.
 */
import { implies, object, type Properties, ref, type Schema, words } from '../validate/schema.js';

/** What an object has besides its type. */
export function typed(properties: Properties = {}, required: readonly string[] = []): Schema {
  return object({ type: true, ...properties }, required.length === 0 ? {} : { required });
}

/** The definition of each type, for `allOf`. */
export function byType(types: Readonly<Record<string, string>>): Schema[] {
  const definitions = [...new Set(Object.values(types))];
  return definitions.map((definition) => {
    const names = Object.keys(types).filter((type) => types[type] === definition);
    return implies({ required: ['type'], properties: { type: words(names) } }, ref(definition));
  });
}
