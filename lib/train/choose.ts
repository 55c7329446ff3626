/** @file `optimizer: 'auto'`: the method that the comparisons of docs/experiments.md speak for. */
import type { LossDefinition } from '../loss/loss.js';
import type { Network } from '../network/network.js';
import { denseLimit, gnvpro } from '../optimizers/gnvpro.js';
import { lbfgs } from '../optimizers/lbfgs.js';
import type { OptimizerDescription } from '../optimizers/optimizer.js';
import type { Choice } from '../report/report.js';

export interface ProblemSize {
  /** N */
  readonly samples: number;
  /** t */
  readonly outputs: number;
  readonly loss: LossDefinition['kind'];
}

/** Of N t: above, a Krylov step is done long before the matrix is assembled. */
const largestAssembly = 100_000;

/** Of N P: above, on classes, the cheaper step of L-BFGS no longer makes up for its many projections. */
const smallClassifier = 10_000_000;

export function chooseOptimizer(
  network: Network,
  size: ProblemSize,
): { readonly optimizer: OptimizerDescription; readonly choice: Choice } {
  const { weights } = network;
  const { samples, outputs, loss } = size;
  if (loss !== 'leastSquares')
    return samples * weights <= smallClassifier ? reduced(size, weights) : krylov(size, weights);
  const isSmall = weights <= denseLimit && samples * outputs <= largestAssembly;
  return isSmall && network.programs.perSample !== null ? dense(size, weights) : krylov(size, weights);
}

function dense({ samples, outputs }: ProblemSize, weights: number) {
  return {
    optimizer: gnvpro({ jacobian: 'kaufman', linearSolver: 'auto' }),
    choice: {
      took: 'gnvpro with the assembled matrix',
      why:
        `With ${weights} weights and ${samples} × ${outputs} targets of least squares the Gauss–Newton matrix costs little, and ` +
        'its steps reached the least error of all methods on problems of this size.',
    },
  };
}

function krylov({ samples, outputs, loss }: ProblemSize, weights: number) {
  const jacobian = loss === 'leastSquares' ? 'kaufman' : 'golub-pereyra';
  return {
    optimizer: gnvpro({ jacobian, linearSolver: 'krylov' }),
    choice: {
      took: 'gnvpro with preconditioned Krylov steps',
      why:
        `With ${weights} weights and ${samples} × ${outputs} targets, steps from a few products led where a matrix is dear to ` +
        'assemble, or cannot be.',
    },
  };
}

function reduced({ samples }: ProblemSize, weights: number) {
  return {
    optimizer: lbfgs(),
    choice: {
      took: 'lbfgs on the reduced objective',
      why: `On small classifiers (here ${weights} weights, ${samples} samples) its cheap steps led the Gauss–Newton steps.`,
    },
  };
}
