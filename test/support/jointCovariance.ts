/** @file The joint covariance of predictions as the matrix that it is. */
import { product } from '../../lib/linalg/matmul.js';
import type { Factors } from '../../lib/model/factors.js';

/** Of all outputs of all samples, in units of the noise. */
export function jointCovariance({ samples, outputs, D, B }: Factors): number[][] {
  const [DD, BB] = [product(D, D, { tb: true }), product(B, B, { tb: true })];
  const size = samples * outputs;
  return Array.from({ length: size }, (_, x) =>
    Array.from({ length: size }, (_, y) => {
      const common = BB.data[Math.floor(x / outputs) * samples + Math.floor(y / outputs)];
      return DD.data[x * size + y] + (x % outputs === y % outputs ? common : 0);
    }),
  );
}
