/** @file What an export starts from: a model as one program of numbers, without weights to be read. */
import { type Matrix, matrix } from '../linalg/matrix.js';
import type { InverseLink } from '../metrics/probabilities.js';
import { ProgramBuilder } from '../program/builder.js';
import { eliminateDeadCode } from '../program/eliminate.js';
import type { Value } from '../program/emitter.js';
import { primitives } from '../program/primitives.js';
import { type Instruction, inputOf, type Program } from '../program/program.js';
import { replay, type ValueMap } from '../program/replay.js';
import { type FixedShape, size } from '../program/shape.js';
import { exportError } from './error.js';

export interface Exported {
  readonly inputs: number;
  readonly outputs: number;
  /** N × inputs → N × outputs in original units; whatever has no samples is a constant. */
  readonly program: Program;
  /** What makes probabilities of the outputs; null where they are no logits. */
  readonly inverseLink: InverseLink | null;
  readonly classes: readonly (string | number)[] | null;
  readonly inputNames: readonly string[] | null;
  /** Those of the classes, where there are some. */
  readonly outputNames: readonly string[] | null;
}

/**
 * The program with its weights put in: what follows from them alone is computed once, here. Throws ERR_EXPORT where a
 * number is not finite.
 */
export function withWeights(traced: Program, weights: Float64Array): Program {
  const program = eliminateDeadCode(traced);
  const b = new ProgramBuilder(program.name);
  for (const { name, cols } of program.sampleInputs) b.declareSamples(name, cols);
  const numbers: (Matrix | null)[] = program.instructions.map(() => null);
  const values: ValueMap = program.instructions.map(() => null);
  program.instructions.forEach((instruction, id) => {
    const { shape } = instruction;
    if (shape.kind === 'fixed') numbers[id] = compute(instruction, shape, numbers as Matrix[], weights);
    else {
      for (const operand of instruction.operands) values[operand] ??= constant(b, numbers[operand] as Matrix);
      values[id] = replay(b, program, id, values);
    }
  });
  for (const { index, value } of program.outputs) {
    b.declareSampleOutput(program.sampleOutputs[index].name, values[value] as Value);
  }
  return b.build();
}

/** The operands are fixed, too: models do not mix samples. */
function compute(
  instruction: Instruction,
  shape: FixedShape,
  numbers: readonly Matrix[],
  weights: Float64Array,
): Matrix {
  const { op, operands, attributes } = instruction;
  const input = inputOf(instruction);
  if (input?.kind === 'constant') return matrix(shape.rows, shape.cols, input.values);
  if (input?.kind === 'vector') {
    return matrix(shape.rows, shape.cols, weights.subarray(input.offset, input.offset + size(shape)));
  }
  const result = matrix(shape.rows, shape.cols);
  const values = operands.map((operand) => numbers[operand]);
  primitives[op].run?.(attributes, values, result, shape);
  return result;
}

function constant(b: ProgramBuilder, { rows, cols, data }: Matrix): Value {
  if (!data.every(Number.isFinite)) throw exportError('a number that follows from its weights is not finite');
  return b.constant(rows, cols, data);
}
