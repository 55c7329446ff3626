/** @file The few vector operations of the outer loops. */

export function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

/** Below this, a sum of squares may have lost some of them. */
const smallestSum = 1e-280;

/** ‖x‖, also where squares overflow or vanish. */
export function norm(x: Float64Array): number {
  const sum = dot(x, x);
  return sum >= smallestSum && sum < Number.POSITIVE_INFINITY ? Math.sqrt(sum) : scaledNorm(x);
}

function scaledNorm(x: Float64Array): number {
  const largest = x.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  if (!(largest > 0 && largest < Number.POSITIVE_INFINITY)) return largest;
  return largest * Math.sqrt(x.reduce((sum, value) => sum + (value / largest) ** 2, 0));
}

/** x + factor · y, a new vector. */
export function plus(x: Float64Array, y: Float64Array, factor = 1): Float64Array {
  const sum = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) sum[i] = x[i] + factor * y[i];
  return sum;
}

/** y ← y + factor · x */
export function addScaled(y: Float64Array, factor: number, x: Float64Array): void {
  for (let i = 0; i < x.length; i++) y[i] += factor * x[i];
}

/** [x ; y ; …] */
export function join(...parts: readonly Float64Array[]): Float64Array {
  const joined = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
