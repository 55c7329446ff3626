/** @file Copies instructions of one program into the builder of another. */
import type { ProgramBuilder, Value } from './builder.js';
import type { Instruction, Program } from './program.js';

/** Values of the target builder by value id of the source program. */
export type ValueMap = (Value | null)[];

/** Records instruction `id` of `program` again, with its operands looked up in `map`. */
export function replay(b: ProgramBuilder, program: Program, id: number, map: ValueMap): Value {
  const instruction: Instruction = program.instructions[id];
  const operands = instruction.operands.map((operand) => map[operand] as Value);
  switch (instruction.op) {
    case 'sampleInput':
      return b.sampleInput(instruction.attributes.array);
    case 'vectorInput': {
      const { vector, offset } = instruction.attributes;
      const shape = instruction.shape as { rows: number; cols: number };
      return b.vectorInput(vector, offset, shape.rows, shape.cols);
    }
    case 'constant': {
      const shape = instruction.shape as { rows: number; cols: number };
      return b.constant(shape.rows, shape.cols, instruction.attributes.values);
    }
    case 'gather':
      return b.gather(operands[0], instruction.attributes.indices, instruction.shape);
    case 'scatter':
      return b.scatter(operands[0], instruction.attributes.indices, instruction.shape);
    default:
      return b.emit(instruction.op, operands, instruction.attributes as never);
  }
}

/** Declares the inputs of `program` in `b`, in the same order. */
export function declareInputs(b: ProgramBuilder, program: Program): void {
  for (const { name, cols } of program.sampleInputs) b.declareSamples(name, cols);
  for (const { name, length } of program.vectorInputs) b.declareVector(name, length);
}
