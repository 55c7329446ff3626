/** @file What a training will allocate, told before it starts. */
import { availableMemory } from '../availableMemory.js';
import { GnvproError } from '../errors.js';
import type { Network } from '../network/network.js';
import { denseNumbers } from '../optimizers/assembly.js';

/** What H_W is summed up from, for a chunk of samples. */
const innerRows = 2048;
const innerDoubles = 2 ** 24;
/** H_W is factorised whole up to this order. */
const largestInnerHessian = 2000;

/** Bytes of one session, estimated from its arrays: data, residuals of two points, features, projection, dense matrix. */
export function estimateMemory(network: Network, samples: number, targets: number, solver: Solver): number {
  const { programs, weights, features, inputs } = network;
  const residuals = programs.linearize.sampleOutputs.reduce((sum, { cols }) => sum + cols, 0);
  const byRow = solver.convex || solver.joint ? 9 * targets : 0;
  const perSample = inputs + 3 * targets + 2 * residuals + 6 * (features + 1) + byRow;
  const inner = solver.convex && !solver.joint ? innerHessians(features + 1, targets, samples) : 0;
  const unknowns = weights + (solver.joint ? targets * (features + 1) : 0);
  return 8 * (samples * perSample + 50 * unknowns + inner + assembly(network, samples, targets, solver));
}

/** Two, each with its blocks, its factor, and the sums that it is made of; of single outputs where it would be large. */
function innerHessians(m: number, targets: number, samples: number): number {
  const order = m * targets;
  if (order > largestInnerHessian) return 2 * 3 * order * m;
  const entries = Math.min(0.5 * targets * targets * Math.min(samples, innerRows), innerDoubles);
  return 2 * (2.5 * order * order + entries);
}

function assembly(network: Network, samples: number, targets: number, { dense, fullJacobian, convex }: Solver): number {
  const { weights, programs } = network;
  if (!dense || programs.perSample === null) return 0;
  if (convex) return 3 * weights * weights;
  const jacobian = fullJacobian ? 'golub-pereyra' : 'kaufman';
  return denseNumbers(network, programs.perSample, { samples, targets, bias: true, jacobian });
}

interface Solver {
  readonly dense: boolean;
  readonly fullJacobian: boolean;
  /** W is an unknown beside θ. */
  readonly joint: boolean;
  /** A loss other than least squares. */
  readonly convex: boolean;
}

export function checkMemory(bytes: number): void {
  const available = availableMemory();
  if (bytes <= available) return;
  throw new GnvproError(
    'ERR_MEMORY',
    `This training needs about ${gigabytes(bytes)} but only ${gigabytes(available)} are available. ` +
      "Use fewer samples, a smaller network, or linearSolver: 'krylov'.",
  );
}

const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** Constants of native/elimination that the estimate repeats. */
export const ofInnerHessian = { rows: innerRows, doubles: innerDoubles, largestOrder: largestInnerHessian };
