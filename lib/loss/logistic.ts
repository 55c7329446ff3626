/** @file Logistic loss of each output by itself, Σ_j log(1 + exp(s_j)) − c_j s_j: one binary target, or several labels. */
import type { MultiLabelMetrics } from '../metrics/multiLabel.js';
import { programsOf, rowSum } from './formulas.js';
import { labels } from './labels.js';
import { alphasOfInexactFits, type Loss } from './loss.js';

const sigmoid = { kind: 'sigmoid', parameter: null } as const;
const softplus = { kind: 'softplus', parameter: null } as const;

export const logistic = {
  name: 'logistic',
  programs: programsOf('logistic', {
    value: (b, s, c) => rowSum(b, b.sub(b.unary(s, softplus), b.mul(c, s))),
    gradient: (b, s, c) => b.sub(b.unary(s, sigmoid), c),
    // The product of both sigmoids, since 1 − σ(s) loses the digits of σ(−s).
    hessianProduct: (b, s, _c, v) => b.mul(b.mul(b.unary(s, sigmoid), b.unary(b.scale(s, -1), sigmoid)), v),
  }),
  curvature: 'diagonal',
  kernel: 'logistic',
  meaning: labels,
  defaultMetric: 'loss',
  sharesUnits: false,
  takesSmoothing: false,
  baselines: {
    constant: {
      name: 'most frequent labels',
      // One more of each than there are keeps the logits finite (Laplace's rule of succession).
      outputs: (shares, samples) =>
        shares.map((share) => Math.log((share * samples + 1) / (samples - share * samples + 1))),
    },
    linear: 'logistic regression',
  },
  usualAlphas: () => alphasOfInexactFits,
} as const satisfies Loss<MultiLabelMetrics>;
