/** @file Whether a .csv file begins with names: where that is no guess, or a good one; else the file is refused. */
import { ColumnPlaces } from '../data/names.js';
import { type Content, firstLines, isInteger, type Line, type QuotedLine, shorten, toNumber } from './csvLines.js';
import { fileError } from './fileError.js';

export interface Header {
  /** Fields of a line. */
  readonly columns: number;
  /** Null where line 1 is data. */
  readonly names: readonly string[] | null;
  /** Whether neither somebody says so, nor quotes or names that are sought. */
  readonly isGuess: boolean;
  /** What people should know of a guess, else null. */
  readonly note: string | null;
}

/** What the columns hold: a name beside numbers is a label, but no header. */
export type Contents = 'numbers' | 'labels';

/**
 * Null for an empty file. Where columns are sought by names, a line that has them all is a header, whatever else is in it.
 *
 * @throws GnvproError ERR_DATA_FILE where names and data cannot be told apart, asking for `header`
 */
export async function readHeader(
  content: Content,
  given: boolean | undefined,
  of: Contents,
  sought: readonly string[],
): Promise<Header | null> {
  const [first, second] = await firstLines(content, 2);
  if (first === undefined) return null;
  if (isForExcel(first)) {
    throw fileError(`Line 1 of ${content.file} tells Excel the delimiter. Remove it, and set delimiter.`);
  }
  const said = given ?? (isMarked(first, second) || undefined);
  const known = said ?? (hasAll(first, sought) || undefined);
  const answer = known ?? hasNames(first, second, of);
  if (answer === null) throw undecided(first, content.file, of);
  return {
    columns: first.fields.length,
    names: answer ? first.fields : null,
    isGuess: known === undefined,
    note: said === undefined ? noteOf(first, second, answer, content.file) : null,
  };
}

/** `sep=;` */
function isForExcel({ fields }: Line): boolean {
  return fields.length <= 2 && /^sep=.?$/i.test(fields.join(''));
}

function hasAll({ fields }: Line, sought: readonly string[]): boolean {
  const places = new ColumnPlaces(fields);
  return sought.length > 0 && sought.every((name) => places.of(name).length > 0);
}

/** Whether people may want to see line 1 as names. */
export function mayBeNames(first: QuotedLine, second: QuotedLine | undefined): boolean {
  return isMarked(first, second) || (hasNames(first, second, 'numbers') ?? first.fields.some(isName));
}

/** The header of a file of classes that `gnvpro predict` writes. */
export const classHeader = 'class';

/** What the fields tell; null where they do not. */
function hasNames({ fields }: Line, second: Line | undefined, of: Contents): boolean | null {
  if (fields.every(isNumber)) return isIndex(fields, second?.fields ?? []) ? null : false;
  if (of === 'labels' && fields.some(isNumber)) return false;
  if (of === 'labels' && fields.join() === classHeader) return true;
  const areNames = fields.every(isName);
  return areNames && (of === 'numbers' || second?.fields.some(isNumber)) ? true : null;
}

/** Names in quotes, one at least that does not need them, as R and `writeMatrix` write them, above fields without. */
function isMarked({ fields, quoted }: QuotedLine, second: QuotedLine | undefined): boolean {
  if (second === undefined || second.quoted.every(Boolean)) return false;
  return quoted.every(Boolean) && fields.every((name) => name.trim() !== '') && !fields.every(needsQuotes);
}

const isNumber = (field: string) => toNumber(field) !== null;

/** What stands for a missing or infinite number in files of NumPy, pandas, R, Excel and others; Na is sodium. */
const missing =
  /^([+-]?(nan|NaN|NAN|inf|Inf|INF|infinity|Infinity|∞)|-?1\.#(IND|QNAN|INF)|NA|na|[nN][/.][aA]\.?|<NA>|NaT|null|Null|NULL|None|undefined|#N\/A N\/A|#(NA|N\/A|DIV\/0!|[A-Z]+[!?])|[-–—.?*]+)$/;

/** Digits that are no number here: decimal commas, groups of thousands, hexadecimals, percentages, prices. */
const faulty = /^[+-]?[$€£¥]?(0[xob][\da-f]+|(?=\D*\d)[\d.,'_\s]+([ed][+-]?\d+)?[%lf€]?)$/i;

export function isMissing(text: string): boolean {
  return missing.test(text);
}

/** Whether a number could be meant, of which only the words are wrong. */
function isFaultyNumber(field: string): boolean {
  const text = field.trim();
  return text === '' || isMissing(text) || (!isNumber(text) && faulty.test(text));
}

function isName(field: string): boolean {
  return !isNumber(field) && !isFaultyNumber(field);
}

const counts = (fields: readonly string[]) => fields.every((field, j) => field.trim() === String(j));

/** 0, 1, 2, …: what pandas calls columns that have no names. Two of them above integers are likelier data. */
function isIndex(fields: readonly string[], below: readonly string[]): boolean {
  if (fields.length < 2 || below.length === 0 || !counts(fields)) return false;
  return fields.length > 2 || !below.every(isInteger);
}

/** Numbers that may be names, such as years: different integers above others, or pandas' 0. */
function resemblesNames(fields: readonly string[], below: readonly string[]): boolean {
  if (below.length === 0 || !fields.every(isInteger)) return false;
  if (fields.length === 1) return counts(fields) && !below.every(isInteger);
  return counts(fields) || (new Set(fields).size === fields.length && !below.every(isInteger));
}

/** A word where numbers may be names, whatever they were taken for. */
function noteOf({ fields, line }: Line, second: Line | undefined, areNames: boolean, file: string): string | null {
  const isDoubtful = areNames ? fields.every(isNumber) : resemblesNames(fields, second?.fields ?? []);
  if (!isDoubtful) return null;
  const taken = areNames
    ? 'names. Set header to false where it has data, else to true'
    : 'data. Set header to true where it has names, else to false';
  return `Line ${line} of ${file}, ${shorten(fields.join(', '))}, was taken as ${taken}.`;
}

function undecided({ fields, line }: QuotedLine, file: string, of: Contents): Error {
  const [place, received] = [`line ${line} of ${file}`, `${shorten(fields.join(', '))}${why(fields)}`];
  const found =
    of === 'labels' && fields.every(isName)
      ? `a number below or beside the names in ${place}, to see whether it is a header, but it reads ${received}`
      : `only names or only numbers in ${place}, to see whether it is a header, but received ${received}`;
  return fileError(`Expected ${found}. Set header to true or false.`);
}

function why(fields: readonly string[]): string {
  if (fields.every(isNumber)) return ', which may be the names that pandas gives to columns without';
  const field = fields.find(isFaultyNumber);
  if (field === undefined) return '';
  return field.trim() === '' ? ', with an empty field' : `, where ${shorten(field)} may be a missing or faulty number`;
}

function needsQuotes(name: string): boolean {
  return /[",\r\n]/.test(name) || name !== name.trim();
}

export function quoted(name: string): string {
  return needsQuotes(name) ? inQuotes(name) : name;
}

const inQuotes = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** A line of names that `readHeader` knows for names: all in quotes where one could be taken for data. */
export function headerLine(names: readonly string[]): string {
  return names.map(names.every(isName) ? quoted : inQuotes).join(',');
}
