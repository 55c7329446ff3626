/** @file The Gauss–Newton method on θ and W together, described: what is left of gnvpro() without the projection. */
import { checkOptions } from '../validate/check.js';
import { type InitialW, readInitialW } from './initialW.js';
import type { GaussNewtonDescription } from './optimizer.js';
import { readTrustRegion, type TrustRegionOptions } from './trustRegion.js';

/** Six, as for gnvpro(), are too few where W is not projected out: measured on CDR. */
const maxVectors = 20;

export interface GaussNewtonOptions extends TrustRegionOptions {
  initialW?: InitialW;
}

export function gaussNewton(options: GaussNewtonOptions = {}): GaussNewtonDescription {
  checkOptions(options, ['preconditioner', 'memory', 'krylov', 'trustRegion', 'initialW'], 'gaussNewton');
  return { type: 'gaussNewton', ...readTrustRegion(options, maxVectors), initialW: readInitialW(options) };
}
