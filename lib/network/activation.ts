/** @file Activation layers: elementwise functions without weights. */

import type { ProgramBuilder } from '../program/builder.js';
import type { Value } from '../program/emitter.js';
import {
  type EverywhereDefined,
  functionOf,
  isEverywhereDefined,
  type UnaryAttributes,
  type UnaryKind,
  unaryKinds,
} from '../program/functions.js';
import { checkNumber, checkOptions } from '../validate/check.js';
import { type LayerDescription, registerLayer } from './layer.js';

/** Names of the elementwise functions a layer may apply to its result. */
export type Activation = EverywhereDefined | 'identity';
export const activations: readonly Activation[] = [...unaryKinds.filter(isEverywhereDefined), 'identity'];

export function tanh(): LayerDescription {
  return { type: 'tanh' };
}

/** 1/(1 + e⁻ʸ) */
export function sigmoid(): LayerDescription {
  return { type: 'sigmoid' };
}

/** max(y, 0); its derivative at 0 is taken as 1. */
export function relu(): LayerDescription {
  return { type: 'relu' };
}

/** ReLU with the quadratic y²/(4η) + y/2 + η/4 on |y| ≤ η, so that its derivative is continuous. */
export function smoothRelu(options: { eta?: number } = {}): LayerDescription {
  checkOptions(options, ['eta'], 'smoothRelu');
  const eta = options.eta ?? 0.1;
  checkNumber(eta, 'eta', { above: 0 });
  return { type: 'smoothRelu', eta };
}

/** log(1 + eʸ) */
export function softplus(): LayerDescription {
  return { type: 'softplus' };
}

export function sine(): LayerDescription {
  return { type: 'sine' };
}

/** eʸ */
export function exp(): LayerDescription {
  return { type: 'exp' };
}

/** Passes its input on; with `concat`, the features then contain the layer's input. */
export function identity(): LayerDescription {
  return { type: 'identity' };
}

export function unaryAttributes(kind: UnaryKind, eta = 0.1): UnaryAttributes {
  return { kind, parameter: functionOf(kind).parameter ? eta : null };
}

/** Records σ(x). */
export function activate(b: ProgramBuilder, x: Value, activation: Activation, eta?: number): Value {
  return activation === 'identity' ? x : b.unary(x, unaryAttributes(activation, eta));
}

for (const kind of activations) {
  registerLayer(kind, ({ type: _, ...options }, inputs) => {
    checkOptions(options, kind === 'smoothRelu' ? ['eta'] : [], kind);
    const { eta } = kind === 'smoothRelu' ? smoothRelu(options) : { eta: undefined };
    return {
      label: kind,
      outputs: inputs,
      blocks: [],
      apply: (b, x) => activate(b, x, kind, eta as number | undefined),
    };
  });
}
