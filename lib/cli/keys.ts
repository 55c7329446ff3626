/** @file The keys of a job as options of the command line: `--stop.workUnits 500`. */
import { GnvproError } from '../errors.js';
import { parseJson } from '../json.js';
import { describeSchema } from '../schema/describe.js';
import { alternatives, resolved } from '../schema/schema.js';
import { isPath, type Schema } from '../validate/schema.js';

/** One key that can be set. */
export interface Key {
  /** Keys from the root: `['stop', 'workUnits']`. */
  readonly path: readonly string[];
  readonly schema: Schema;
}

/** All keys of an object, outermost first: objects are keys too, given as JSON. A network is only given whole. */
export function keysOf(schema: Schema, above: readonly string[] = []): Key[] {
  const own = new Map<string, Key>();
  for (const [name, property] of propertiesOf(schema)) {
    if (name !== '$schema' && !own.has(name)) own.set(name, { path: [...above, name], schema: property });
  }
  return [...own.values()].flatMap((key) => {
    const inner = key.path.join('.') === 'network' ? [] : keysOf(key.schema, key.path);
    return [key, ...inner];
  });
}

/** Properties of an object, of every object among alternatives, and of what its `type` decides. */
function propertiesOf(schema: Schema): [string, Schema][] {
  return alternatives(schema).flatMap(({ properties, allOf }) => [
    ...Object.entries(properties ?? {}).filter((entry): entry is [string, Schema] => typeof entry[1] === 'object'),
    ...(allOf ?? []).flatMap(({ then }) => (then === undefined ? [] : propertiesOf(then))),
  ]);
}

export const yesOrNo = 'true|false';

/** What the help shows in place of the value. */
export function placeholder({ schema }: Key): string {
  const kinds = new Set(alternatives(schema).map(placeholderOne));
  return [...kinds].join('|');
}

function placeholderOne(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.join('|');
  if (isPath(schema)) return 'file';
  const names: Record<string, string> = { string: 'text', object: 'json', array: 'list', boolean: yesOrNo };
  return names[schema.type ?? ''] ?? schema.type ?? 'json';
}

export function helpText({ schema }: Key): string {
  const { description = '' } = resolved(schema);
  return schema.default === undefined ? description : `${description} (default: ${JSON.stringify(schema.default)})`;
}

/**
 * The text of an option as the value its key wants: JSON where that is possible, else a list (`x,y,0:55`), else the
 * text itself.
 */
export function parseValue({ path, schema }: Key, text: string): unknown {
  const kinds = alternatives(schema);
  const takes = (type: string) => kinds.some((kind) => kind.type === type);
  const isObject = takes('object') && text.trimStart().startsWith('{');
  const json = isObject ? parseJson(text, `--${path.join('.')}`, 'ERR_OPTION') : jsonOrText(text);
  const isItem = typeof json === 'number' && takes('array') && !takes('number') && !takes('integer');
  if (json !== undefined && !isItem && (typeof json !== 'string' || !takes('string'))) return json;
  if (takes('array') && !takes('string')) return text.split(',').map(parseItem);
  const plain = takes('string') || kinds.some((kind) => kind.enum?.some((value) => typeof value === 'string'));
  if (plain) return text;
  throw new GnvproError(
    'ERR_OPTION',
    `Expected ${describeSchema(schema)} for --${path.join('.')} but received "${text}".`,
  );
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An entry of a list: a range `0:55` is [0, 55). */
function parseItem(text: string): unknown {
  const item = text.trim();
  const range = /^(\d+):(\d+)$/.exec(item);
  if (range !== null) return [Number(range[1]), Number(range[2])];
  return /^\d+(\.\d+)?$/.test(item) ? Number(item) : item;
}
