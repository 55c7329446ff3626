/** @file Whether what is given a probability happens as often: bins of the probability, and the share that happened in each. */
import { readWeights, sumOfWeights } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import { checkInteger, checkOptions, invalid } from '../validate/check.js';

/** The probabilities in (from, to], the lowest bin also those of 0. Null where there are none. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  /** How many; a sample of weight ω counts as ω. */
  readonly samples: number;
  /** The mean of their probabilities. */
  readonly confidence: number | null;
  /** The share of them that happened, or was right. */
  readonly accuracy: number | null;
}

export interface ReliabilityOptions {
  /** How many bins of equal width from 0 to 1 (default 15). */
  readonly bins?: number;
  /** N numbers of at least 0 (default 1 each). */
  readonly sampleWeights?: ArrayLike<number> | null;
}

export const defaultBins = 15;

/**
 * The reliability curve of N probabilities, each of something that happened or did not: that the top class is the true
 * one, that a sample has a label. A calibrated model has an `accuracy` of about the `confidence` in every bin.
 *
 * @throws GnvproError ERR_OPTION for what is no probability; ERR_SHAPE for lists of different lengths, or empty ones
 */
export function reliabilityOf(
  probabilities: ArrayLike<number>,
  happened: ArrayLike<boolean | number>,
  options: ReliabilityOptions = {},
): ReliabilityBin[] {
  checkOptions(options, ['bins', 'sampleWeights'], 'reliabilityOf');
  const { bins = defaultBins } = options;
  checkInteger(bins, 'bins', { min: 1, max: 10_000 });
  const [P, is] = [Float64Array.from(probabilities), Float64Array.from(happened as ArrayLike<number>)];
  if (P.length === 0 || is.length !== P.length) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected as many probabilities as what happened, one at least, but received ${P.length} and ${is.length}.`,
    );
  }
  const at = P.findIndex((p) => !(p >= 0 && p <= 1));
  if (at !== -1) throw invalid('a number from 0 to 1', `probability ${at}`, P[at]);
  const odd = is.findIndex((one) => one !== 0 && one !== 1);
  if (odd !== -1) throw invalid('true or false', `entry ${odd} of what happened`, happened[odd]);
  return binsOf(P, is, readWeights(options.sampleWeights, P.length) ?? new Float64Array(P.length).fill(1), bins);
}

/** The same of what is known to be right. Of `isRight` 1 is yes, 0 no. */
export function binsOf(
  probabilities: Float64Array,
  isRight: ArrayLike<number>,
  weights: Float64Array,
  bins = defaultBins,
): ReliabilityBin[] {
  const tally = new BinsTally(bins);
  probabilities.forEach((p, n) => {
    tally.add(p, isRight[n], weights[n]);
  });
  return tally.value;
}

/** Bins that are filled one by one. */
export class BinsTally {
  readonly #samples: Float64Array;
  readonly #confidence: Float64Array;
  readonly #right: Float64Array;

  constructor(readonly bins = defaultBins) {
    [this.#samples, this.#confidence, this.#right] = [0, 1, 2].map(() => new Float64Array(bins));
  }

  add(probability: number, isRight: number, weight: number): void {
    const b = Math.min(this.bins, Math.max(1, Math.ceil(probability * this.bins))) - 1;
    this.#samples[b] += weight;
    this.#confidence[b] += weight * probability;
    this.#right[b] += weight * isRight;
  }

  get value(): ReliabilityBin[] {
    return Array.from(this.#samples, (count, b) => ({
      from: b / this.bins,
      to: (b + 1) / this.bins,
      samples: count,
      confidence: count === 0 ? null : this.#confidence[b] / count,
      accuracy: count === 0 ? null : this.#right[b] / count,
    }));
  }
}

/** The mean over the samples of |accuracy − confidence| in their bin: the expected calibration error. */
export function calibrationErrorOf(bins: readonly ReliabilityBin[]): number {
  const total = sumOfWeights(
    Float64Array.from(bins, ({ samples }) => samples),
    bins.length,
  );
  return bins.reduce((sum, { samples, confidence, accuracy }) => {
    return sum + (samples * Math.abs((accuracy ?? 0) - (confidence ?? 0))) / total;
  }, 0);
}
