/** @file The losses of the package. */
import { crossEntropy } from './crossEntropy.js';
import { leastSquares } from './leastSquares.js';
import { logistic } from './logistic.js';
import type { Loss } from './loss.js';

/** The first is the default. */
export const builtin = [leastSquares, crossEntropy, logistic] as const;

type Builtin = (typeof builtin)[number];

/** What the models of a loss tell of themselves, by its name. */
export type MetricsByLoss = {
  readonly [L in Builtin as L['name']]: L extends Loss<infer M> ? M : never;
};
