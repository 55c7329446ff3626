/** @file How well scores of classes meet the true classes. */
import { type ClassName, classTargets, type Labels, softTargets, topColumn } from '../data/classes.js';
import { type Matrix, type MatrixLike, toMatrix } from '../data/matrix.js';
import { readWeights, type SampleWeights, sumOfWeights } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import { checkOneOf, checkOptions } from '../validate/check.js';
import { largest, softmaxRows } from './probabilities.js';
import { binsOf, calibrationErrorOf, type ReliabilityBin } from './reliability.js';

export const scoreKinds = ['logits', 'probabilities'] as const;
/** `logits`: what the last layer gives; `probabilities`: rows that sum to 1. */
export type ScoreKind = (typeof scoreKinds)[number];

/** Metrics of one class against all others; null where a denominator is 0. */
export interface ClassMetrics {
  readonly class: ClassName;
  /** TP / (TP + FP); null for a class that is never predicted. */
  readonly precision: number | null;
  /** TP / (TP + FN); null for a class without samples. */
  readonly recall: number | null;
  /** 2 TP / (2 TP + FP + FN); null for a class without samples that is never predicted. */
  readonly f1: number | null;
  /** Samples of the class. */
  readonly support: number;
}

/** A sample of weight ω counts as ω samples, in every number. */
export interface ClassificationMetrics {
  readonly samples: number;
  /** Share of the samples whose top class is the true one. Of equal scores the lower class counts. */
  readonly accuracy: number;
  /** Mean of −Σ c log p over the samples; Infinity where a true class has probability 0. */
  readonly crossEntropy: number;
  /** Mean of |accuracy − confidence| over 15 bins of equal width of the top probability, weighted by their samples. */
  readonly calibrationError: number;
  /** These bins: how probable the top class was, and how often it was the true one. */
  readonly reliability: readonly ReliabilityBin[];
  readonly classes: readonly ClassMetrics[];
  /** confusion[i][j]: samples of class i that are predicted as j. */
  readonly confusion: readonly (readonly number[])[];
}

export interface ClassificationOptions {
  /** Default `logits`. */
  readonly scores?: ScoreKind;
  /** The names of the columns, as labels say them (default 0, 1, …). */
  readonly classes?: readonly ClassName[];
  /** N numbers of at least 0 (default 1 each). */
  readonly sampleWeights?: ArrayLike<number> | null;
}

/**
 * Metrics of N × t scores. `truth`: a label a sample, or N × t soft targets, whose largest share is the true class.
 *
 * @throws GnvproError ERR_LABEL, ERR_SHAPE, ERR_NONFINITE, ERR_OPTION
 */
export function classificationMetrics(
  scores: MatrixLike,
  truth: Labels,
  options: ClassificationOptions = {},
): ClassificationMetrics {
  checkOptions(options, ['scores', 'classes', 'sampleWeights'], 'classificationMetrics');
  const { scores: kind = 'logits' } = options;
  checkOneOf(kind, 'scores', scoreKinds);
  const S = kind === 'logits' ? toMatrix(scores, 'scores') : softTargets(scores, { name: 'scores' });
  const { classes = Array.from({ length: S.shape[1] }, (_, j) => j) } = options;
  const weights = readWeights(options.sampleWeights, S.shape[0]);
  return metricsOfShares(S, truthOf(truth, classes, S), { classes, weights, kind });
}

/** What the shares are judged with. */
interface Judging {
  readonly classes: readonly ClassName[];
  readonly weights?: SampleWeights;
  readonly kind?: ScoreKind;
}

/** The same for N × t shares, which of a single class would look like labels. */
export function metricsOfShares(S: Matrix, C: Matrix, judging: Judging): ClassificationMetrics {
  const { classes, kind = 'logits' } = judging;
  const [rows, t] = S.shape;
  const weights = judging.weights ?? new Float64Array(rows).fill(1);
  const samples = sumOfWeights(weights, rows);
  const [predicted, actual] = [topColumns(S), topColumns(C)];
  const confusion = countPairs(actual, predicted, weights, t);
  const isHit = predicted.map((j, n) => Number(j === actual[n]));
  const reliability = binsOf(topShares(kind === 'logits' ? softmaxRows(S) : S), isHit, weights);
  return {
    samples,
    accuracy: weights.reduce((sum, weight, n) => sum + weight * isHit[n], 0) / samples,
    crossEntropy: (kind === 'logits' ? ofLogits : ofProbabilities)(S, C, weights) / samples,
    calibrationError: calibrationErrorOf(reliability),
    reliability,
    classes: classes.map((name, j) => metricsOf(name, confusion, j)),
    confusion,
  };
}

/** N × t targets for N × t scores. */
export function truthOf(truth: Labels, classes: readonly ClassName[], { shape: [samples, t] }: Matrix): Matrix {
  if (classes.length !== t) throw mismatch(`${t} classes, one a column of the scores,`, classes.length);
  const C = classTargets(truth, classes, { name: 'truth' });
  if (C.shape[0] !== samples) throw mismatch(`${samples} rows of truth, as of the scores,`, C.shape[0]);
  return C;
}

export function mismatch(expected: string, received: number): GnvproError {
  return new GnvproError('ERR_SHAPE', `Expected ${expected} but received ${received}.`);
}

function topColumns(m: Matrix): Int32Array {
  return Int32Array.from({ length: m.shape[0] }, (_, n) => topColumn(m, n));
}

function countPairs(actual: Int32Array, predicted: Int32Array, weights: Float64Array, t: number): number[][] {
  const counts = Array.from({ length: t }, () => new Array<number>(t).fill(0));
  actual.forEach((i, n) => {
    counts[i][predicted[n]] += weights[n];
  });
  return counts;
}

/** Row by row log Σ exp(s) − cᵀs = log Σ exp(s − max) + cᵀ(max − s): no term is larger than its result. */
function ofLogits({ data, shape: [, t] }: Matrix, { data: shares }: Matrix, weights: Float64Array): number {
  return sumOfRows(weights, (n) => {
    const [begin, end] = [n * t, (n + 1) * t];
    const most = largest(data, begin, end);
    let total = 0;
    for (let i = begin; i < end; i++) total += Math.exp(data[i] - most);
    let sum = Math.log(total);
    for (let i = begin; i < end; i++) if (shares[i] > 0) sum += shares[i] * (most - data[i]);
    return sum;
  });
}

function ofProbabilities({ data, shape: [, t] }: Matrix, { data: shares }: Matrix, weights: Float64Array): number {
  return sumOfRows(weights, (n) => {
    let sum = 0;
    for (let i = n * t; i < (n + 1) * t; i++) if (shares[i] > 0) sum -= shares[i] * Math.log(data[i]);
    return sum;
  });
}

/** The sum of what rows of weight above 0 have. */
export function sumOfRows(weights: Float64Array, of: (row: number) => number): number {
  return weights.reduce((sum, weight, n) => (weight > 0 ? sum + weight * of(n) : sum), 0);
}

function metricsOf(name: ClassName, confusion: readonly (readonly number[])[], j: number): ClassMetrics {
  const support = confusion[j].reduce((sum, count) => sum + count, 0);
  const predicted = confusion.reduce((sum, row) => sum + row[j], 0);
  return { class: name, ...rates({ hits: confusion[j][j], predicted, support }), support };
}

/** Rates of the hits among what is predicted, among what is true, and among both. */
export function rates({ hits, predicted, support }: { hits: number; predicted: number; support: number }) {
  const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);
  return {
    precision: share(hits, predicted),
    recall: share(hits, support),
    f1: share(2 * hits, predicted + support),
  };
}

/** The largest entry of each row. */
function topShares(P: Matrix): Float64Array {
  return Float64Array.from({ length: P.shape[0] }, (_, n) => P.data[n * P.shape[1] + topColumn(P, n)]);
}
