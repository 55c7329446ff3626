/** @file Convex losses of the user's own, from a few lines of traced primitives. */
import { GnvproError } from '../errors.js';
import { ProgramBuilder } from '../program/builder.js';
import type { Value } from '../program/emitter.js';
import type { Program } from '../program/program.js';
import type { LossDefinition, TracedLoss } from './loss.js';

export interface LossFunctions {
  /** What `loss` of train() and of a job names; unique. */
  readonly name: string;
  /** ℓ(s, c) of every sample: predictions and targets N × t → N × 1. Convex in s. */
  value(b: ProgramBuilder, s: Value, c: Value): Value;
  /** ∂ℓ/∂s, N × t. */
  gradient(b: ProgramBuilder, s: Value, c: Value): Value;
  /** ∂²ℓ/∂s² of each sample times its row of v, N × t. */
  hessianProduct(b: ProgramBuilder, s: Value, c: Value, v: Value): Value;
  /** Whether ∂²ℓ/∂s² is diagonal, as where outputs do not mix: the projection is then much cheaper (default false). */
  readonly separable?: boolean;
}

const builtin: Readonly<Record<string, LossDefinition>> = {
  leastSquares: { kind: 'leastSquares' },
  crossEntropy: { kind: 'softmax' },
  logistic: { kind: 'logistic' },
};

const defined = new Map<string, LossFunctions>();

/**
 * Defines a loss and returns its name, for `loss` of train().
 *
 * @throws GnvproError ERR_OPTION when the name is taken or a member is missing
 */
export function defineLoss(functions: LossFunctions): string {
  const { name, value, gradient, hessianProduct } = functions ?? {};
  const complete = [value, gradient, hessianProduct].every((member) => typeof member === 'function');
  if (typeof name !== 'string' || name === '' || !complete) {
    throw new GnvproError(
      'ERR_OPTION',
      'Expected { name, value, gradient, hessianProduct } with a string and three functions for defineLoss.',
    );
  }
  if (name in builtin || defined.has(name)) {
    throw new GnvproError('ERR_OPTION', `Expected a new name for defineLoss but "${name}" is taken.`);
  }
  defined.set(name, functions);
  return name;
}

export function lossNames(): string[] {
  return [...Object.keys(builtin), ...defined.keys()];
}

/** What kind of loss that is. */
export function lossKind(name: string): { readonly kind: LossDefinition['kind'] } {
  return builtin[name] ?? { kind: 'traced' };
}

/** The loss of that name for t outputs. Throws ERR_SHAPE where a function of the user's gives the wrong shape. */
export function makeLoss(name: string, targets: number): LossDefinition {
  const functions = defined.get(name);
  return functions === undefined ? builtin[name] : traceLoss(functions, targets);
}

export function traceLoss(functions: LossFunctions, targets: number): TracedLoss {
  const { name, separable = false } = functions;
  const value = traced(`${name}, value and gradient`, targets, ['predictions', 'targets'], (b, [s, c]) => [
    ['losses', 1, functions.value(b, s, c)],
    ['gradient', targets, functions.gradient(b, s, c)],
  ]);
  const curvature = traced(`${name}, curvature`, targets, ['predictions', 'targets', 'v'], (b, [s, c, v]) => [
    ['products', targets, functions.hessianProduct(b, s, c, v)],
  ]);
  return { kind: 'traced', value, curvature, separable };
}

type Output = [name: string, cols: number, value: Value];

function traced(
  name: string,
  cols: number,
  inputs: readonly string[],
  record: (b: ProgramBuilder, inputs: Value[]) => Output[],
): Program {
  const b = new ProgramBuilder(name);
  const arrays = inputs.map((input) => b.sampleInput(b.declareSamples(input, cols)));
  for (const [output, expected, value] of record(b, arrays)) {
    if (value?.shape?.kind !== 'samples' || value.shape.cols !== expected) {
      throw new GnvproError('ERR_SHAPE', `Expected N×${expected} for the ${output} of the loss "${name}".`);
    }
    b.declareSampleOutput(output, value);
  }
  return b.build();
}
