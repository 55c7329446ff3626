/** @file A table of any file for a fit: which columns are inputs and targets, and what of them can be used. */
import type { Labels } from '../data/classes.js';
import type { Matrix } from '../data/matrix.js';
import { ColumnPlaces, listed } from '../data/names.js';
import { GnvproError } from '../errors.js';
import { gatherColumns } from '../files/csvColumns.js';
import { isMissing } from '../files/csvHeader.js';
import { isInteger, type Line, shorten, toNumber } from '../files/csvLines.js';
import { fileError, reading } from '../files/fileError.js';
import { readTable } from '../files/matrixFile.js';
import { checkSource, type FileSource, formatOf } from '../files/source.js';

export interface FitChoice {
  /** Names or numbers of columns. */
  readonly targets: readonly string[];
  /** Default: all others. */
  readonly inputs?: readonly string[];
  readonly as: 'auto' | 'numbers' | 'labels';
}

export interface FitData {
  /** NaN in the gaps. */
  readonly inputs: Matrix;
  readonly targets: Labels;
  readonly names: { readonly inputs: readonly string[] | null; readonly targets: readonly string[] | null };
  /** What was left out, and what people should know of how the file was read. */
  readonly notes: readonly string[];
}

/** Every field as it stands there. */
interface Texts {
  readonly names: readonly string[] | null;
  readonly rows: readonly Line[];
  readonly columns: number;
  readonly note: string | null;
}

/** @throws GnvproError ERR_DATA_FILE for texts among the inputs and what is no table; ERR_OPTION for columns that are not there */
export async function readFitData(source: Omit<FileSource, 'columns'>, choice: FitChoice): Promise<FitData> {
  const { file } = source;
  const texts = await readTexts(source);
  const { names, rows, columns } = texts;
  const targets = choice.targets.map((name) => placeOf(name, texts, file));
  const others = Array.from({ length: columns }, (_, j) => j).filter((j) => !targets.includes(j));
  const inputs = choice.inputs?.map((name) => placeOf(name, texts, file)) ?? others;
  const both = inputs.find((j) => targets.includes(j));
  if (both !== undefined)
    throw new GnvproError('ERR_OPTION', `Expected inputs other than the targets but ${called(both, names)} is both.`);
  const useful = usefulColumns(inputs, texts, file);
  if (useful.taken.length === 0)
    throw fileError(`Expected inputs in ${file} but no column beside the targets has numbers that change.`);
  const named = (columns: readonly number[]) => names && columns.map((j) => names[j].trim());
  return {
    inputs: {
      data: Float64Array.from(rows.flatMap(({ fields }) => useful.taken.map((j) => numberIn(fields[j])))),
      shape: [rows.length, useful.taken.length],
    },
    targets: targetsOf(targets, texts, choice.as, file),
    names: { inputs: named(useful.taken), targets: named(targets) },
    notes: [...(texts.note === null ? [] : [texts.note]), ...useful.notes],
  };
}

async function readTexts(source: Omit<FileSource, 'columns'>): Promise<Texts> {
  const checked = checkSource(source);
  const { file } = checked;
  if (formatOf(file) === 'npy') {
    const { matrix } = await readTable(checked);
    const { data, shape } = matrix;
    const [count, columns] = shape;
    const fields = (n: number) => Array.from(data.subarray(n * columns, (n + 1) * columns), String);
    return {
      names: null,
      columns,
      note: null,
      rows: Array.from({ length: count }, (_, n) => ({ fields: fields(n), line: n + 1 })),
    };
  }
  const rows: Line[] = [];
  const { result, names, note } = await reading(file, () =>
    gatherColumns(checked, 'numbers', [], ({ count }) => ({
      add: (line) => {
        rows.push(line);
      },
      finish: () => count,
    })),
  );
  return { names, rows, columns: result, note };
}

/** By its name; where no column has it, or there are no names, by its number. */
function placeOf(name: string, { names, columns }: Texts, file: string): number {
  const found = names === null ? [] : new ColumnPlaces(names).of(name);
  if (found.length === 1) return found[0];
  if (found.length > 1)
    throw new GnvproError(
      'ERR_OPTION',
      `Expected a name that one column of ${file} has but several have ${shorten(name)}; choose by number.`,
    );
  if (isInteger(name) && Number(name) >= 0 && Number(name) < columns) return Number(name);
  const known = names === null ? `numbers from 0 to ${columns - 1}, as it has no header` : listed(names);
  throw new GnvproError(
    'ERR_OPTION',
    `Expected a column of ${file} (${known}) but received ${shorten(name)}.${hint(names, columns)}`,
  );
}

function hint(names: readonly string[] | null, columns: number): string {
  const mark = columns === 1 && [';', '\t', '|'].find((one) => names?.[0].includes(one));
  return mark ? ` Is ${JSON.stringify(mark)} the delimiter? Then set --delimiter to it.` : '';
}

const isGap = (text: string) => text.trim() === '' || isMissing(text.trim());

/** NaN for a gap. */
function numberIn(text: string): number {
  return toNumber(text) ?? Number.NaN;
}

/** Columns of numbers that change; those that do not are left out, and told. */
function usefulColumns(inputs: readonly number[], texts: Texts, file: string): { taken: number[]; notes: string[] } {
  const { names, rows } = texts;
  const wordIn = (j: number) => rows.find(({ fields }) => toNumber(fields[j]) === null && !isGap(fields[j]));
  const words = inputs.filter((j) => wordIn(j) !== undefined);
  if (words.length > 0) throw notNumbers(words, inputs, wordIn(words[0]) as Line, texts, file);
  const changes = (j: number) =>
    new Set(rows.flatMap(({ fields }) => (isGap(fields[j]) ? [] : [Number(fields[j])]))).size > 1;
  // Without names a model finds its columns by their places, which should stay.
  const idle = names === null ? [] : inputs.filter((j) => !changes(j));
  const taken = inputs.filter((j) => !idle.includes(j));
  const left = `Left out, as they never change: ${idle.map((j) => called(j, names)).join(', ')}.`;
  const places = `${file} has no header: for gnvpro predict, choose the inputs with --columns ${taken.join(',')}.`;
  return { taken, notes: [...(idle.length === 0 ? [] : [left]), ...(names === null ? [places] : [])] };
}

function notNumbers(
  words: readonly number[],
  inputs: readonly number[],
  { fields, line }: Line,
  { names }: Texts,
  file: string,
): GnvproError {
  const rest = inputs.filter((j) => !words.includes(j)).map((j) => names?.[j].trim() ?? String(j));
  const others =
    words.length === 1
      ? ''
      : ` (and so ${words.length === 2 ? 'has' : 'have'} ${words
          .slice(1)
          .map((j) => called(j, names))
          .join(', ')})`;
  return fileError(
    `Expected numbers in the inputs but ${called(words[0], names)} of ${file} has ${shorten(fields[words[0]])} in line ${line}${others}. ` +
      `${rest.length === 0 ? 'Make' : `Leave texts out (--inputs ${rest.join(',')}), or make`} a column of 0 and 1 for each of their values.`,
  );
}

function called(j: number, names: readonly string[] | null): string {
  return names === null ? `column ${j}` : names[j].trim();
}

/** What stands for no label; other words may be names of classes. */
const noLabel = /^(\?|NA|N\/A|NaN|nan|)$/;

function targetsOf(columns: readonly number[], texts: Texts, as: FitChoice['as'], file: string): Labels {
  const { rows, names } = texts;
  const word = (j: number) => rows.find(({ fields }) => toNumber(fields[j]) === null && !isGap(fields[j]));
  const [first] = columns;
  if (columns.length === 1 && as !== 'numbers' && (as === 'labels' || word(first) !== undefined)) {
    const labels = rows.map(({ fields }) => fields[first].trim().replace(noLabel, ''));
    const present = labels.filter((label) => label !== '');
    if (!present.every(isInteger)) return labels;
    return Float64Array.from(labels, (label) => (label === '' ? Number.NaN : Number(label)));
  }
  const bad = columns.find((j) => word(j) !== undefined);
  if (bad !== undefined) {
    const { fields, line } = word(bad) as Line;
    throw fileError(
      `Expected numbers in the targets, or one column of labels, but ${called(bad, names)} of ${file} has ${shorten(fields[bad])} in line ${line}.`,
    );
  }
  if (as === 'labels')
    throw new GnvproError('ERR_OPTION', `Expected one column of labels but received ${columns.length}.`);
  const data = Float64Array.from(rows.flatMap(({ fields }) => columns.map((j) => numberIn(fields[j]))));
  return { data, shape: [rows.length, columns.length] };
}
