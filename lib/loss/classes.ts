/** @file Outputs that are logits of classes, of which each sample has one. */
import {
  asLabels,
  type ClassName,
  classesOf,
  classTargets,
  columnsOf,
  type Labels,
  topColumn,
} from '../data/classes.js';
import { type MatrixLike, toMatrix } from '../data/matrix.js';
import { GnvproError } from '../errors.js';
import { type Rows, someRows } from '../job/rows.js';
import { ClassesTally, type ClassificationMetrics } from '../metrics/classification.js';
import { show } from '../validate/check.js';
import type { Meaning } from './meaning.js';

export const classes: Meaning<ClassificationMetrics> = {
  classesIn,
  /** Labels that the classes do not have are an error: no column could stand for them. */
  readTargets: (given, name, classes) => classTargets(given, classes as readonly ClassName[], { name }),
  probabilities: 'softmax',
  metrics: ['loss', 'errorRate'],
  isWrong: (outputs, truth, n) => topColumn(outputs, n) !== topColumn(truth, n),
  // biome-ignore lint/correctness/useYield: nothing has to be known of the truth before
  *tally(_, { classes, sampleWeights, scores }) {
    return new ClassesTally({ classes: classes as readonly ClassName[], weights: sampleWeights, kind: scores });
  },
};

/** Throws as `classesOf` does, and ERR_LABEL for a single class. */
function classesIn(targets: Labels): readonly ClassName[] {
  const found = isTable(targets) ? columnNames(targets) : classesOf(asLabels(targets, 'targets'), 'targets');
  if (found.length === 1) throw onlyOne(found[0], 'targets');
  return found;
}

/** Throws ERR_LABEL where the training samples, whose targets these are, are all of one class: a split may do that. */
export function checkTwoClasses(targets: Rows, classes: readonly ClassName[]): void {
  const [rows, t] = targets.shape;
  const present = new Set<number>();
  const step = Math.ceil(2 ** 16 / t);
  for (let begin = 0; begin < rows; begin += step) {
    const data = someRows(targets, begin, Math.min(rows, begin + step));
    for (let i = 0; i < data.length; i++) if (data[i] > 0 && present.add(i % t).size > 1) return;
  }
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
