/** @file Transposition of a linear program: J·v becomes Jᵀ·u by the transpose rules, in reverse order. */
import { ProgramBuilder } from './builder.js';
import { eliminateDeadCode } from './eliminate.js';
import type { Value } from './emitter.js';
import { primitives } from './primitives.js';
import { dependsOn, inputOf, isVariable, type Program } from './program.js';
import { replay, type ValueMap } from './replay.js';

/**
 * `linear` has one samples output, linear in its last sample input (`of: 'samples'`) or in its last vector input
 * (`of: 'vector'`). The transpose reads a cotangent of that output as its last sample input, and writes the cotangent
 * of the tangent: a sample array, or a flat vector (summed over the samples).
 */
export function transpose(linear: Program, of: 'samples' | 'vector'): Program {
  const b = new ProgramBuilder(`${linear.name}, transposed`);
  const tangent = (of === 'samples' ? linear.sampleInputs : linear.vectorInputs).length - 1;
  const kept = <T>(inputs: readonly T[], kind: string) => (kind === of ? inputs.slice(0, -1) : inputs);
  for (const { name, cols } of kept(linear.sampleInputs, 'samples')) b.declareSamples(name, cols);
  for (const { name, length } of kept(linear.vectorInputs, 'vector')) b.declareVector(name, length);
  const seed = b.sampleInput(b.declareSamples('cotangent', linear.sampleOutputs[0].cols));

  const moves = dependsOn(linear.instructions, { kind: of, index: tangent });
  const values: ValueMap = linear.instructions.map(() => null);
  linear.instructions.forEach((_, id) => {
    if (!moves[id]) values[id] = replay(b, linear, id, values);
  });
  const cotangents: ValueMap = linear.instructions.map(() => null);
  if (moves[linear.outputs[0].value]) cotangents[linear.outputs[0].value] = seed;
  for (let id = linear.instructions.length - 1; id >= 0; id--) {
    if (moves[id] && cotangents[id] !== null) pullBack(b, linear, id, moves, values, cotangents);
  }
  writeCotangents(b, linear, of, tangent, cotangents);
  return eliminateDeadCode(b.build());
}

function pullBack(
  b: ProgramBuilder,
  linear: Program,
  id: number,
  moves: boolean[],
  values: ValueMap,
  cotangents: ValueMap,
) {
  const { op, operands, attributes } = linear.instructions[id];
  const shapes = operands.map((operand) => linear.instructions[operand].shape);
  operands.forEach((operand, index) => {
    if (!moves[operand]) return;
    const rule = primitives[op].transpose;
    if (rule === undefined) throw b.shapeError(`${op} has no transpose.`);
    const inner = operands.map((other) => values[other]);
    const share = rule(b, attributes, inner, index, cotangents[id] as Value, shapes);
    const sum = cotangents[operand];
    cotangents[operand] = sum === null ? share : b.add(sum, share);
  });
}

function writeCotangents(b: ProgramBuilder, linear: Program, of: string, tangent: number, cotangents: ValueMap): void {
  if (of === 'samples') {
    const { name, cols } = linear.sampleInputs[tangent];
    const id = linear.instructions.findIndex((instruction) => isVariable(instruction, { kind: of, index: tangent }));
    const cotangent = cotangents[id] ?? b.zeros(cols);
    b.declareSampleOutput(`${name} cotangent`, cotangent);
    return;
  }
  const output = b.declareVectorOutput('cotangent', linear.vectorInputs[tangent].length);
  linear.instructions.forEach((instruction, id) => {
    const input = inputOf(instruction);
    const cotangent = cotangents[id];
    if (input?.kind !== 'vector' || input.index !== tangent || cotangent == null) return;
    b.writeVector(output, input.offset, cotangent);
  });
}
