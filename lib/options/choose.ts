/** @file `optimizer: 'auto'`: the method that the comparisons of docs/experiments.md speak for. */
import { isClosed } from '../backend/loss.js';
import type { Loss } from '../loss/loss.js';
import type { Network } from '../network/network.js';
import { gnvpro } from '../optimizers/gnvpro.js';
import { prefersDense } from '../optimizers/operations.js';
import type { GnvproDescription, OptimizerDescription } from '../optimizers/optimizer.js';
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

export function chooseOptimizer(network: Network, { samples, outputs, loss }: ProblemSize): Chosen {
  const facts = `${network.weights} weights and ${samples} × ${outputs} targets`;
  if (!isClosed(loss)) {
    return krylov(
      'golub-pereyra',
      `With ${facts} and a loss that is projected by iteration, it was among the first to a low error on every problem, in less than half the seconds of L-BFGS.`,
    );
  }
  const optimizer = gnvpro({ jacobian: 'kaufman' });
  const sizes = { samples, targets: outputs, bias: true, jacobian: optimizer.jacobian };
  if (!prefersDense(network, sizes, optimizer.krylov.maxVectors)) {
    return krylov(
      'kaufman',
      `With ${facts} of least squares, steps from a few products led where a matrix is dear to assemble, or cannot be.`,
    );
  }
  const why = `With ${facts} of least squares the Gauss–Newton matrix costs little, and on such problems it led to the least error of all methods.`;
  // Levels that are too large for the matrix go on with Krylov steps.
  return { optimizer, choice: { took: 'gnvpro with the assembled matrix', why } };
}

function krylov(jacobian: GnvproDescription['jacobian'], why: string): Chosen {
  const optimizer = gnvpro({ jacobian, linearSolver: 'krylov' });
  return { optimizer, choice: { took: 'gnvpro with preconditioned Krylov steps', why } };
}
