/** @file Outputs that are numbers, as the targets are. */
import type { Labels } from '../data/classes.js';
import { asColumn } from '../data/flat.js';
import { type Matrix, type MatrixLike, toMatrix } from '../data/matrix.js';
import { type Metrics, tallyOfNumbers } from '../metrics/metrics.js';
import type { Meaning } from './meaning.js';

export const numbers: Meaning<Metrics> = {
  classesIn: null,
  readTargets: readNumbers,
  probabilities: null,
  metrics: ['rmse', 'relativeError', 'loss'],
  isWrong: null,
  tally: (truth, { sampleWeights }, cancelFlag) => tallyOfNumbers(truth, sampleWeights, cancelFlag),
};

/** Throws as `toMatrix` does. */
export function readNumbers(given: Labels, name: string): Matrix {
  return toMatrix(asColumn(given as MatrixLike, name), name);
}
