/** @file Everything known at one point: features, W, and, once asked for, gradient and search space. */

import type { Matrix } from '../../linalg/matrix.js';
import type { Evaluation } from '../backend.js';
import type { DenseModel } from './denseModel.js';
import type { Eliminated } from './elimination.js';
import type { Space } from './krylov.js';
import type { Operator } from './operator.js';

export interface Point {
  /** θ, or [θ ; vec W]. */
  readonly x: Float64Array;
  readonly Z: Matrix;
  readonly residualBytes: number;
  readonly eliminated: Eliminated;
  readonly operator: Operator;
  readonly evaluation: Evaluation;
  gradient: Float64Array | null;
  space: Space | null;
  dense: DenseModel | null;
}
