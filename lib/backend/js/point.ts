/** @file Everything known at one point: features, projection, and, once asked for, gradient and search space. */

import type { Matrix } from '../../linalg/matrix.js';
import type { Evaluation } from '../backend.js';
import type { ConvexProjection } from './convexProjection.js';
import type { DenseModel } from './denseModel.js';
import type { JointPoint } from './jointOperator.js';
import type { Space } from './krylov.js';
import type { Operator } from './operator.js';
import type { Projection } from './projection.js';

export interface Point {
  /** θ, or [θ ; vec W]. */
  readonly x: Float64Array;
  readonly Z: Matrix;
  readonly residualBytes: number;
  readonly projection: Projection | ConvexProjection | JointPoint;
  readonly operator: Operator;
  readonly evaluation: Evaluation;
  gradient: Float64Array | null;
  space: Space | null;
  dense: DenseModel | null;
}
