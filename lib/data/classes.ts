/** @file Classes: their names, found in labels, and the N × t targets of a row a sample that stand for them. */
import { types } from 'node:util';
import { GnvproError } from '../errors.js';
import { show } from '../validate/check.js';
import { checkAttached } from './buffers.js';
import { asColumn, type FlatNumbers } from './flat.js';
import { type Matrix, type MatrixLike, toMatrix } from './matrix.js';

export type ClassName = string | number;

/** A label a sample: all strings or all integers. A matrix has them in its one column. */
export type Labels = readonly string[] | FlatNumbers | MatrixLike;

/** How an N × t array is allocated, e.g. on memory that threads share. */
export type Allocate = (length: number) => Float64Array;

const ordinary: Allocate = (length) => new Float64Array(length);

/**
 * The different labels, sorted: integers by size, strings by code point. Class j is the j-th of them.
 *
 * @throws GnvproError ERR_LABEL for labels that are none or are mixed, ERR_SHAPE, ERR_DETACHED
 */
export function classesOf(labels: Labels, name = 'labels'): ClassName[] {
  return [...new Set(labelList(labels, name))].sort(inOrder);
}

/**
 * The number of each label's class, from 0. Integers and their digits are the same label here: of the names "1", "2" and
 * "3+" a file may hold only integers.
 *
 * @throws GnvproError ERR_LABEL for a label that is no class, with its row; and as `classesOf` does
 */
export function classIndices(labels: Labels, classes: readonly ClassName[], name = 'labels'): Int32Array {
  checkClasses(classes);
  const numbers = new Map(classes.map((label, j) => [String(label), j]));
  return Int32Array.from(labelList(labels, name), (label, row) => {
    const j = numbers.get(String(label));
    if (j !== undefined) return j;
    throw refused(`one of the classes ${listed(classes)}`, `row ${row} of ${name}`, label);
  });
}

/** N × t targets: 1 in the column of the label's class, else 0. Throws as `classIndices` does. */
export function oneHot(
  labels: Labels,
  classes: readonly ClassName[],
  { name = 'labels', allocate = ordinary } = {},
): Matrix {
  const indices = classIndices(labels, classes, name);
  const t = classes.length;
  const data = allocate(indices.length * t);
  indices.forEach((j, n) => {
    data[n * t + j] = 1;
  });
  return { data, shape: [indices.length, t] };
}

/** The same of numbers, some rows of a larger column: `place` says where one is. Throws ERR_LABEL for one that is no class. */
export function oneHotRows(
  labels: Float64Array,
  classes: readonly ClassName[],
  place: (row: number) => string,
): Float64Array {
  const numbers = new Map(classes.map((label, j) => [Number(label), j]));
  const data = new Float64Array(labels.length * classes.length);
  labels.forEach((label, n) => {
    const j = numbers.get(label);
    if (j === undefined) throw refused(`one of the classes ${listed(classes)}`, place(n), label);
    data[n * classes.length + j] = 1;
  });
  return data;
}

/**
 * N × t shares of the classes, checked and copied: no row has a negative entry, and each sums to 1 within 1e-6. Rows
 * that sum to 1 keep their bits, others are divided by their sum.
 *
 * @throws GnvproError ERR_LABEL, and as `matrix` does
 */
export function softTargets(targets: MatrixLike, { name = 'targets', allocate = ordinary } = {}): Matrix {
  const { data, shape } = toMatrix(targets, name);
  const shares = allocate(data.length);
  shares.set(data);
  toShares(shares, shape[1], (row) => `row ${row} of ${name}`);
  return { data: shares, shape };
}

/** The same of some rows, in place; `place` says where one is. */
export function toShares(shares: Float64Array, cols: number, place: (row: number) => string): void {
  for (let n = 0; n * cols < shares.length; n++) {
    const row = shares.subarray(n * cols, (n + 1) * cols);
    const sum = row.reduce((total, share) => total + share, 0);
    const negative = row.find((share) => share < 0);
    if (negative !== undefined) throw refused('shares of at least 0', place(n), negative);
    if (!(Math.abs(sum - 1) <= 1e-6)) throw refused('shares that sum to 1', place(n), sum);
    for (let j = 0; j < cols; j++) row[j] /= sum;
  }
}

/** Labels as callers of a training have them, where numbers often are in arrays of floats: these become one column. */
export function asLabels(labels: Labels, name: string): Labels {
  return isFloats(labels) ? asColumn(labels, name) : labels;
}

function isFloats(labels: unknown): labels is Float64Array | Float32Array {
  return types.isFloat64Array(labels) || types.isFloat32Array(labels);
}

/** N × t targets of labels, or of shares of the classes. Throws as `oneHot` and `softTargets` do. */
export function classTargets(
  given: Labels,
  classes: readonly ClassName[],
  { name = 'labels', allocate = ordinary } = {},
): Matrix {
  const truth = asLabels(given, name);
  if (!isMatrix(truth) || columnsOf(truth) === 1) return oneHot(truth, classes, { name, allocate });
  const targets = softTargets(truth, { name, allocate });
  if (targets.shape[1] === classes.length) return targets;
  throw new GnvproError(
    'ERR_SHAPE',
    `Expected ${classes.length} columns for ${name}, one a class, but received ${targets.shape[1]}.`,
  );
}

/** The column of the largest entry of row n; of equals the first. */
export function topColumn({ data, shape: [, cols] }: Matrix, n: number): number {
  let top = 0;
  for (let j = 1; j < cols; j++) if (data[n * cols + j] > data[n * cols + top]) top = j;
  return top;
}

/** (1 − ε) C + ε/t, in place. */
export function smoothLabels(C: Float64Array, classes: number, epsilon: number): void {
  for (let i = 0; i < C.length; i++) C[i] = (1 - epsilon) * C[i] + epsilon / classes;
}

/** Throws ERR_LABEL unless `classes` are different names, all strings or all integers. */
export function checkClasses(classes: readonly ClassName[]): void {
  if (!Array.isArray(classes)) throw refused('an array of names', 'classes', classes);
  checkLabels(classes, 'classes');
  const seen = new Set<ClassName>();
  const at = classes.findIndex((label) => seen.size === seen.add(label).size);
  if (at !== -1) throw refused('every class once', `entry ${at} of classes`, classes[at]);
}

/** The labels, checked. Throws as `classesOf` does. */
export function labelList(labels: Labels, name: string): readonly ClassName[] {
  const list = isMatrix(labels) ? column(labels, name) : copied(labels, name);
  checkLabels(list, name);
  return list;
}

function isMatrix(labels: Labels): labels is MatrixLike {
  if (Array.isArray(labels)) return Array.isArray(labels[0]) || ArrayBuffer.isView(labels[0]);
  return labels !== null && typeof labels === 'object' && 'shape' in labels;
}

/** The number that the shape says, or the first row; undefined where neither does. */
export function columnsOf(m: MatrixLike): number | undefined {
  if (!('shape' in m)) return m[0]?.length;
  return m.shape?.length === 1 ? 1 : m.shape?.[1];
}

function column(labels: MatrixLike, name: string): number[] {
  const { data, shape } = toMatrix(asColumn(labels, name), name);
  if (shape[1] === 1) return Array.from(data);
  throw new GnvproError('ERR_SHAPE', `Expected one column of labels for ${name} but received ${shape[1]}.`);
}

/** Other threads may write to typed arrays meanwhile. */
function copied(labels: Exclude<Labels, MatrixLike>, name: string): readonly ClassName[] {
  if (!Array.isArray(labels) && !(types.isTypedArray(labels) && !isFloats(labels))) {
    throw refused('an array of strings or integers', name, labels);
  }
  if (types.isTypedArray(labels)) checkAttached(labels as Int32Array, name);
  return Array.from<ClassName>(labels);
}

function checkLabels(labels: readonly ClassName[], name: string): void {
  if (labels.length === 0) throw refused('at least one label', name, labels);
  const kind = typeof labels[0] === 'string' ? 'a string' : 'an integer';
  const fits = (label: unknown) => (kind === 'a string' ? typeof label === 'string' : Number.isSafeInteger(label));
  const row = labels.findIndex((label) => !fits(label));
  if (row === -1) return;
  throw refused(row === 0 ? 'a string or an integer' : `${kind}, as in row 0,`, `row ${row} of ${name}`, labels[row]);
}

/** Order by code point: that of `<` is another one where a string has characters beyond 16 bits. */
function inOrder(a: ClassName, b: ClassName): number {
  if (typeof a === 'number') return a - (b as number);
  const [x, y] = [Array.from(a), Array.from(b as string)];
  const at = x.findIndex((character, i) => character !== y[i]);
  if (at === -1) return x.length - y.length;
  return at < y.length ? (x[at].codePointAt(0) as number) - (y[at].codePointAt(0) as number) : 1;
}

function listed(classes: readonly ClassName[]): string {
  const most = 10;
  const rest = classes.length > most ? ` and ${classes.length - most} more` : '';
  return `${classes.slice(0, most).map(show).join(', ')}${rest}`;
}

function refused(expected: string, name: string, received: unknown): GnvproError {
  return new GnvproError('ERR_LABEL', `Expected ${expected} for ${name} but received ${show(received)}.`);
}

/** Numbers of classes in one column as the labels that train() and Model.evaluate() take; without classes as they are. */
export function targetsOf({ data, shape }: Matrix, classes: readonly ClassName[] | null): Labels {
  return classes === null ? { data, shape } : (Array.from(data, (j) => classes[j]) as string[]);
}
