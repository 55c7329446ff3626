/** @file The straight-line program: what a traced network becomes, and what both backends run. */
import type { Input } from './primitive.js';
import { type AttributesOf, type Op, primitives } from './primitives.js';
import type { Declared, FlatVector, SampleArray, Shape } from './shape.js';

/** Instruction i of a program defines value i. */
export type Instruction = {
  [O in Op]: {
    readonly op: O;
    readonly operands: readonly number[];
    readonly attributes: AttributesOf[O];
    readonly shape: Shape;
  };
}[Op];

export type InstructionOf<O extends Op> = Extract<Instruction, { op: O }>;

/** A value written to a whole sample array, or to a slice of a flat vector. */
export type Output =
  | { readonly kind: 'samples'; readonly index: number; readonly value: number }
  | { readonly kind: 'vector'; readonly index: number; readonly offset: number; readonly value: number };

export interface Program extends Declared {
  readonly name: string;
  readonly sampleOutputs: readonly SampleArray[];
  readonly vectorOutputs: readonly FlatVector[];
  readonly instructions: readonly Instruction[];
  readonly outputs: readonly Output[];
}

/** What an instruction without operands reads; null for one that computes. */
export function inputOf({ op, attributes }: Instruction): Input | null {
  return primitives[op].input?.(attributes) ?? null;
}

/** Whether an instruction's result has no samples but an operand has: then it is a sum over all of them. */
export function sumsSamples({ instructions }: Program, { operands, shape }: Instruction): boolean {
  return shape.kind === 'fixed' && operands.some((operand) => instructions[operand].shape.kind === 'samples');
}
