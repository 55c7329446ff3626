/**
 * @file What iterations cost in floating-point operations, from the sizes of a problem and the structure of its network
 * alone: what is decided by them is the same on every machine.
 */
import { isClosed, type LossDefinition } from '../backend/loss.js';
import { GnvproError } from '../errors.js';
import type { Network } from '../network/network.js';
import { flops } from '../program/program.js';
import { denseOperations, type Sizes } from './assembly.js';
import type { SingleDescription } from './optimizer.js';

/** The solver of a step, or null for methods without one. Throws ERR_OPTION where a dense step is impossible. */
export function solverFor(
  optimizer: SingleDescription,
  network: Network,
  loss: Pick<LossDefinition, 'curvature'>,
  sizes: Omit<Sizes, 'jacobian'>,
): 'krylov' | 'dense' | null {
  if (optimizer.type === 'gaussNewton') return 'krylov';
  if (optimizer.type !== 'gnvpro') return null;
  const { linearSolver, jacobian, krylov } = optimizer;
  // The matrix of a convex loss is made by products, two passes of the network a weight: always more than a Krylov step.
  const isDense =
    linearSolver === 'auto'
      ? isClosed(loss) && prefersDense(network, { ...sizes, jacobian }, krylov.maxVectors)
      : linearSolver === 'dense';
  if (isDense && network.weights > 0 && network.programs.perSample === null) {
    throw new GnvproError(
      'ERR_OPTION',
      "Expected linearSolver 'krylov' or 'auto' for this network: a layer multiplies weights with each other, so its Gauss–Newton matrix cannot be assembled by sample.",
    );
  }
  return isDense ? 'dense' : 'krylov';
}

/**
 * An iteration with a dense step may take as many of those with a Krylov step of so many vectors, and besides a number of
 * operations that nobody waits for. Measured, see docs/decisions.md.
 */
const [worth, allowance] = [3, 1e9];

/** Whether the assembled matrix is worth its operations; never where it cannot be assembled. */
export function prefersDense(network: Network, sizes: Sizes, vectors: number): boolean {
  if (network.programs.perSample === null) return false;
  const others = iterationOperations(network, sizes);
  const dense = others + denseOperations(network, network.programs.perSample, sizes);
  return dense <= worth * (others + krylovOperations(network, sizes, vectors)) + allowance;
}

/** Of an iteration whatever its step: a trial point with its projection, and a gradient. */
export function iterationOperations(
  { programs, features: w }: Network,
  { samples: N, targets: t, bias }: Sizes,
): number {
  const m = w + Number(bias);
  return flops(programs.linearize, N) + flops(programs.vjp, N) + N * (8 * m * m + 6 * m * t);
}

/** Of a Krylov step: products with H, two passes of the network and the projection between them each. */
export function krylovOperations({ programs, features: w }: Network, sizes: Sizes, vectors: number): number {
  const { samples: N, targets: t, bias, jacobian } = sizes;
  const m = w + Number(bias);
  const second = jacobian === 'golub-pereyra' ? 4 * w * t : 0;
  return vectors * (flops(programs.jvp, N) + flops(programs.vjp, N) + N * (4 * m * w + 2 * w * w + second));
}
