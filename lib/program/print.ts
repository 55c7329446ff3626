/** @file Programs as text that a person can read: one line an instruction, shapes on the right-hand side. */
import { primitives } from './primitives.js';
import type { Instruction, Program } from './program.js';
import { showShape } from './shape.js';

export function print(program: Program): string {
  const lines = [`program "${program.name}"`];
  const arrays = (list: readonly { name: string; cols: number }[]) =>
    list.map(({ name, cols }) => `${name}: N×${cols}`);
  const vectors = (list: readonly { name: string; length: number }[]) =>
    list.map(({ name, length }) => `${name}: ${length}`);
  lines.push(`  in   ${[...arrays(program.sampleInputs), ...vectors(program.vectorInputs)].join(', ')}`);
  program.instructions.forEach((instruction, id) => {
    lines.push(`  %${id}: ${showShape(instruction.shape)} = ${expression(program, instruction)}`);
  });
  for (const output of program.outputs) {
    const to =
      output.kind === 'samples' ? program.sampleOutputs[output.index].name : program.vectorOutputs[output.index].name;
    lines.push(`  out  ${to}${output.kind === 'vector' ? `[${output.offset}…]` : ''} = %${output.value}`);
  }
  return lines.join('\n');
}

function expression(program: Program, { op, operands, attributes }: Instruction): string {
  const names = operands.map((operand) => `%${operand}`);
  return primitives[op].show?.(names, attributes, program) ?? `${op} ${names.join(', ')}`;
}
