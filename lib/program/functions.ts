/** @file The elementwise functions σ and their derivatives σ′(x), given x and y = σ(x). NaN stays NaN. */

export interface ElementwiseFunction {
  value(x: number, parameter: number): number;
  derivative(x: number, y: number, parameter: number): number;
  /** Whether instructions bring a parameter > 0. */
  readonly parameter?: true;
  /** Where it is defined (default: everywhere). */
  readonly domain?: 'positive';
}

/** By name, in the order of their wire numbers. */
export const functions = {
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
    parameter: true,
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
    domain: 'positive',
    value: (x) => 1 / Math.sqrt(x),
    derivative: (_, y) => -0.5 * y * (y * y),
  },
} as const satisfies Record<string, ElementwiseFunction>;

export type UnaryKind = keyof typeof functions;

export const unaryKinds = Object.keys(functions) as UnaryKind[];

/** What may be an activation. */
export type EverywhereDefined = {
  [K in UnaryKind]: (typeof functions)[K] extends { domain: 'positive' } ? never : K;
}[UnaryKind];

export interface UnaryAttributes {
  readonly kind: UnaryKind;
  /** η of `smoothRelu`; null elsewhere. */
  readonly parameter: number | null;
}

export function isEverywhereDefined(kind: UnaryKind): kind is EverywhereDefined {
  return functionOf(kind).domain === undefined;
}

export function functionOf(kind: UnaryKind): ElementwiseFunction {
  return functions[kind];
}

/** 1/(1 + e⁻ˣ), with the exponential of negative numbers only: it cannot overflow, and small results keep their digits. */
function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return (x < 0 ? e : 1) / (1 + e);
}
