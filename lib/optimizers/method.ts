/** @file From the description of an optimizer to the method that runs on a session. */
import type { Session } from '../backend/backend.js';
import type { Matrix } from '../data/matrix.js';
import { GnvproError } from '../errors.js';
import type { LossDefinition } from '../loss/loss.js';
import type { Network } from '../network/network.js';
import { chooseSolver, GaussNewton } from './gnvpro.js';
import { Lbfgs } from './lbfgs.js';
import type { Method, OptimizerDescription } from './optimizer.js';

/** The solver of a step, or null for methods without one. Throws ERR_OPTION where a dense step is impossible. */
export function solverFor(
  optimizer: OptimizerDescription,
  network: Network,
  loss: LossDefinition,
  last: LastLayer,
): 'krylov' | 'dense' | null {
  if (optimizer.type !== 'gnvpro') return null;
  const canAssemble = network.programs.perSample !== null;
  // Of a convex loss the assembly sums over the samples for each output: slower than a few products.
  const isWorthIt = loss.kind === 'leastSquares';
  const solver = chooseSolver(optimizer, network.weights, canAssemble && isWorthIt);
  if (solver === 'dense') checkInnerSize(network, loss, last);
  if (solver === 'dense' && !canAssemble) {
    throw new GnvproError(
      'ERR_OPTION',
      "Expected linearSolver 'krylov' or 'auto' for this network: a layer multiplies weights with each other, so its Gauss–Newton matrix cannot be assembled by sample.",
    );
  }
  return solver;
}

export interface LastLayer {
  readonly bias: boolean;
  readonly training: { readonly targets: Matrix };
}

/** The assembled matrix needs the inverse of the inner Hessian at once, which is factorised up to this order. */
export const largestInnerHessian = 2000;

function checkInnerSize({ features }: Network, loss: LossDefinition, { bias, training }: LastLayer): void {
  const separable = loss.kind === 'logistic' || (loss.kind === 'traced' && loss.separable);
  const order = training.targets.shape[1] * (features + Number(bias));
  if (loss.kind === 'leastSquares' || separable || order <= largestInnerHessian) return;
  throw new GnvproError(
    'ERR_OPTION',
    `Expected linearSolver 'krylov' or 'auto' for a last layer of ${order} weights: the dense step factorises matrices up to ${largestInnerHessian} of this loss.`,
  );
}

/** What the session has to provide for the method. */
export function methodNeeds(optimizer: OptimizerDescription, solver: 'krylov' | 'dense' | null) {
  if (optimizer.type !== 'gnvpro') return { jacobian: 'kaufman' as const, pairs: 0 };
  const usesPairs = solver === 'krylov' && optimizer.preconditioner === 'pairs';
  return { jacobian: optimizer.jacobian, pairs: usesPairs ? optimizer.memory : 0 };
}

export function makeMethod(
  optimizer: OptimizerDescription,
  session: Session,
  solver: 'krylov' | 'dense' | null,
): Method {
  if (optimizer.type === 'gnvpro') return new GaussNewton(session, optimizer, solver ?? 'krylov');
  return new Lbfgs(session, optimizer);
}
