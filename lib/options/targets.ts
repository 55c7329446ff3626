/** @file The targets of a training as numbers: classes become columns, what a loss cannot have is refused. */
import { asLabels, type ClassName, classesOf, classTargets, columnsOf, type Labels } from '../data/classes.js';
import { asColumn } from '../data/flat.js';
import { type Matrix, type MatrixLike, toMatrix } from '../data/matrix.js';
import { GnvproError } from '../errors.js';
import { show } from '../validate/check.js';

export interface ReadTargets {
  readonly training: Matrix;
  readonly validation: Matrix | null;
  /** The names of the columns; null for a loss without classes. */
  readonly classes: readonly ClassName[] | null;
}

/** `known`: the classes of a model to go on from. Throws as `toMatrix`, `oneHot` and `softTargets` do, and ERR_LABEL. */
export function readTargets(
  loss: string,
  targets: Labels,
  validation: Labels | null,
  known: readonly ClassName[] | null,
): ReadTargets {
  if (loss === 'crossEntropy') return readClasses(targets, validation, known);
  const read = (values: Labels, name: string) => {
    const m = toMatrix(asColumn(values as MatrixLike, name), name);
    if (loss === 'logistic') checkShares(m, name);
    return m;
  };
  return {
    training: read(targets, 'targets'),
    validation: validation === null ? null : read(validation, 'validation.targets'),
    classes: null,
  };
}

/** Labels of the validation data that the training data do not have are an error: no column could stand for them. */
function readClasses(targets: Labels, validation: Labels | null, known: readonly ClassName[] | null): ReadTargets {
  const classes =
    known ?? (isTable(targets) ? columnNames(targets) : classesOf(asLabels(targets, 'targets'), 'targets'));
  if (known === null && classes.length === 1) throw onlyOne(classes[0], 'targets');
  const read = (values: Labels, name: string) => classTargets(values, classes, { name });
  return {
    training: read(targets, 'targets'),
    validation: validation === null ? null : read(validation, 'validation.targets'),
    classes,
  };
}

/** Throws ERR_LABEL where the training samples, whose targets these are, are all of one class: a split may do that. */
export function checkTwoClasses({ data, shape: [, t] }: Matrix, classes: readonly ClassName[]): void {
  const present = new Set<number>();
  for (let i = 0; i < data.length; i++) if (data[i] > 0 && present.add(i % t).size > 1) return;
  const hint = ' Where a split took the others, take another seed, or validation data of your own.';
  throw onlyOne(classes[[...present][0]], 'the training samples', hint);
}

function onlyOne(name: ClassName, place: string, hint = ''): GnvproError {
  return new GnvproError(
    'ERR_LABEL',
    `Expected at least two classes for ${place} but received only ${show(name)}.${hint}`,
  );
}

/** Whether the targets are a share for each class; one column holds labels. */
function isTable(targets: Labels): targets is MatrixLike {
  if (!Array.isArray(targets)) return targets !== null && 'shape' in targets && columnsOf(targets) !== 1;
  const [first] = targets as readonly unknown[];
  return Array.isArray(first) && first.length !== 1;
}

function columnNames(targets: MatrixLike): number[] {
  const [, cols] = toMatrix(targets, 'targets').shape;
  return Array.from({ length: cols }, (_, j) => j);
}

function checkShares({ data, shape: [, cols] }: Matrix, name: string): void {
  const at = data.findIndex((value) => !(value >= 0 && value <= 1));
  if (at === -1) return;
  throw new GnvproError(
    'ERR_LABEL',
    `Expected numbers from 0 to 1 for ${name} of the logistic loss but received ${data[at]} in row ${Math.floor(at / cols)}.`,
  );
}

/** (1 − ε) C + ε/t, in place. */
export function smoothLabels(C: Float64Array, classes: number, epsilon: number): void {
  for (let i = 0; i < C.length; i++) C[i] = (1 - epsilon) * C[i] + epsilon / classes;
}
