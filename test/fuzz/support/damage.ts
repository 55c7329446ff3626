/** @file Damage to files: cuts, bytes changed, removed, inserted, repeated; and JSON with other values in it. */
import type { Choice } from './choice.js';

/** One to three of them. */
export function damage(choice: Choice, bytes: Buffer): Buffer {
  let result: Buffer = Buffer.from(bytes);
  for (let n = choice.integer(1, 3); n > 0; n--) result = damageOnce(choice, result);
  return result;
}

const texts = [
  '9',
  '-',
  '"',
  "'",
  ',',
  '(',
  '}',
  '\n',
  '\r',
  ';',
  'e',
  '1',
  'True',
  '99999999999',
  'None',
  '\xff\xf0\x7f',
];

function damageOnce(choice: Choice, bytes: Buffer): Buffer {
  if (bytes.length === 0) return bytes;
  // Mostly at the beginning, where the header is.
  const at = choice.integer(0, (choice.chance(0.7) ? Math.min(160, bytes.length) : bytes.length) - 1);
  const end = Math.min(bytes.length, at + choice.integer(1, 9));
  const [before, piece, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  const random = Buffer.from([choice.integer(0, 255)]);
  const text = Buffer.from(choice.pick(texts), 'latin1');
  // Half of the time over what is there: other lengths are refused before anything else is looked at.
  switch (choice.integer(0, 9)) {
    case 0:
      return before;
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, piece, piece, after]);
    case 3:
      return Buffer.concat([before, random, piece, after]);
    case 4:
      return Buffer.concat([before, text, after]);
    case 5:
    case 6:
      return Buffer.concat([before, text, bytes.subarray(at + text.length)]);
    default:
      return Buffer.concat([before, random, bytes.subarray(at + 1)]);
  }
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const values: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  2,
  0.5,
  1e308,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  '',
  'tanh',
  'samples',
  [],
  {},
  [0],
  [[]],
];

/** Text of JSON with one value removed, repeated, moved or replaced, so that more than its parser is reached. */
export function damageJson(choice: Choice, text: string): string {
  const whole: Json = JSON.parse(text);
  const nodes = [...nodesOf(whole)];
  if (nodes.length === 0) return text;
  const { parent, key } = choice.pick(nodes);
  const other = choice.pick(nodes);
  switch (choice.integer(0, 4)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
      break;
    case 1:
      if (Array.isArray(parent)) parent.splice(Number(key), 0, structuredClone(parent[Number(key)]));
      break;
    case 2:
      set(parent, key, structuredClone(get(other.parent, other.key)));
      break;
    default:
      set(parent, key, structuredClone(choice.pick(values)));
  }
  return JSON.stringify(whole);
}

interface Node {
  readonly parent: Json[] | { [key: string]: Json };
  readonly key: string;
}

const get = (parent: Node['parent'], key: string) => (parent as { [key: string]: Json })[key];

function set(parent: Node['parent'], key: string, value: Json): void {
  (parent as { [key: string]: Json })[key] = value;
}

function* nodesOf(value: Json): Generator<Node> {
  if (value === null || typeof value !== 'object') return;
  for (const key of Object.keys(value)) {
    yield { parent: value, key };
    yield* nodesOf(get(value, key));
  }
}
