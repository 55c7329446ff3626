/**
 * @file Takes the sum over samples out of a transposed program: Jᵀ·u summed becomes one gradient a sample.
 * The dense Gauss–Newton step assembles its matrix from these rows. The rows of a dense layer's matrix are Kronecker
 * products of the layer's input with a small factor; only that factor is kept.
 */
import { ProgramBuilder, type Value } from './builder.js';
import { eliminateDeadCode } from './eliminate.js';
import type { Instruction, InstructionOf, Program } from './program.js';
import { declareInputs, replay, type ValueMap } from './replay.js';
import { type FixedShape, samples, size } from './shape.js';

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
  const unsummed: boolean[] = [];
  for (const [id, instruction] of vjp.instructions.entries()) {
    const { operands, shape } = instruction;
    const follows = operands.some((operand) => unsummed[operand]);
    unsummed[id] = follows || isSum(vjp, instruction);
    if (!unsummed[id]) map[id] = replay(b, vjp, id, map);
    else {
      const row = follows ? followRow(b, instruction, map, unsummed) : sumRow(b, instruction, map);
      if (row === null) return null;
      if (size(row.shape) !== size(shape)) throw new Error(`internal: ${instruction.op} lost entries by sample`);
      map[id] = row;
    }
  }
  return map;
}

function isSum(program: Program, { op, operands }: Instruction): boolean {
  return op === 'sumSamples' || (op === 'matmul' && program.instructions[operands[1]].shape.kind === 'samples');
}

function sumRow(b: ProgramBuilder, { op, operands }: Instruction, map: ValueMap): Value {
  const [first, second] = operands.map((operand) => map[operand] as Value);
  return op === 'sumSamples' ? first : b.outer(first, second);
}

/** An operation on sums, applied to each sample's row of flat entries. */
function followRow(b: ProgramBuilder, instruction: Instruction, map: ValueMap, unsummed: boolean[]): Value | null {
  const operands = instruction.operands.map((operand) => map[operand] as Value);
  const rowShape = samples(size(instruction.shape));
  switch (instruction.op) {
    case 'add':
    case 'sub':
      if (!instruction.operands.every((operand) => unsummed[operand])) return null;
      return b.emit(instruction.op, operands, {});
    case 'scale':
      return b.scale(operands[0], instruction.attributes.factor);
    case 'gather':
      return b.gather(operands[0], instruction.attributes.indices, rowShape);
    case 'scatter':
      return b.scatter(operands[0], instruction.attributes.indices, rowShape);
    case 'mul': {
      const [row, factor] = unsummed[instruction.operands[0]] ? operands : [operands[1], operands[0]];
      return factor.shape.kind === 'fixed' ? b.mulRow(row, flat(b, factor)) : null;
    }
    case 'matmul':
      return followProduct(b, instruction, operands, unsummed);
    default:
      return null;
  }
}

/** A summed vector times a matrix that is no sum, or the matrix times the vector: each sample's row times it. */
function followProduct(
  b: ProgramBuilder,
  { operands, attributes: { ta, tb }, shape }: InstructionOf<'matmul'>,
  [left, right]: readonly Value[],
  unsummed: boolean[],
): Value | null {
  const { rows, cols } = shape as FixedShape;
  if (rows === 1 && !unsummed[operands[1]]) return b.matmul(left, right, { tb });
  if (cols === 1 && !unsummed[operands[0]]) return b.matmul(right, left, { tb: !ta });
  return null;
}

function flat(b: ProgramBuilder, value: Value): Value {
  const length = size(value.shape);
  const indices = Int32Array.from({ length }, (_, i) => i);
  return b.gather(value, indices, { kind: 'fixed', rows: 1, cols: length });
}

/** The block of an output whose cotangent is xᵀ·factor with x a sample input other than the cotangent, else null. */
function kroneckerBlock(vjp: Program, { offset, value }: { offset: number; value: number }) {
  const { op, operands, shape } = vjp.instructions[value];
  if (op !== 'matmul' || vjp.instructions[operands[1]].shape.kind !== 'samples') return null;
  const left = vjp.instructions[operands[0]];
  if (left.op !== 'sampleInput' || left.attributes.array === vjp.sampleInputs.length - 1) return null;
  const { rows: inputs, cols: units } = shape as FixedShape;
  return { factor: operands[1], block: { array: left.attributes.array, offset, inputs, units } };
}
