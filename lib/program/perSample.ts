/**
 * @file Takes the sum over samples out of a transposed program: Jᵀ·u summed becomes one gradient a sample.
 * The dense Gauss–Newton step assembles its matrix from these rows. The rows of a dense layer's matrix are Kronecker
 * products of the layer's input with a small factor; only that factor is kept.
 */
import { ProgramBuilder } from './builder.js';
import { eliminateDeadCode } from './eliminate.js';
import type { Value } from './emitter.js';
import { primitives } from './primitives.js';
import { inputOf, type Program, sumsSamples } from './program.js';
import { declareInputs, replay, type ValueMap } from './replay.js';
import { type FixedShape, size } from './shape.js';

/** Weights inputs × units at `offset` whose gradient at sample n is x_n ⊗ factor_n, x a sample input of the program. */
export interface KroneckerBlock {
  /** Which sample input: 0 is Y, then come the residuals. */
  readonly array: number;
  readonly offset: number;
  readonly inputs: number;
  readonly units: number;
}

export interface PerSample {
  /** Samples out: the gradients of the weights in `columns` if there are any, then the factor of each block. */
  readonly program: Program;
  readonly kronecker: readonly KroneckerBlock[];
  /** The weight that each column of the gradients belongs to. */
  readonly columns: Int32Array;
}

/** Null where some weight enters in a way that has no row-wise form (a product of two weight matrices, say). */
export function perSample(vjp: Program): PerSample | null {
  const b = new ProgramBuilder(`${vjp.name}, by sample`);
  declareInputs(b, vjp);
  const rows = unsum(b, vjp);
  const entries = vjp.outputs.flatMap((output) => (output.kind === 'vector' ? [output] : []));
  if (rows === null || entries.length === 0) return null;
  entries.sort((x, y) => x.offset - y.offset);
  const blocks = entries.map((entry) => kroneckerBlock(vjp, entry));
  const others = entries.filter((_, i) => blocks[i] === null);
  const columns = others.flatMap(({ offset, value }) =>
    Array.from({ length: size(vjp.instructions[value].shape) }, (_, i) => offset + i),
  );
  if (others.length > 0) b.declareSampleOutput('gradients', b.concat(others.map(({ value }) => rows[value] as Value)));
  const kronecker = blocks.flatMap((found) => found ?? []);
  for (const { factor } of kronecker) b.declareSampleOutput('factor', rows[factor] as Value);
  return {
    program: eliminateDeadCode(b.build()),
    kronecker: kronecker.map(({ block }) => block),
    columns: Int32Array.from(columns),
  };
}

/** Values of `b` by value of `vjp`; results of sums and what follows from them are samples × flat entries. */
function unsum(b: ProgramBuilder, vjp: Program): ValueMap | null {
  const map: ValueMap = [];
  const isRows: boolean[] = [];
  for (const [id, instruction] of vjp.instructions.entries()) {
    const { op, operands, attributes, shape } = instruction;
    isRows[id] = sumsSamples(vjp, instruction) || operands.some((operand) => isRows[operand]);
    if (!isRows[id]) {
      map[id] = replay(b, vjp, id, map);
      continue;
    }
    const values = operands.map((operand) => map[operand] as Value);
    const areRows = operands.map((operand) => isRows[operand]);
    const rows = primitives[op].bySample?.(b, attributes, values, areRows, shape) ?? null;
    if (rows === null) return null;
    if (size(rows.shape) !== size(shape)) throw new Error(`internal: ${op} lost entries by sample`);
    map[id] = rows;
  }
  return map;
}

/** The block of an output whose cotangent is xᵀ·factor with x a sample input other than the cotangent, else null. */
function kroneckerBlock(vjp: Program, { offset, value }: { offset: number; value: number }) {
  const instruction = vjp.instructions[value];
  if (!primitives[instruction.op].kronecker || !sumsSamples(vjp, instruction)) return null;
  const [left, factor] = instruction.operands;
  const input = inputOf(vjp.instructions[left]);
  if (input?.kind !== 'samples' || input.index === vjp.sampleInputs.length - 1) return null;
  const { rows: inputs, cols: units } = instruction.shape as FixedShape;
  return { factor, block: { array: input.index, offset, inputs, units } };
}
