/** @file Softmax cross entropy ℓ(s, c) = (Σ_j c_j) log Σ_j exp(s_j) − cᵀs; the targets of a sample usually sum to 1. */
import type { ClassificationMetrics } from '../metrics/classification.js';
import type { ProgramBuilder } from '../program/builder.js';
import type { Value } from '../program/emitter.js';
import { samples } from '../program/shape.js';
import { classes } from './classes.js';
import { programsOf, rowSum } from './formulas.js';
import { alphasOfInexactFits, type Loss } from './loss.js';

const exp = { kind: 'exp', parameter: null } as const;
const relu = { kind: 'relu', parameter: null } as const;
const softplus = { kind: 'softplus', parameter: null } as const;

export const crossEntropy = {
  name: 'crossEntropy',
  programs: programsOf('crossEntropy', {
    value: (b, s, c) => {
      const { shifted, logSum } = softmax(b, s);
      return b.sub(b.mul(rowSum(b, c), logSum), rowSum(b, b.mul(c, shifted)));
    },
    gradient: (b, s, c) => {
      const { p } = softmax(b, s);
      return b.sub(b.mul(p, inColumns(b, rowSum(b, c), c.shape.cols)), c);
    },
    /** (Σ_j c_j) (diag(p) − p pᵀ) v */
    hessianProduct: (b, s, c, v) => {
      const t = s.shape.cols;
      const { p } = softmax(b, s);
      const mean = inColumns(b, rowSum(b, b.mul(p, v)), t);
      return b.mul(b.mul(inColumns(b, rowSum(b, c), t), p), b.sub(v, mean));
    },
  }),
  curvature: 'sumsToZero',
  kernel: 'softmax',
  meaning: classes,
  defaultMetric: 'loss',
  sharesUnits: false,
  takesSmoothing: true,
  baselines: {
    constant: {
      name: 'most frequent class',
      // One more of each than there are keeps the logits finite (Laplace's rule of succession).
      outputs: (shares, samples) => shares.map((share) => Math.log((share * samples + 1) / (samples + shares.length))),
    },
    linear: 'logistic regression',
  },
  usualAlphas: () => alphasOfInexactFits,
} as const satisfies Loss<ClassificationMetrics>;

/** s − max s, its log Σ exp, and p. The largest logit of a row is taken out first, so that nothing overflows. */
function softmax(b: ProgramBuilder, s: Value): { shifted: Value; logSum: Value; p: Value } {
  const t = s.shape.cols;
  const shifted = b.sub(s, inColumns(b, fold(b, s, larger), t));
  const logSum = fold(b, shifted, logOfSum);
  return { shifted, logSum, p: b.unary(b.sub(shifted, inColumns(b, logSum, t)), exp) };
}

/** What `join` makes of all columns, two halves at a time. */
function fold(b: ProgramBuilder, x: Value, join: (b: ProgramBuilder, x: Value, y: Value) => Value): Value {
  const { cols } = x.shape;
  if (cols === 1) return x;
  const half = Math.floor(cols / 2);
  const joined = join(b, columns(b, x, 0, half), columns(b, x, half, 2 * half));
  return fold(b, cols === 2 * half ? joined : b.concat([joined, columns(b, x, 2 * half, cols)]), join);
}

/** The larger of x and y, to the last bit: x + max(y − x, 0) would not be. */
function larger(b: ProgramBuilder, x: Value, y: Value): Value {
  const change = b.sub(y, x);
  const isY = b.unaryDerivative(change, b.unary(change, relu), relu);
  const { cols } = x.shape;
  const isX = b.addRow(b.scale(isY, -1), b.constant(1, cols, new Float64Array(cols).fill(1)));
  return b.add(b.mul(isX, x), b.mul(isY, y));
}

/** log(exp(x) + exp(y)) */
function logOfSum(b: ProgramBuilder, x: Value, y: Value): Value {
  const change = b.sub(y, x);
  const distance = b.add(b.unary(change, relu), b.unary(b.scale(change, -1), relu));
  return b.add(larger(b, x, y), b.unary(b.scale(distance, -1), softplus));
}

function columns(b: ProgramBuilder, x: Value, begin: number, end: number): Value {
  const indices = Int32Array.from({ length: end - begin }, (_, j) => begin + j);
  return b.gather(x, indices, samples(end - begin));
}

/** One column as t alike. */
function inColumns(b: ProgramBuilder, column: Value, t: number): Value {
  return b.gather(column, new Int32Array(t), samples(t));
}
