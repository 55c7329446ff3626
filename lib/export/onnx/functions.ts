/**
 * @file The elementwise functions in operators that onnxruntime has for float32 and float64 (for Softplus, for one, it has
 * no float64).
 */
import type { UnaryKind } from '../../program/functions.js';
import type { Graph } from './graph.js';

interface Composition {
  value(g: Graph, x: string, parameter: number): string;
  /** Given y, the value at x. */
  derivative(g: Graph, x: string, y: string, parameter: number): string;
}

export const compositions: Readonly<Record<UnaryKind, Composition>> = {
  tanh: {
    value: (g, x) => g.node('Tanh', [x]),
    derivative: (g, _, y) => g.node('Mul', [g.node('Sub', [g.scalar(1), y]), g.node('Add', [g.scalar(1), y])]),
  },
  sigmoid: {
    value: (g, x) => g.node('Sigmoid', [x]),
    derivative: (g, _, y) => g.node('Mul', [y, g.node('Sub', [g.scalar(1), y])]),
  },
  relu: {
    value: (g, x) => g.node('Relu', [x]),
    derivative: (g, x) => g.node('Cast', [g.node('GreaterOrEqual', [x, g.scalar(0)])], { to: g.elementType }),
  },
  smoothRelu: {
    // (c + η)²/4η with c = x between −η and η, and what x has above η.
    value: (g, x, eta) => {
      const sum = g.node('Add', [g.node('Clip', [x, g.scalar(-eta), g.scalar(eta)]), g.scalar(eta)]);
      const square = g.node('Mul', [g.node('Mul', [sum, g.scalar(0.25)]), g.node('Div', [sum, g.scalar(eta)])]);
      return g.node('Add', [square, g.node('Relu', [g.node('Sub', [x, g.scalar(eta)])])]);
    },
    derivative: (g, x, _, eta) => {
      const slope = g.node('Div', [g.node('Add', [x, g.scalar(eta)]), g.scalar(2 * eta)]);
      return g.node('Clip', [slope, g.scalar(0), g.scalar(1)]);
    },
  },
  softplus: {
    value: (g, x) => {
      const e = g.node('Exp', [g.node('Neg', [g.node('Abs', [x])])]);
      return g.node('Add', [g.node('Log', [g.node('Add', [g.scalar(1), e])]), g.node('Relu', [x])]);
    },
    derivative: (g, x) => g.node('Sigmoid', [x]),
  },
  sine: { value: (g, x) => g.node('Sin', [x]), derivative: (g, x) => g.node('Cos', [x]) },
  exp: { value: (g, x) => g.node('Exp', [x]), derivative: (_, __, y) => y },
  inverseSqrt: {
    value: (g, x) => g.node('Reciprocal', [g.node('Sqrt', [x])]),
    derivative: (g, _, y) => g.node('Mul', [g.node('Mul', [y, g.scalar(-0.5)]), g.node('Mul', [y, y])]),
  },
};
