/** @file How well scores of labels that do not exclude each other meet the true ones. */
import { type MatrixLike, toMatrix } from '../data/matrix.js';
import { readWeights, type SampleWeights } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import { CompensatedSums } from '../linalg/sums.js';
import { checkOneOf, checkOptions } from '../validate/check.js';
import { mismatch, rates, type ScoreKind, scoreKinds } from './classification.js';
import { softplus } from './probabilities.js';
import type { Tally } from './tally.js';

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
  const tally = new LabelsTally(t, readWeights(options.sampleWeights, rows), kind);
  tally.add(S.data, Y.data, 0);
  return tally.value;
}

const isShare = (y: number) => y >= 0 && y <= 1;

/** For scores and shares of t labels. Throws ERR_LABEL for numbers that are no shares. */
export class LabelsTally implements Tally<MultiLabelMetrics> {
  readonly #samples = new CompensatedSums(1);
  readonly #columns: { hits: Float64Array; predicted: Float64Array; support: Float64Array; right: Float64Array };
  #exact = 0;
  #surprise = 0;

  constructor(
    readonly t: number,
    readonly weights: SampleWeights,
    readonly kind: ScoreKind = 'logits',
  ) {
    const zeros = () => new Float64Array(t);
    this.#columns = { hits: zeros(), predicted: zeros(), support: zeros(), right: zeros() };
  }

  add(scores: Float64Array, truth: Float64Array, begin: number): void {
    const { t, kind, weights } = this;
    const isProbability = kind === 'probabilities';
    checkEntries(truth, t, begin, isShare, 'a number from 0 to 1', 'truth');
    if (isProbability) checkEntries(scores, t, begin, isShare, 'a probability', 'scores');
    const threshold = isProbability ? 0.5 : 0;
    for (let n = 0; n * t < truth.length; n++) {
      const weight = weights === null ? 1 : weights[begin + n];
      this.#samples.add(0, weight);
      if (weight > 0)
        this.#addRow(scores.subarray(n * t, (n + 1) * t), truth.subarray(n * t, (n + 1) * t), weight, threshold);
    }
  }

  #addRow(scores: Float64Array, truth: Float64Array, weight: number, threshold: number): void {
    const { hits, predicted, support, right } = this.#columns;
    let [isExact, surprise] = [1, 0];
    for (let j = 0; j < this.t; j++) {
      const [guess, actual] = [Number(scores[j] > threshold), Number(truth[j] > 0.5)];
      hits[j] += weight * (actual * guess);
      predicted[j] += weight * guess;
      support[j] += weight * actual;
      right[j] += weight * Number(guess === actual);
      if (guess !== actual) isExact = 0;
      surprise += surpriseOf(this.kind, scores[j], truth[j]);
    }
    this.#exact += weight * isExact;
    this.#surprise += weight * surprise;
  }

  get value(): MultiLabelMetrics {
    const { hits, predicted, support, right } = this.#columns;
    const [samples] = this.#samples.values;
    return {
      samples,
      exactMatch: this.#exact / samples,
      crossEntropy: this.#surprise / samples,
      labels: Array.from(hits, (_, j) => {
        const counts = { hits: hits[j], predicted: predicted[j], support: support[j] };
        return { accuracy: right[j] / samples, ...rates(counts), support: counts.support };
      }),
    };
  }
}

function checkEntries(
  data: Float64Array,
  cols: number,
  begin: number,
  fits: (value: number) => boolean,
  expected: string,
  name: string,
): void {
  const at = data.findIndex((value) => !fits(value));
  if (at === -1) return;
  const [row, column] = [begin + Math.floor(at / cols), at % cols];
  throw new GnvproError(
    'ERR_LABEL',
    `Expected ${expected} for row ${row}, column ${column} of ${name} but received ${data[at]}.`,
  );
}

/** −y log p − (1 − y) log(1 − p), where what has no share has no part. */
function surpriseOf(kind: ScoreKind, s: number, y: number): number {
  const [ofOne, ofZero] = kind === 'logits' ? [softplus(-s), softplus(s)] : [-Math.log(s), -Math.log(1 - s)];
  return (y > 0 ? y * ofOne : 0) + (y < 1 ? (1 - y) * ofZero : 0);
}
