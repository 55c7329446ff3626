/** @file Which training a checkpoint is of: everything that decides its results, by option. */
import { decisive, type Task } from '../../options/options.js';
import { show } from '../../validate/check.js';
import { isPlain } from '../../validate/depth.js';
import { version } from '../../version.js';
import { digestOf } from './plain.js';

/** By keys and keys within them: words, numbers and flags as they are, so that messages can tell them, else digests. */
export type Fingerprint = Readonly<Record<string, string>>;

/** Of a task whose data are as they came: the training scales them. */
export function fingerprintOf(task: Task): Fingerprint {
  return Object.fromEntries(entriesOf({ gnvpro: version, ...decisive(task) }));
}

function entriesOf(value: object, above = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, inner]) => {
    if (isPlain(inner)) return entriesOf(inner, `${above}${key}.`);
    const isShort = inner === null || ['string', 'number', 'boolean'].includes(typeof inner);
    return [[`${above}${key}`, isShort ? show(inner) : digestOf(inner)]];
  });
}

const digestPattern = /^[\da-f]{32}$/;

/** What differs, in words: "inputs, stop.iterations (20 there, 50 here)"; empty where all is the same. */
export function differences(there: Fingerprint, here: Fingerprint): string {
  const keys = Object.keys({ ...here, ...there }).filter((key) => there[key] !== here[key]);
  const words = keys.map((key) => {
    const values = [there[key], here[key]];
    const isTold = values.every((value) => value !== undefined && !digestPattern.test(value));
    return isTold ? `${key} (${values[0]} there, ${values[1]} here)` : key.split('.')[0];
  });
  return [...new Set(words)].join(', ');
}
