/** @file Programs as text that a person can read: one line an instruction, shapes on the right-hand side. */
import type { Instruction, Program, UnaryAttributes } from './program.js';
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

function expression(program: Program, instruction: Instruction): string {
  const operands = instruction.operands.map((operand) => `%${operand}`);
  switch (instruction.op) {
    case 'sampleInput':
      return program.sampleInputs[instruction.attributes.array].name;
    case 'vectorInput': {
      const { vector, offset } = instruction.attributes;
      return `${program.vectorInputs[vector].name}[${offset}…]`;
    }
    case 'constant':
      return `constant ${abridged(instruction.attributes.values)}`;
    case 'matmul': {
      const { ta, tb } = instruction.attributes;
      return `${operands[0]}${ta ? 'ᵀ' : ''} · ${operands[1]}${tb ? 'ᵀ' : ''}`;
    }
    case 'scale':
      return `${instruction.attributes.factor} ${operands[0]}`;
    case 'unary':
      return `${unaryName(instruction.attributes)}(${operands[0]})`;
    case 'unaryDerivative':
      return `${unaryName(instruction.attributes)}′(${operands[0]}; value ${operands[1]})`;
    case 'gather':
    case 'scatter':
      return `${instruction.op} ${operands[0]} ${abridged(instruction.attributes.indices)}`;
    default:
      return `${instruction.op} ${operands.join(', ')}`;
  }
}

function unaryName({ kind, parameter }: UnaryAttributes): string {
  return parameter === null ? kind : `${kind}[${parameter}]`;
}

function abridged(values: ArrayLike<number>): string {
  const shown = Array.from({ length: Math.min(6, values.length) }, (_, i) => values[i]);
  return `[${shown.join(' ')}${values.length > shown.length ? ` … ${values.length} in all` : ''}]`;
}
