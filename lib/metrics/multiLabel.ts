/** @file How well scores of labels that do not exclude each other meet the true ones. */
import { type Matrix, type MatrixLike, toMatrix } from '../data/matrix.js';
import { readWeights, sumOfWeights } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import { checkOneOf, checkOptions } from '../validate/check.js';
import { mismatch, rates, type ScoreKind, scoreKinds, sumOfRows } from './classification.js';
import { softplus } from './probabilities.js';

/** Metrics of one column; null where a denominator is 0. */
export interface LabelMetrics {
  readonly accuracy: number;
  /** TP / (TP + FP) */
  readonly precision: number | null;
  /** TP / (TP + FN) */
  readonly recall: number | null;
  /** 2 TP / (2 TP + FP + FN) */
  readonly f1: number | null;
  /** Samples that have the label: a share above ½. */
  readonly support: number;
}

/** A sample of weight ω counts as ω samples, in every number. */
export interface MultiLabelMetrics {
  readonly samples: number;
  /** Share of the samples all of whose labels are right. */
  readonly exactMatch: number;
  /** Mean over the samples of −Σ (y log p + (1 − y) log(1 − p)), summed over the labels. */
  readonly crossEntropy: number;
  readonly labels: readonly LabelMetrics[];
}

/**
 * Metrics of N × t scores, a column a label, against N × t zeros and ones, or shares between them. A label is predicted
 * where its logit is above 0, or its probability above ½, and true where its share is above ½.
 *
 * @throws GnvproError ERR_LABEL, ERR_SHAPE, ERR_NONFINITE, ERR_OPTION
 */
export function multiLabelMetrics(
  scores: MatrixLike,
  truth: MatrixLike,
  options: { readonly scores?: ScoreKind; readonly sampleWeights?: ArrayLike<number> | null } = {},
): MultiLabelMetrics {
  checkOptions(options, ['scores', 'sampleWeights'], 'multiLabelMetrics');
  const { scores: kind = 'logits' } = options;
  checkOneOf(kind, 'scores', scoreKinds);
  const S = toMatrix(scores, 'scores');
  const Y = toMatrix(truth, 'truth');
  const [rows, t] = S.shape;
  if (Y.shape[0] !== rows) throw mismatch(`${rows} rows of truth, as of the scores,`, Y.shape[0]);
  if (Y.shape[1] !== t) throw mismatch(`${t} columns of truth, as of the scores,`, Y.shape[1]);
  const isShare = (y: number) => y >= 0 && y <= 1;
  checkEntries(Y, isShare, 'a number from 0 to 1', 'truth');
  if (kind === 'probabilities') checkEntries(S, isShare, 'a probability', 'scores');
  const weights = readWeights(options.sampleWeights, rows) ?? new Float64Array(rows).fill(1);
  const samples = sumOfWeights(weights, rows);
  const threshold = kind === 'logits' ? 0 : 0.5;
  const predicted = S.data.map((s) => Number(s > threshold));
  const actual = { data: Y.data.map((y) => Number(y > 0.5)), shape: Y.shape };
  return {
    samples,
    exactMatch: sumOfRows(weights, (n) => Number(isMatch(predicted, actual, n))) / samples,
    crossEntropy: sumOfRows(weights, (n) => surpriseOfRow(kind, S, Y, n)) / samples,
    labels: Array.from({ length: t }, (_, j) => metricsOf(predicted, actual, weights, j)),
  };
}

function checkEntries({ data, shape }: Matrix, fits: (value: number) => boolean, expected: string, name: string): void {
  const at = data.findIndex((value) => !fits(value));
  if (at === -1) return;
  const [row, column] = [Math.floor(at / shape[1]), at % shape[1]];
  throw new GnvproError(
    'ERR_LABEL',
    `Expected ${expected} for row ${row}, column ${column} of ${name} but received ${data[at]}.`,
  );
}

function isMatch(predicted: Float64Array, { data, shape: [, t] }: Matrix, n: number): boolean {
  return predicted.subarray(n * t, (n + 1) * t).every((one, j) => one === data[n * t + j]);
}

function surpriseOfRow(kind: ScoreKind, { data: S, shape: [, t] }: Matrix, { data: Y }: Matrix, n: number): number {
  let sum = 0;
  for (let i = n * t; i < (n + 1) * t; i++) sum += surprise(kind, S[i], Y[i]);
  return sum;
}

/** −y log p − (1 − y) log(1 − p), where what has no share has no part. */
function surprise(kind: ScoreKind, s: number, y: number): number {
  const [ofOne, ofZero] = kind === 'logits' ? [softplus(-s), softplus(s)] : [-Math.log(s), -Math.log(1 - s)];
  return (y > 0 ? y * ofOne : 0) + (y < 1 ? (1 - y) * ofZero : 0);
}

function metricsOf(
  guesses: Float64Array,
  { data, shape: [, t] }: Matrix,
  weights: Float64Array,
  j: number,
): LabelMetrics {
  const sum = (of: (i: number) => number) => sumOfRows(weights, (n) => of(n * t + j));
  const counts = {
    hits: sum((i) => data[i] * guesses[i]),
    predicted: sum((i) => guesses[i]),
    support: sum((i) => data[i]),
  };
  const right = sum((i) => Number(data[i] === guesses[i]));
  const samples = sumOfWeights(weights, weights.length);
  return { accuracy: right / samples, ...rates(counts), support: counts.support };
}
