/** @file The search: networks in rising size on one fold, then those that are near the best on further ones. */
import { GnvproError } from '../errors.js';
import { foldCount } from '../many/folds.js';
import { type Candidate, families, linearModel } from './candidates.js';
import { type Bench, rowsWhere, Trial } from './trial.js';
import { Work } from './work.js';

/** After each fold so many networks stay, whose score is at most so far behind the best. */
const survivors = [
  { most: 3, behind: 0.15 },
  { most: 3, behind: 0.08 },
  { most: 2, behind: 0.05 },
];
/**
 * A larger network whose error is this share above the least is the better one in the end, with all samples in place of four
 * fifths, and from more starts, whose mean it is (docs/decisions.md).
 */
const gainBySize = 0.01;
/** A gain that the next size of a family is worth being tried for. */
const worthwhile = 0.05;
/** A network has to be better than the linear model by this share, and by so many standard errors of the difference. */
const [leastGain, leastCertainty] = [0.01, 0.5];

export interface Found {
  readonly chosen: Trial;
  readonly linear: Trial;
  /** All, in the order of the trial. */
  readonly trials: readonly Trial[];
  /** Folds that the linear model and the chosen one were judged on. */
  readonly folds: number;
  readonly isAborted: boolean;
}

export class Search {
  readonly trials: Trial[] = [];
  readonly work: Work;
  readonly #samples: number;
  readonly #folds: number;
  #isAborted = false;

  constructor(
    readonly bench: Bench,
    readonly onTrial: (trials: readonly Trial[]) => void,
  ) {
    const { samples, folds } = bench;
    this.work = new Work(samples.kind, samples.targets.shape[1]);
    this.#folds = foldCount(folds);
    this.#samples = rowsWhere(folds, (fold) => fold > 0).length;
  }

  /** Throws what the training of the linear model throws, and the signal's reason before there is a model. */
  async run(): Promise<Found> {
    const { kind, inputs } = this.bench.samples;
    const linear = this.#add(linearModel(kind, inputs.shape[1]), 1);
    await this.#next(linear, true);
    for (const family of families(kind, inputs.shape[1])) await this.#rise(family, linear);
    await this.#onFurtherFolds(linear);
    const best = this.#best();
    const folds = Math.min(linear.folds, best.folds);
    const isWorth = best !== linear && this.#isBetter(best, linear, folds);
    return { chosen: isWorth ? best : linear, linear, trials: this.trials, folds, isAborted: this.#isAborted };
  }

  #add(candidate: Candidate, starts: number): Trial {
    const trial = new Trial(candidate, starts, this.bench);
    this.trials.push(trial);
    return trial;
  }

  /** The two smallest, and larger ones while they bring something, or while nothing has. */
  async #rise(family: readonly Candidate[], linear: Trial): Promise<void> {
    const bound = (1 - worthwhile) * linear.figures(1).score;
    let least = Number.POSITIVE_INFINITY;
    for (const [k, candidate] of family.entries()) {
      const trial = await this.#try(candidate);
      if (trial === null) return;
      const score = trial.folds === 0 ? Number.POSITIVE_INFINITY : trial.figures(1).score;
      const hasGained = score < (1 - worthwhile) * least;
      least = Math.min(least, score);
      if (k > 0 && !hasGained && least < bound) return;
    }
  }

  /** On the first fold. Null where it is too dear. */
  async #try(candidate: Candidate): Promise<Trial | null> {
    const starts = this.work.startsOfTrial(this.#samples, candidate);
    const expected = this.work.expected(this.#samples, candidate, starts);
    if (this.#isAborted || starts === 0 || !this.work.bears(expected)) return null;
    const trial = this.#add(candidate, starts);
    await this.#next(trial, false);
    return trial;
  }

  async #onFurtherFolds(linear: Trial): Promise<void> {
    let alive = this.trials.filter((trial) => trial.folds > 0 && trial !== linear);
    for (let fold = 1; fold < this.#folds && !this.#isAborted; fold++) {
      alive = this.#survivors(alive, fold);
      const cost = alive.reduce((sum, trial) => sum + trial.work / trial.folds, 0);
      if (!this.work.bears(cost)) return;
      for (const trial of [linear, ...alive]) await this.#next(trial, false);
    }
  }

  #survivors(alive: readonly Trial[], fold: number): Trial[] {
    const { most, behind } = survivors[Math.min(fold, survivors.length) - 1];
    const sorted = [...alive].sort((a, b) => a.figures().score - b.figures().score);
    return sorted.slice(0, most).filter((trial) => trial.figures().score <= (1 + behind) * sorted[0].figures().score);
  }

  /** Of those that were judged on the most folds, which the linear model is on any, the largest that is near the best. */
  #best(): Trial {
    const [linear, ...networks] = this.trials;
    const most = networks.reduce((count, { folds }) => Math.max(count, folds), 0) || linear.folds;
    const whole = this.trials.filter(({ folds }) => folds >= most);
    const least = Math.min(...whole.map((trial) => trial.figures(most).score));
    const near = whole.filter((trial) => trial.figures(most).score <= (1 + gainBySize) * least);
    return near.reduce((a, b) => (b.candidate.weights > a.candidate.weights ? b : a));
  }

  /** By more than what may be chance, and more than nothing. */
  #isBetter(trial: Trial, linear: Trial, folds: number): boolean {
    const gain = 1 - trial.figures(folds).score / linear.figures(folds).score;
    if (!(gain > leastGain)) return false;
    const own = trial.losses(folds);
    const differences = linear.losses(folds).map((loss, i) => loss - own[i]);
    const n = differences.length;
    const mean = differences.reduce((sum, x) => sum + x, 0) / n;
    const variance = differences.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, n - 1);
    return mean > leastCertainty * Math.sqrt(variance / n);
  }

  /** On one more fold. A network that cannot be trained is told, and left. */
  async #next(trial: Trial, isNeeded: boolean): Promise<void> {
    const { signal } = this.bench.call;
    if (this.#isAborted) return;
    try {
      await trial.next(this.work, isNeeded);
    } catch (error) {
      if (isNeeded || !(signal?.aborted || error instanceof GnvproError)) throw error;
      if (!signal?.aborted) trial.failure = (error as Error).message;
    }
    this.#isAborted = signal?.aborted ?? false;
    this.onTrial(this.trials);
  }
}
