/** @file The mean of the k nearest samples, which a model has to beat: exact, with k by leave-one-out. */
import type { Matrix } from '../data/matrix.js';

/** In units in which distances count: the inputs scaled. */
export interface Points {
  readonly inputs: Matrix;
  readonly targets: Matrix;
}

export interface Neighbours {
  /** The k that is best for the samples themselves, each left out. */
  readonly k: number;
  /** Of the asked rows, those × t: the mean of the targets of their neighbours. */
  readonly predictions: Float64Array;
  /** How many of the asked rows were answered: the first of them. */
  readonly answered: number;
}

const numbers = [1, 2, 3, 5, 7, 10, 15, 20, 30, 50];

/** Multiplications for each of the two parts, some tenths of a second: more rows than that are not asked. */
const mostProducts = 3e8;

/** `wrongness(said, n)` says how far a prediction for sample n is off. Samples have to be in a random order. */
export function nearest(
  samples: Points,
  asked: Matrix,
  wrongness: (said: Float64Array, n: number) => number,
): Neighbours {
  const { inputs, targets } = samples;
  const [rows, d] = inputs.shape;
  const t = targets.shape[1];
  const most = Math.max(1, Math.floor(mostProducts / (rows * d)));
  const choices = numbers.filter((k, i) => i === 0 || k < rows);
  const longest = choices[choices.length - 1];
  const errors = new Float64Array(choices.length);
  for (let n = 0; n < Math.min(rows, most); n++) {
    const near = nearestTo(inputs, inputs.data.subarray(n * d, (n + 1) * d), longest, n);
    eachMean(targets, near, choices, (said, c) => {
      errors[c] += wrongness(said, n);
    });
  }
  const k = choices[errors.indexOf(Math.min(...errors))];
  const answered = Math.min(asked.shape[0], most);
  const predictions = new Float64Array(answered * t);
  for (let n = 0; n < answered; n++) {
    const near = nearestTo(inputs, asked.data.subarray(n * d, (n + 1) * d), k, -1);
    eachMean(targets, near, [k], (said) => predictions.set(said, n * t));
  }
  return { k, predictions, answered };
}

/** The numbers of the `count` nearest rows, the nearest first; of equals the earlier. Without row `left`. */
function nearestTo({ data, shape: [rows, d] }: Matrix, point: Float64Array, count: number, left: number): Int32Array {
  const near = new Int32Array(count).fill(-1);
  const squares = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  for (let n = 0; n < rows; n++) {
    if (n === left) continue;
    const farthest = squares[count - 1];
    let square = 0;
    for (let j = 0; j < d && square < farthest; j++) square += (data[n * d + j] - point[j]) ** 2;
    if (!(square < farthest)) continue;
    let place = count - 1;
    for (; place > 0 && squares[place - 1] > square; place--) {
      squares[place] = squares[place - 1];
      near[place] = near[place - 1];
    }
    squares[place] = square;
    near[place] = n;
  }
  return near.filter((n) => n !== -1);
}

/** The mean over the first k, for each k of an ascending list. */
function eachMean(
  { data, shape: [, t] }: Matrix,
  near: Int32Array,
  choices: readonly number[],
  tell: (mean: Float64Array, choice: number) => void,
): void {
  const sum = new Float64Array(t);
  let used = 0;
  choices.forEach((k, c) => {
    for (; used < Math.min(k, near.length); used++) {
      for (let j = 0; j < t; j++) sum[j] += data[near[used] * t + j];
    }
    tell(
      sum.map((value) => value / Math.max(1, used)),
      c,
    );
  });
}
