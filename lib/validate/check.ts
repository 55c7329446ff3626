/** @file Checks of options, each with a full sentence. Everything a caller passes goes through one of these. */
import { GnvproError } from '../errors.js';
import { printableName } from './printable.js';

/** Throws ERR_OPTION for a name that is not known, suggesting the nearest that is. */
export function checkOptions(options: object, known: readonly string[], owner: string): void {
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw invalid('an object', `the options of ${owner}`, options);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new GnvproError('ERR_OPTION', `Unknown option ${show(name)} of ${owner}.${suggestion(name, known)}`);
  }
}

export function checkInteger(value: unknown, name: string, { min = -Infinity, max = Infinity } = {}): void {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return;
  throw invalid(`an integer${range(min, max)}`, name, value);
}

/** `above` is a strict bound, `min` and `max` are not. NaN and ±Infinity are refused unless `infinite`. */
export function checkNumber(
  value: unknown,
  name: string,
  { min = -Infinity, max = Infinity, above = -Infinity, infinite = false } = {},
): void {
  const finite = infinite ? typeof value === 'number' && !Number.isNaN(value) : Number.isFinite(value);
  const number = value as number;
  if (finite && number >= min && number <= max && (number > above || above === -Infinity)) return;
  const bound =
    above === -Infinity ? range(min, max) : ` greater than ${above}${max === Infinity ? '' : ` and at most ${max}`}`;
  throw invalid(`a ${infinite ? '' : 'finite '}number${bound}`, name, value);
}

export function checkOneOf(value: unknown, name: string, allowed: readonly unknown[]): void {
  if (allowed.includes(value)) return;
  const near =
    typeof value === 'string'
      ? nearest(
          brief(value),
          allowed.filter((a) => typeof a === 'string'),
        )
      : null;
  const hint = near === null ? '' : ` Did you mean "${near}"?`;
  throw invalid(`one of ${allowed.map((a) => JSON.stringify(a)).join(', ')}`, name, value, hint);
}

/** Demands at least one row of finite numbers, all rows of one length above 0. */
export function checkRows(value: unknown, name: string, what = 'rows of finite numbers, all of one length'): void {
  const isRow = (row: unknown, length: number) =>
    Array.isArray(row) && row.length === length && row.every((entry) => Number.isFinite(entry));
  const length = Array.isArray(value) && Array.isArray(value[0]) ? value[0].length : 0;
  if (length > 0 && (value as unknown[]).every((row) => isRow(row, length))) return;
  throw invalid(what, name, value);
}

export function checkFunction(value: unknown, name: string): void {
  if (typeof value !== 'function') throw invalid('a function', name, value);
}

/** Undefined, or whatever behaves as an AbortSignal: other realms and polyfills have a class of their own. */
export function checkSignal(signal: unknown): void {
  if (signal === undefined) return;
  const { aborted, addEventListener, removeEventListener } = Object(signal) as Partial<AbortSignal>;
  const listens = typeof addEventListener === 'function' && typeof removeEventListener === 'function';
  if (typeof aborted !== 'boolean' || !listens) throw invalid('an AbortSignal', 'signal', signal);
}

/** "Expected <what> for <name> but received <value>." */
export function invalid(what: string, name: string, value: unknown, hint = ''): GnvproError {
  return new GnvproError('ERR_OPTION', `Expected ${what} for ${name} but received ${show(value)}.${hint}`);
}

/** A value in words, of any length in a line's. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `"${brief(value)}"`;
  if (typeof value === 'function') return `a function`;
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of length ${(value as Float64Array).length}`;
  if (value !== null && typeof value === 'object')
    return `an object with keys ${brief(Object.keys(value).join(', ')) || '(none)'}`;
  return brief(String(value));
}

/** Its beginning, where a text is longer than messages bear, without control characters. */
export function brief(text: string, most = 200): string {
  return printableName(text.length <= most ? text : `${text.slice(0, most)}…`);
}

function range(min: number, max: number): string {
  if (min === -Infinity && max === Infinity) return '';
  if (max === Infinity) return ` of at least ${min}`;
  return min === -Infinity ? ` of at most ${max}` : ` between ${min} and ${max}`;
}

export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(brief(name), known);
  return near === null ? ` Known: ${known.join(', ')}.` : ` Did you mean "${near}"?`;
}

/** The known name that a few slips of the keyboard lead to, or null. */
function nearest(name: string, known: readonly string[]): string | null {
  const ranked = known.map((candidate) => ({ candidate, distance: editDistance(name, candidate) }));
  const best = ranked.reduce((a, b) => (b.distance < a.distance ? b : a), { candidate: '', distance: Infinity });
  return best.distance <= Math.max(2, name.length / 3) ? best.candidate : null;
}

function editDistance(a: string, b: string): number {
  const lower = [a.toLowerCase(), b.toLowerCase()];
  let row = Array.from({ length: lower[1].length + 1 }, (_, j) => j);
  for (let i = 1; i <= lower[0].length; i++) {
    const next = [i];
    for (let j = 1; j <= lower[1].length; j++) {
      const substitution = row[j - 1] + Number(lower[0][i - 1] !== lower[1][j - 1]);
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, substitution);
    }
    row = next;
  }
  return row[lower[1].length];
}
