/** @file What an objective and its points share: the problem, what they have cost, and what is known at the points. */
import { GnvproError } from '../../errors.js';
import type { Job } from '../../job/job.js';
import type { Matrix } from '../../linalg/matrix.js';
import type { ProblemDefinition } from '../backend.js';
import type { DenseModel } from './denseModel.js';
import type { Eliminated } from './elimination.js';
import { job } from './job.js';
import type { Space } from './krylov.js';
import type { Operator } from './operator.js';
import { Stopwatch } from './stopwatch.js';

/** What an evaluation finds at a point, then what has been asked there. */
export interface Known {
  readonly x: Float64Array;
  readonly Z: Matrix;
  readonly residualBytes: number;
  readonly eliminated: Eliminated;
  readonly operator: Operator;
  gradient: Float64Array | null;
  space: Space | null;
  dense: DenseModel | null;
}

/** What an estimate leaves: H of the data alone at θ, and its derivative by α_W. */
export interface Estimate {
  readonly theta: Float64Array;
  readonly alphaW: number;
  readonly H: Matrix;
  readonly slope: Matrix;
}

/** A problem whose inputs are in memory. */
export type LoadedProblem = ProblemDefinition & { readonly inputs: Float64Array | Float32Array };

export class ObjectiveState {
  readonly stopwatch = new Stopwatch();
  passes = 0;
  /** At the points that can still be asked. */
  readonly known = new Set<Known>();
  estimate: Estimate | null = null;
  #disposed = false;

  constructor(public problem: LoadedProblem) {}

  job<T>(work: () => T): Job<T> {
    return job(() => {
      this.checkOpen();
      this.checkCancelled();
      return work();
    });
  }

  checkOpen(): void {
    if (this.#disposed) throw new GnvproError('ERR_DISPOSED', 'This objective has been disposed of.');
  }

  checkCancelled(): void {
    if (Atomics.load(this.problem.cancelFlag, 0) !== 0) throw new GnvproError('ERR_ABORTED', 'The job was cancelled.');
  }

  dispose(): void {
    this.#disposed = true;
    this.known.clear();
    this.estimate = null;
  }

  get pointBytes(): number {
    let bytes = 0;
    for (const { x, Z, residualBytes, eliminated, space, dense } of this.known) {
      const arrays = [x, Z.data, eliminated.R.data, eliminated.Zt.data, ...(space?.basis ?? [])];
      bytes += arrays.reduce((sum, array) => sum + array.byteLength, residualBytes + (dense?.bytes ?? 0));
    }
    return bytes;
  }
}
