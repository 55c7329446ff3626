/** @file What a training will allocate, told before it starts. */
import { freemem } from 'node:os';
import { GnvproError } from '../errors.js';
import type { Network } from '../network/network.js';

/** Bytes of one session, estimated from its arrays: data, residuals of two points, features, projection, dense matrix. */
export function estimateMemory(network: Network, samples: number, targets: number, dense: boolean): number {
  const { programs, weights, features, inputs } = network;
  const residuals = programs.linearize.sampleOutputs.reduce((sum, { cols }) => sum + cols, 0);
  const perSample = inputs + 3 * targets + 2 * residuals + 6 * (features + 1);
  return 8 * (samples * perSample + (dense ? 3 * weights * weights : 0) + 50 * weights);
}

export function checkMemory(bytes: number): void {
  const free = freemem();
  if (bytes <= free) return;
  throw new GnvproError(
    'ERR_MEMORY',
    `This training needs about ${gigabytes(bytes)} but only ${gigabytes(free)} are free. ` +
      "Use fewer samples, a smaller network, or linearSolver: 'krylov'.",
  );
}

const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
