/** @file Which matrices the evidence and the posterior can be had from. */
import { isClosed, type LossDefinition } from '../backend/loss.js';
import type { Network } from '../network/network.js';

/** Dense matrices of so many weights θ are factorised and inverted every few steps. */
export const mostDenseWeights = 4000;

/** Whether the Gauss–Newton matrix of θ is assembled; else products with it serve. */
export function isAssembled(
  loss: Pick<LossDefinition, 'curvature'>,
  { weights, programs }: Pick<Network, 'weights' | 'programs'>,
): boolean {
  return isClosed(loss) && weights <= mostDenseWeights && (weights === 0 || programs.perSample !== null);
}
