/** @file How well scores of classes meet the true classes. */
import { type ClassName, classTargets, type Labels, softTargets, topColumn } from '../data/classes.js';
import { type Matrix, type MatrixLike, toMatrix } from '../data/matrix.js';
import { readWeights, type SampleWeights } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import { CompensatedSums } from '../linalg/sums.js';
import { checkOneOf, checkOptions } from '../validate/check.js';
import { largest, softmaxRows } from './probabilities.js';
import { BinsTally, calibrationErrorOf, type ReliabilityBin } from './reliability.js';
import type { Tally } from './tally.js';

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
function metricsOfShares(S: Matrix, C: Matrix, judging: Judging): ClassificationMetrics {
  const tally = new ClassesTally(judging);
  tally.add(S.data, C.data, 0);
  return tally.value;
}

/** For scores and shares of these classes. */
export class ClassesTally implements Tally<ClassificationMetrics> {
  readonly #confusion: number[][];
  readonly #bins = new BinsTally();
  readonly #samples = new CompensatedSums(1);
  #right = 0;
  #surprise = 0;

  constructor(readonly judging: Judging) {
    const t = judging.classes.length;
    this.#confusion = Array.from({ length: t }, () => new Array<number>(t).fill(0));
  }

  add(scores: Float64Array, truth: Float64Array, begin: number): void {
    const { classes, weights = null, kind = 'logits' } = this.judging;
    const shape = [truth.length / classes.length, classes.length] as const;
    const [S, C]: Matrix[] = [
      { data: scores, shape },
      { data: truth, shape },
    ];
    const P = kind === 'logits' ? softmaxRows(S) : S;
    const surprise = kind === 'logits' ? ofLogits : ofProbabilities;
    for (let n = 0; n < shape[0]; n++) {
      const weight = weights === null ? 1 : weights[begin + n];
      const [actual, predicted] = [topColumn(C, n), topColumn(S, n)];
      const isHit = Number(actual === predicted);
      this.#confusion[actual][predicted] += weight;
      this.#bins.add(P.data[n * shape[1] + topColumn(P, n)], isHit, weight);
      this.#samples.add(0, weight);
      this.#right += weight * isHit;
      if (weight > 0) this.#surprise += weight * surprise(S, C, n);
    }
  }

  get value(): ClassificationMetrics {
    const [samples] = this.#samples.values;
    const confusion = this.#confusion.map((row) => [...row]);
    const reliability = this.#bins.value;
    return {
      samples,
      accuracy: this.#right / samples,
      crossEntropy: this.#surprise / samples,
      calibrationError: calibrationErrorOf(reliability),
      reliability,
      classes: this.judging.classes.map((name, j) => metricsOf(name, confusion, j)),
      confusion,
    };
  }
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

/** Row n: log Σ exp(s) − cᵀs = log Σ exp(s − max) + cᵀ(max − s): no term is larger than its result. */
function ofLogits({ data, shape: [, t] }: Matrix, { data: shares }: Matrix, n: number): number {
  const [begin, end] = [n * t, (n + 1) * t];
  const most = largest(data, begin, end);
  let total = 0;
  for (let i = begin; i < end; i++) total += Math.exp(data[i] - most);
  let sum = Math.log(total);
  for (let i = begin; i < end; i++) if (shares[i] > 0) sum += shares[i] * (most - data[i]);
  return sum;
}

function ofProbabilities({ data, shape: [, t] }: Matrix, { data: shares }: Matrix, n: number): number {
  let sum = 0;
  for (let i = n * t; i < (n + 1) * t; i++) if (shares[i] > 0) sum -= shares[i] * Math.log(data[i]);
  return sum;
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
