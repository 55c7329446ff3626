/** @file The samples of a fit: gaps are left out and counted, and the targets are found to be numbers or labels. */
import { snapshot } from '../data/buffers.js';
import { type ClassName, classesOf, type Labels, oneHot } from '../data/classes.js';
import { asColumn, type FlatNumbers } from '../data/flat.js';
import { type Matrix, type MatrixLike, takeRows, toMatrix } from '../data/matrix.js';
import { columnRanges } from '../data/moments.js';
import { GnvproError } from '../errors.js';
import { noCancel } from '../job/cancel.js';
import { driveSync } from '../job/job.js';

export type TargetKind = 'numbers' | 'labels';
export const kinds: readonly TargetKind[] = ['numbers', 'labels'];

export interface FitSamples {
  readonly kind: TargetKind;
  /** Why the targets were taken so, where another kind is thinkable. */
  readonly note: string | null;
  readonly inputs: Matrix;
  /** N × t numbers, or 1 in the column of the class. */
  readonly targets: Matrix;
  /** Of labels, one an output. */
  readonly classes: readonly ClassName[] | null;
  /** Numbers of the input columns that hold one number only. */
  readonly constant: readonly number[];
  /** Rows with a gap. */
  readonly leftOut: number;
  /** Rows whose inputs another one has, too: the number of the first such row in each, or its own. */
  readonly sameAs: Int32Array;
}

/** Fewer tell nothing: one is fitted by anything. */
const fewestSamples = 3;
/** So many different integers may be classes as well as numbers. */
const fewIntegers = 20;

/**
 * NaN is a gap, of labels also the empty string. Copies everything.
 *
 * @throws GnvproError ERR_SHAPE for too few samples, or targets that do not belong to the inputs; ERR_NONFINITE for
 *   infinite numbers; ERR_LABEL; ERR_OPTION
 */
export function readSamples(inputs: MatrixLike | FlatNumbers, targets: Labels, as: TargetKind | 'auto'): FitSamples {
  const X = withGaps(inputs, 'inputs');
  const T = readTargets(targets, as);
  const rows = X.matrix.shape[0];
  if (T.rows !== rows) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected as many rows of targets as of inputs, ${rows}, but received ${T.rows}.`,
    );
  }
  const present = Int32Array.from(Array(rows).keys()).filter((n) => !X.gaps[n] && !T.gaps[n]);
  if (present.length < fewestSamples) throw tooFew(present.length, rows);
  const kept = takeRows(X.matrix, present);
  const { kind, note, matrix, classes } = T.take(present);
  return {
    ...{ kind, note, classes },
    inputs: kept,
    targets: matrix,
    constant: constantColumns(kept),
    leftOut: rows - present.length,
    sameAs: sameRows(kept),
  };
}

function tooFew(present: number, rows: number): GnvproError {
  const without = rows === present ? '' : ` without a gap (of ${rows} in all)`;
  return new GnvproError(
    'ERR_SHAPE',
    `Expected at least ${fewestSamples} samples${without}, to fit to some and judge on others, but received ${present}.`,
  );
}

interface Gapped {
  /** 0 in the gaps. */
  readonly matrix: Matrix;
  /** Which rows have one. */
  readonly gaps: Uint8Array;
}

function withGaps(value: MatrixLike | FlatNumbers, name: string): Gapped {
  const given = asColumn(value, name);
  const isGap = (entry: unknown) => Number.isNaN(entry);
  const filled = (row: ArrayLike<number>) => Array.from(row, (entry) => (isGap(entry) ? 0 : entry));
  if (Array.isArray(given)) {
    const rows = given as readonly ArrayLike<number>[];
    const isRow = (row: unknown) => Array.isArray(row) || ArrayBuffer.isView(row);
    const matrix = toMatrix(rows.map((row) => (isRow(row) ? filled(row) : row)) as number[][], name);
    return { matrix, gaps: Uint8Array.from(rows, (row) => Number(Array.from(row).some(isGap))) };
  }
  const { data, shape } = (given ?? {}) as { data: readonly number[]; shape: readonly number[] };
  if (typeof data !== 'object' || data === null) return { matrix: toMatrix(given, name), gaps: new Uint8Array() };
  const own = snapshot(data, name);
  const matrix = toMatrix({ data: filled(own), shape }, name);
  const cols = matrix.shape[1];
  const gaps = new Uint8Array(matrix.shape[0]);
  for (let i = 0; i < own.length; i++) if (isGap(own[i])) gaps[Math.floor(i / cols)] = 1;
  return { matrix, gaps };
}

interface Taken extends Pick<FitSamples, 'kind' | 'note' | 'classes'> {
  readonly matrix: Matrix;
}

interface ReadTargets {
  readonly rows: number;
  readonly gaps: Uint8Array;
  take(rows: Int32Array): Taken;
}

function readTargets(targets: Labels, as: TargetKind | 'auto'): ReadTargets {
  if (Array.isArray(targets) && targets.some((entry) => typeof entry === 'string')) {
    return readTexts(targets as readonly (string | number)[], as);
  }
  const { matrix, gaps } = withGaps(targets as MatrixLike, 'targets');
  return {
    rows: matrix.shape[0],
    gaps,
    take(rows) {
      const kept = takeRows(matrix, rows);
      const { kind, note } = as === 'auto' ? kindOf(kept) : { kind: as, note: null };
      if (kind === 'numbers') return { kind, note, matrix: kept, classes: null };
      return { kind, note, ...labelled(kept) };
    },
  };
}

function readTexts(texts: readonly unknown[], as: TargetKind | 'auto'): ReadTargets {
  if (as === 'numbers') {
    const at = texts.findIndex((entry) => typeof entry === 'string');
    throw new GnvproError('ERR_OPTION', `Expected numbers for targets, as: 'numbers', but row ${at} is a text.`);
  }
  const own = texts.map((text) => (typeof text === 'string' ? text.trim() : text));
  const isGap = (text: unknown) => text === '' || Number.isNaN(text);
  return {
    rows: own.length,
    gaps: Uint8Array.from(own, (text) => Number(isGap(text))),
    take: (rows) => ({ kind: 'labels', note: null, ...labelled(Array.from(rows, (n) => own[n]) as string[]) }),
  };
}

function labelled(labels: Labels): Pick<Taken, 'matrix' | 'classes'> {
  const classes = classesOf(labels, 'targets');
  if (classes.length < 2) {
    throw new GnvproError('ERR_LABEL', `Expected at least two classes among the targets but all are ${classes[0]}.`);
  }
  const matrix = oneHot(labels, classes);
  const { data, shape } = matrix;
  const counts = classes.map((_, j) => data.reduce((sum, one, i) => sum + (i % shape[1] === j ? one : 0), 0));
  if (counts.filter((count) => count > 1).length < 2) {
    const told = classes.slice(0, 10).map((name, j) => `${name}: ${counts[j]}`);
    throw new GnvproError(
      'ERR_LABEL',
      `Expected two samples or more of at least two classes, to train on one and judge on another, but received ${told.join(', ')}.`,
    );
  }
  return { matrix, classes };
}

/**
 * Numbers are numbers, but for one column of two different integers, which are the two sides of a question. Other
 * integers may be counts or grades as well as names of classes, which no look at them tells.
 */
function kindOf({ data, shape }: Matrix): Pick<Taken, 'kind' | 'note'> {
  const different = new Set(data);
  const areIntegers = shape[1] === 1 && data.every(Number.isSafeInteger);
  if (areIntegers && different.size === 2) {
    const [a, b] = [...different].sort((x, y) => x - y);
    const note = `The targets are ${a} or ${b}: they were taken as labels. To take them as numbers, say as: 'numbers'.`;
    return { kind: 'labels', note };
  }
  if (!areIntegers || different.size > fewIntegers || different.size > data.length / 2)
    return { kind: 'numbers', note: null };
  const note = `The targets are ${different.size} different integers: they were taken as numbers. If they are names of classes, say as: 'labels'.`;
  return { kind: 'numbers', note };
}

/** Their range is 0 up to rounding. */
function constantColumns(m: Matrix): number[] {
  const ranges = driveSync(columnRanges(m, null, noCancel()));
  return [...ranges.keys()].filter((j) => ranges[j] === 0);
}

/** By the bits of a row. */
function sameRows({ data, shape: [rows, cols] }: Matrix): Int32Array {
  const first = new Map<string, number>();
  return Int32Array.from({ length: rows }, (_, n) => {
    const key = data.subarray(n * cols, (n + 1) * cols).join();
    const known = first.get(key);
    if (known === undefined) first.set(key, n);
    return known ?? n;
  });
}
