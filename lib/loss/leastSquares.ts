/** @file ½ ‖s − c‖² */
import type { Metrics } from '../metrics/metrics.js';
import { programsOf, rowSum } from './formulas.js';
import type { Loss } from './loss.js';
import { numbers } from './numbers.js';

export const leastSquares = {
  name: 'leastSquares',
  programs: programsOf('leastSquares', {
    value: (b, s, c) => {
      const r = b.sub(s, c);
      return b.scale(rowSum(b, b.mul(r, r)), 0.5);
    },
    gradient: (b, s, c) => b.sub(s, c),
    hessianProduct: (_b, _s, _c, v) => v,
  }),
  curvature: 'identity',
  kernel: 'squared',
  meaning: numbers,
  defaultMetric: 'rmse',
  sharesUnits: true,
  takesSmoothing: false,
  baselines: { constant: { name: 'mean', outputs: (means) => means }, linear: 'linear regression' },
  /**
   * α_θ = 3e-3 r³ and α_W = 3e-6 r² with r weights θ a sample, taken between 0.03 and 1. Few samples a weight would be
   * fitted whatever they say; many need next to nothing.
   */
  usualAlphas: (weights, samples) => {
    const r = Math.min(1, Math.max(0.03, weights / samples));
    return { theta: 3e-3 * r ** 3, W: 3e-6 * r ** 2 };
  },
} as const satisfies Loss<Metrics>;
