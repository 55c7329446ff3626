/** @file Metrics of samples that come piece by piece. */

/** What predictions are worth, row after row: the same bits in however many pieces they come. */
export interface Tally<M> {
  /** Some rows of the predictions and of the truth; `begin`: the number of the first. They must come in order. */
  add(predicted: Float64Array, truth: Float64Array, begin: number): void;
  /** Of all rows so far. */
  readonly value: M;
}
