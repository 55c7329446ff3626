/**
 * @file The unit of the targets. Least squares in targets times s has the same θ and W times s, with α_θ times s²: a
 * training computes with targets of about 1 and tells its results in the units of the caller, so that no square
 * overflows or vanishes and methods that move θ and W together find them of like sizes.
 */

/** Targets of ordinary size are taken as they are. */
const ordinary = 16;

/** What α_θ may become when it is divided by the square of the unit. */
const largestAlpha = 1e300;

/** A power of two, so that nothing is rounded. `largest`: of the targets, in absolute value. */
export function unitOfTargets(largest: number, alphaTheta: number): number {
  if (largest === 0 || (largest >= 1 / ordinary && largest <= ordinary)) return 1;
  return powerOfTwo(Math.max(largest, 2 * Math.sqrt(alphaTheta / largestAlpha)));
}

/** The largest one up to x, but for rounding of its logarithm. */
function powerOfTwo(x: number): number {
  return 2 ** Math.min(1023, Math.floor(Math.log2(x)));
}
