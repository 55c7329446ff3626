/** @file Outputs that are logits of labels, each by itself: a sample may have none of them or several. */
import type { Matrix } from '../data/matrix.js';
import { GnvproError } from '../errors.js';
import { LabelsTally, type MultiLabelMetrics } from '../metrics/multiLabel.js';
import type { Meaning } from './meaning.js';
import { readNumbers } from './numbers.js';

export const labels: Meaning<MultiLabelMetrics> = {
  classesIn: null,
  readTargets: (given, name) => checkShares(readNumbers(given, name), name),
  probabilities: 'sigmoid',
  metrics: ['loss', 'errorRate'],
  isWrong: (outputs, truth, n) => rowOf(outputs, n).some((s, j) => s > 0 !== rowOf(truth, n)[j] > 0.5),
  // biome-ignore lint/correctness/useYield: nothing has to be known of the truth before
  *tally({ shape: [, t] }, { sampleWeights, scores }) {
    return new LabelsTally(t, sampleWeights, scores);
  },
};

function checkShares(targets: Matrix, name: string): Matrix {
  const { data, shape } = targets;
  const at = data.findIndex((value) => !(value >= 0 && value <= 1));
  if (at === -1) return targets;
  throw new GnvproError(
    'ERR_LABEL',
    `Expected numbers from 0 to 1 for ${name} of the logistic loss but received ${data[at]} in row ${Math.floor(at / shape[1])}.`,
  );
}

function rowOf({ data, shape: [, cols] }: Matrix, n: number): Float64Array {
  return data.subarray(n * cols, (n + 1) * cols);
}
