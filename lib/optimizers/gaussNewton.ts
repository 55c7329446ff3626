/** @file The Gauss–Newton method on θ and W together, described: what is left of gnvpro() without the projection. */
import { GnvproError } from '../errors.js';
import { checkOptions } from '../validate/check.js';
import { type InitialW, readInitialW } from './initialW.js';
import type { GaussNewtonDescription } from './optimizer.js';
import { readTrustRegion, type TrustRegionOptions, trustRegionOptions } from './trustRegion.js';

/** Six, as for gnvpro(), are too few where W is not projected out: measured on CDR. */
const maxVectors = 20;

export interface GaussNewtonOptions extends TrustRegionOptions {
  initialW?: InitialW;
}

export function gaussNewton(options: GaussNewtonOptions = {}): GaussNewtonDescription {
  checkOptions(options, [...trustRegionOptions, 'initialW'], 'gaussNewton');
  const description = readTrustRegion(options, maxVectors);
  const initialW = readInitialW(options);
  if (description.batches !== null && initialW === 'random') {
    throw new GnvproError(
      'ERR_OPTION',
      "Expected initialW: 'projected' with batches, which begin with a projection on all samples.",
    );
  }
  return { type: 'gaussNewton', ...description, initialW };
}
