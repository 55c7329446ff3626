/** @file The upper tail of χ²: the regularised incomplete gamma function (Abramowitz & Stegun 6.5.29, 6.5.31). */

/** The probability that χ² of k degrees of freedom exceeds x; to about 1e-12, relative, for k up to 10⁶. */
export function chiSquareTail(x: number, k: number): number {
  return upperGamma(k / 2, x / 2);
}

/** Γ(a, x)/Γ(a); a > 0, x ≥ 0. */
function upperGamma(a: number, x: number): number {
  if (x === 0) return 1;
  const factor = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - factor * series(a, x) : factor * fraction(a, x);
}

/** Σ xⁿ/(a (a + 1) … (a + n)) */
function series(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; term > Number.EPSILON * sum; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** 1/(x + 1 − a − 1 (1 − a)/(x + 3 − a − …)), by Lentz's method. */
function fraction(a: number, x: number): number {
  const tiny = Number.MIN_VALUE / Number.EPSILON;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let n = 1, change = 0; Math.abs(change - 1) > Number.EPSILON; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / (numerator * d + b || tiny);
    c = b + numerator / c || tiny;
    change = d * c;
    value *= change;
  }
  return value;
}

/** log Γ(a) by Stirling's series, from 15 on, to which the recurrence leads. */
function logGamma(a: number): number {
  let shift = 0;
  let z = a;
  for (; z < 15; z++) shift += Math.log(z);
  const series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * z * z)) / (z * z)) / (z * z)) / z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
