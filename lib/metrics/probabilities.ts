/** @file Logits as probabilities: softmax for classes that exclude each other, the sigmoid for labels that do not. */
import { type Matrix, type MatrixLike, toMatrix } from '../data/matrix.js';

/** What makes probabilities of logits, by name. */
export const inverseLinks = { softmax: softmaxRows, sigmoid: sigmoidRows };
export type InverseLink = keyof typeof inverseLinks;

/** Each row s becomes exp(s)/Σ exp(s). Safe for logits of any size. */
export function softmaxRows(logits: MatrixLike): Matrix {
  const { data, shape } = toMatrix(logits, 'logits');
  const [rows, cols] = shape;
  const probabilities = new Float64Array(data.length);
  for (let n = 0; n < rows; n++) softmax(data, probabilities, n * cols, (n + 1) * cols);
  return { data: probabilities, shape };
}

/** Shares of the entries begin … end − 1. Their largest is taken off first, so that nothing overflows. */
function softmax(from: Float64Array, to: Float64Array, begin: number, end: number): void {
  const most = largest(from, begin, end);
  let sum = 0;
  for (let i = begin; i < end; i++) {
    to[i] = Math.exp(from[i] - most);
    sum += to[i];
  }
  for (let i = begin; i < end; i++) to[i] /= sum;
}

/** Each entry s becomes 1/(1 + exp(−s)). */
export function sigmoidRows(logits: MatrixLike): Matrix {
  const { data, shape } = toMatrix(logits, 'logits');
  return { data: data.map(sigmoid), shape };
}

/** The sigmoid of both signs, without overflow and without loss of small values. */
function sigmoid(s: number): number {
  if (s >= 0) return 1 / (1 + Math.exp(-s));
  const e = Math.exp(s);
  return e / (1 + e);
}

export function largest(data: Float64Array, begin: number, end: number): number {
  let most = data[begin];
  for (let i = begin + 1; i < end; i++) if (data[i] > most) most = data[i];
  return most;
}

/** log(1 + exp(s)) */
export function softplus(s: number): number {
  return Math.max(s, 0) + Math.log1p(Math.exp(-Math.abs(s)));
}
