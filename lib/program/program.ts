/** @file The straight-line program: what a traced network becomes, and what both backends run. */
import type { Input } from './primitive.js';
import { type AttributesOf, type Op, primitives } from './primitives.js';
import { type Declared, type FlatVector, type SampleArray, type Shape, size } from './shape.js';

/** Instruction i of a program defines value i. */
export type Instruction = {
  [O in Op]: {
    readonly op: O;
    readonly operands: readonly number[];
    readonly attributes: AttributesOf[O];
    readonly shape: Shape;
  };
}[Op];

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

/** What to differentiate along: a flat vector input (the weights) or a sample input (the data), by index. */
export interface Variable {
  readonly kind: 'vector' | 'samples';
  readonly index: number;
}

export function isVariable(instruction: Instruction, variable: Variable): boolean {
  const input = inputOf(instruction);
  return input?.kind === variable.kind && input.index === variable.index;
}

/** By instruction, whether its result depends on a variable. */
export function dependsOn(instructions: readonly Instruction[], variable: Variable): boolean[] {
  const depends: boolean[] = [];
  instructions.forEach((instruction, id) => {
    depends[id] = isVariable(instruction, variable) || instruction.operands.some((operand) => depends[operand]);
  });
  return depends;
}

/** Whether an instruction's result has no samples but an operand has: then it is a sum over all of them. */
export function sumsSamples({ instructions }: Program, { operands, shape }: Instruction): boolean {
  return shape.kind === 'fixed' && operands.some((operand) => instructions[operand].shape.kind === 'samples');
}

/** Floating-point operations of one run over `samples` samples. */
export function flops(program: Program, samples: number): number {
  const shapeOf = (id: number) => program.instructions[id].shape;
  return program.instructions.reduce((total, { op, operands, attributes, shape }) => {
    const count = (primitives[op].flops ?? size)(shape, operands.map(shapeOf), attributes);
    const bySample = shape.kind === 'samples' || operands.some((operand) => shapeOf(operand).kind === 'samples');
    return total + count * (bySample ? samples : 1);
  }, 0);
}
