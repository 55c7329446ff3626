/** @file `optimizer: 'auto'`: the method that the comparisons of docs/experiments.md speak for. */
import { isClosed } from '../backend/loss.js';
import type { Loss } from '../loss/loss.js';
import type { Network } from '../network/network.js';
import { gnvpro } from '../optimizers/gnvpro.js';
import { prefersDense } from '../optimizers/operations.js';
import type { OptimizerDescription } from '../optimizers/optimizer.js';
import type { Choice } from '../report/report.js';

export interface ProblemSize {
  /** N */
  readonly samples: number;
  /** t */
  readonly outputs: number;
  readonly loss: Loss;
}

export interface Chosen {
  readonly optimizer: OptimizerDescription;
  readonly choice: Choice;
}

export function chooseOptimizer(network: Network, size: ProblemSize): Chosen {
  const { samples, outputs, loss } = size;
  const facts = `${network.weights} weights and ${samples} × ${outputs} targets`;
  if (!isClosed(loss)) return krylovOnClasses(facts);
  const { jacobian, krylov: space } = gnvpro({ jacobian: 'kaufman' });
  const sizes = { samples, targets: outputs, bias: true, jacobian };
  return prefersDense(network, sizes, space.maxVectors) ? dense(facts) : krylov(facts);
}

/** Levels that are too large for the matrix go on with Krylov steps. */
function dense(facts: string): Chosen {
  return {
    optimizer: gnvpro({ jacobian: 'kaufman' }),
    choice: {
      took: 'gnvpro with the assembled matrix',
      why: `With ${facts} of least squares the Gauss–Newton matrix costs little, and on such problems it led to the least error of all methods.`,
    },
  };
}

function krylov(facts: string): Chosen {
  return {
    optimizer: gnvpro({ jacobian: 'kaufman', linearSolver: 'krylov' }),
    choice: {
      took: 'gnvpro with preconditioned Krylov steps',
      why: `With ${facts} of least squares, steps from a few products led where a matrix is dear to assemble, or cannot be.`,
    },
  };
}

function krylovOnClasses(facts: string): Chosen {
  return {
    optimizer: gnvpro({ jacobian: 'golub-pereyra', linearSolver: 'krylov' }),
    choice: {
      took: 'gnvpro with preconditioned Krylov steps',
      why: `With ${facts} and a loss that is projected by iteration, it was among the first to a low error on every problem, in less than half the seconds of L-BFGS.`,
    },
  };
}
