/** @file Operation counts of programs, from the table of primitives. */
import { primitives } from './primitives.js';
import type { Program } from './program.js';

/** Floating-point operations of one run over `samples` samples. */
export function flops(program: Program, samples: number): number {
  const shapeOf = (id: number) => program.instructions[id].shape;
  return program.instructions.reduce((total, { op, operands, shape }) => {
    const count = primitives[op].flops(shape, operands.map(shapeOf));
    const bySample = shape.kind === 'samples' || operands.some((operand) => shapeOf(operand).kind === 'samples');
    return total + count * (bySample ? samples : 1);
  }, 0);
}
