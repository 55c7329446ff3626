/** @file From the formulas of a loss to its programs. */
import type { LossPrograms } from '../backend/loss.js';
import { GnvproError } from '../errors.js';
import { ProgramBuilder } from '../program/builder.js';
import type { Value } from '../program/emitter.js';
import type { Program } from '../program/program.js';

/** A loss by sample, in the primitives of the builder: convex in s. */
export interface Formulas {
  /** ℓ(s, c) of every sample: predictions and targets N × t → N × 1. */
  value(b: ProgramBuilder, s: Value, c: Value): Value;
  /** ∂ℓ/∂s, N × t. */
  gradient(b: ProgramBuilder, s: Value, c: Value): Value;
  /** ∂²ℓ/∂s² of each sample times its row of v, N × t. */
  hessianProduct(b: ProgramBuilder, s: Value, c: Value, v: Value): Value;
}

/** `name`: that of the loss. The programs throw ERR_SHAPE where a formula gives the wrong shape. */
export function programsOf(name: string, formulas: Formulas): LossPrograms {
  const program = (what: string, inputs: readonly string[], outputs: readonly Output[]) => (targets: number) =>
    trace(name, what, targets, inputs, outputs);
  const losses: Output = ['losses', () => 1, (b, [s, c]) => formulas.value(b, s, c)];
  const gradient: Output = ['gradient', (t) => t, (b, [s, c]) => formulas.gradient(b, s, c)];
  const products: Output = ['products', (t) => t, (b, [s, c, v]) => formulas.hessianProduct(b, s, c, v)];
  return {
    losses: program('value', ['predictions', 'targets'], [losses]),
    value: program('value and gradient', ['predictions', 'targets'], [losses, gradient]),
    products: program('curvature', ['predictions', 'targets', 'v'], [products]),
  };
}

type Output = [
  name: string,
  columns: (targets: number) => number,
  record: (b: ProgramBuilder, inputs: readonly Value[]) => Value,
];

function trace(
  name: string,
  what: string,
  targets: number,
  inputs: readonly string[],
  outputs: readonly Output[],
): Program {
  const b = new ProgramBuilder(`${name}, ${what}`);
  const arrays = inputs.map((input) => b.sampleInput(b.declareSamples(input, targets)));
  for (const [output, columns, record] of outputs) {
    const value = record(b, arrays);
    const expected = columns(targets);
    if (value?.shape?.kind !== 'samples' || value.shape.cols !== expected) {
      throw new GnvproError('ERR_SHAPE', `Expected N×${expected} for the ${output} of the loss "${name}, ${what}".`);
    }
    b.declareSampleOutput(output, value);
  }
  return b.build();
}

/** The sum of each row, N × t → N × 1. */
export function rowSum(b: ProgramBuilder, x: Value): Value {
  const { cols } = x.shape;
  return b.matmul(x, b.constant(cols, 1, new Float64Array(cols).fill(1)));
}
