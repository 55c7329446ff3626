/** @file How far predictions are off: one figure that decides, the same for networks and for what they have to beat. */
import { areOfOneKind } from '../data/autoScaling.js';
import { topColumn } from '../data/classes.js';
import type { Matrix } from '../data/matrix.js';
import { columnMoments } from '../data/moments.js';
import { driveSync } from '../job/job.js';
import type { FitSamples } from './samples.js';

/** Of some samples. */
export interface Figures {
  /** What decides. Numbers: root mean square error as a share of the spread of the targets. Labels: cross entropy, in nats. */
  readonly score: number;
  /** Numbers: the same. Labels: the share that is wrong. */
  readonly error: number;
  /** Over all outputs; null for labels, and for outputs in units of their own. */
  readonly rmse: number | null;
  /** By output, in its unit; null for labels. */
  readonly rmseByOutput: readonly number[] | null;
  /** Of labels: −log of the probability that the true class was given, the mean; null for numbers. */
  readonly logLoss: number | null;
}

export interface Measure {
  /** How targets are scaled in a training. */
  readonly scaling: 'uniform' | 'standardize' | 'none';
  /** Of the outputs of sample n: the square of the error, or −log of a probability. */
  loss(said: Float64Array, n: number): number;
  /** By which neighbours are counted: the square of the error, or 1 for a wrong class. */
  wrongness(said: Float64Array, n: number): number;
  /** `outputs`: N × t, numbers or probabilities; of the given rows. */
  figures(outputs: Float64Array, rows: ArrayLike<number>): Figures;
  /** The outputs of the best constant: the mean. */
  constant(rows: ArrayLike<number>): Float64Array;
}

/** Fewer columns are more likely quantities of their own, as of inputs. */
const manyColumns = 16;
/** A class that is thought impossible, and comes, costs so much. */
const leastProbability = 1e-6;

export function measureOf(samples: FitSamples): Measure {
  const mean = (rows: ArrayLike<number>) => meanRow(samples.targets, rows);
  return samples.kind === 'numbers'
    ? { ...ofNumbers(samples.targets), constant: mean }
    : { ...ofLabels(samples.targets), constant: mean };
}

function ofNumbers({ data, shape }: Matrix): Omit<Measure, 'constant'> {
  const t = shape[1];
  const { deviation, range } = driveSync(columnMoments({ data, shape }));
  // No square of it overflows or vanishes.
  const pooled = deviation.reduce((length, s) => Math.hypot(length, s / Math.sqrt(t)), 0) || 1;
  const areAlike = t === 1 || (t >= manyColumns && areOfOneKind(range));
  // Of a constant column every error counts as it is.
  const spread = deviation.map((s) => (areAlike ? pooled : s) || 1);
  const square = (said: Float64Array, at: number, n: number, j: number) =>
    ((said[at + j] - data[n * t + j]) / spread[j]) ** 2;
  const loss = (said: Float64Array, n: number) => {
    let sum = 0;
    for (let j = 0; j < t; j++) sum += square(said, 0, n, j);
    return sum;
  };
  return {
    scaling: areAlike ? 'uniform' : 'standardize',
    loss,
    wrongness: loss,
    figures(outputs, rows) {
      const sums = new Float64Array(t);
      for (const n of Array.from(rows)) for (let j = 0; j < t; j++) sums[j] += square(outputs, n * t, n, j);
      const rmseByOutput = Array.from(sums, (sum, j) => spread[j] * Math.sqrt(sum / rows.length));
      const score = Math.sqrt(sums.reduce((a, b) => a + b, 0) / rows.length / t);
      const rmse = areAlike ? pooled * score : null;
      return { score, error: score, rmse, rmseByOutput, logLoss: null };
    },
  };
}

function ofLabels(targets: Matrix): Omit<Measure, 'constant'> {
  const t = targets.shape[1];
  const trueClass = Int32Array.from({ length: targets.shape[0] }, (_, n) => topColumn(targets, n));
  const surprise = (said: Float64Array, at: number, n: number) =>
    -Math.log(Math.max(said[at + trueClass[n]], leastProbability));
  return {
    scaling: 'none',
    loss: (said, n) => surprise(said, 0, n),
    wrongness: (said, n) => Number(topColumn({ data: said, shape: [1, t] }, 0) !== trueClass[n]),
    figures(outputs, rows) {
      let [loss, wrong] = [0, 0];
      for (const n of Array.from(rows)) {
        loss += surprise(outputs, n * t, n);
        wrong += Number(topColumn({ data: outputs, shape: [targets.shape[0], t] }, n) !== trueClass[n]);
      }
      const logLoss = loss / rows.length;
      return { score: logLoss, error: wrong / rows.length, rmse: null, rmseByOutput: null, logLoss };
    },
  };
}

function meanRow({ data, shape: [, t] }: Matrix, rows: ArrayLike<number>): Float64Array {
  const sum = new Float64Array(t);
  for (const n of Array.from(rows)) for (let j = 0; j < t; j++) sum[j] += data[n * t + j] / rows.length;
  return sum;
}
