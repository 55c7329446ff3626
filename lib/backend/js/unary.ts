/** @file The elementwise functions σ and their derivatives σ′(x), given x and y = σ(x). NaN stays NaN. */
import type { UnaryKind } from '../../program/program.js';

interface Unary {
  value(x: number, parameter: number): number;
  derivative(x: number, y: number, parameter: number): number;
}

export const unary: { readonly [K in UnaryKind]: Unary } = {
  tanh: {
    value: Math.tanh,
    derivative: (_, y) => (1 - y) * (1 + y),
  },
  sigmoid: {
    value: sigmoid,
    derivative: (_, y) => y * (1 - y),
  },
  relu: {
    value: (x) => (x < 0 ? 0 : x),
    derivative: (x) => (x >= 0 ? 1 : x < 0 ? 0 : x),
  },
  smoothRelu: {
    // y²/4η + y/2 + η/4 as a square, which does not cancel near −η.
    value: (x, eta) => (x > eta ? x : x < -eta ? 0 : 0.25 * (x + eta) * ((x + eta) / eta)),
    derivative: (x, _, eta) => (x > eta ? 1 : x < -eta ? 0 : (0.5 * (x + eta)) / eta),
  },
  softplus: {
    value: (x) => Math.log1p(Math.exp(-Math.abs(x))) + (x < 0 ? 0 : x),
    derivative: sigmoid,
  },
  sine: {
    value: Math.sin,
    derivative: (x) => Math.cos(x),
  },
  exp: {
    value: Math.exp,
    derivative: (_, y) => y,
  },
  inverseSqrt: {
    value: (x) => 1 / Math.sqrt(x),
    derivative: (_, y) => -0.5 * y * (y * y),
  },
};

/** 1/(1 + e⁻ˣ), with the exponential of negative numbers only: it cannot overflow, and small results keep their digits. */
function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return (x < 0 ? e : 1) / (1 + e);
}
