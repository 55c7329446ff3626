/** @file Copies instructions of one program into the builder of another. */
import type { ProgramBuilder } from './builder.js';
import type { Value } from './emitter.js';
import type { Program } from './program.js';

/** Values of the target builder by value id of the source program. */
export type ValueMap = (Value | null)[];

/** Records instruction `id` of `program` again, with its operands looked up in `map`. */
export function replay(b: ProgramBuilder, program: Program, id: number, map: ValueMap): Value {
  const { op, operands, attributes, shape } = program.instructions[id];
  const values = operands.map((operand) => map[operand] as Value);
  return b.emit(op, values, attributes, shape);
}

/** Declares the inputs of `program` in `b`, in the same order. */
export function declareInputs(b: ProgramBuilder, program: Program): void {
  for (const { name, cols } of program.sampleInputs) b.declareSamples(name, cols);
  for (const { name, length } of program.vectorInputs) b.declareVector(name, length);
}
