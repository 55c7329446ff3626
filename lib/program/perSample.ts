/**
 * @file Takes the sum over samples out of a transposed program: Jᵀ·u summed becomes one gradient a sample.
 * The dense Gauss–Newton step assembles its matrix from these rows. The first layer's rows are Kronecker products of
 * the input with a small factor; only that factor is kept.
 */
import { ProgramBuilder, type Value } from './builder.js';
import { eliminateDeadCode } from './eliminate.js';
import type { Instruction, Program } from './program.js';
import { declareInputs, replay, type ValueMap } from './replay.js';
import { type FixedShape, samples, size } from './shape.js';

export interface PerSample {
  /** Samples out: gradients of the weights in `columns`; then, if there is one, the Kronecker factor. */
  readonly program: Program;
  /** The block of weights inputs × units whose gradient at sample n is y_n ⊗ factor_n. */
  readonly kronecker: { readonly offset: number; readonly inputs: number; readonly units: number } | null;
  /** The weight that each column of output 0 belongs to. */
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
  const kronecker = largestKroneckerBlock(vjp, entries);
  const others = entries.filter((entry) => entry !== kronecker?.entry);
  const columns = others.flatMap(({ offset, value }) =>
    Array.from({ length: size(vjp.instructions[value].shape) }, (_, i) => offset + i),
  );
  // A network whose only weights are the Kronecker block still needs an output 0: one zero column of no weight.
  const gradients = others.map(({ value }) => rows[value] as Value);
  b.declareSampleOutput('gradients', gradients.length > 0 ? b.concat(gradients) : b.broadcastRow(b.constant(1, 1, [0])));
  if (kronecker !== null) b.declareSampleOutput('factor', rows[kronecker.factor] as Value);
  return {
    program: eliminateDeadCode(b.build()),
    kronecker: kronecker && kronecker.block,
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
    default:
      return null;
  }
}

function flat(b: ProgramBuilder, value: Value): Value {
  const length = size(value.shape);
  const indices = Int32Array.from({ length }, (_, i) => i);
  return b.gather(value, indices, { kind: 'fixed', rows: 1, cols: length });
}

/** The largest weight block whose cotangent is Yᵀ·factor with Y the network's input itself. */
function largestKroneckerBlock<E extends { offset: number; value: number }>(vjp: Program, entries: readonly E[]) {
  let best: { entry: E; factor: number; block: { offset: number; inputs: number; units: number } } | null = null;
  for (const entry of entries) {
    const { op, operands, shape } = vjp.instructions[entry.value];
    if (op !== 'matmul' || vjp.instructions[operands[1]].shape.kind !== 'samples') continue;
    const left = vjp.instructions[operands[0]];
    if (left.op !== 'sampleInput' || left.attributes.array !== 0) continue;
    const { rows, cols } = shape as FixedShape;
    if (best === null || rows * cols > best.block.inputs * best.block.units) {
      best = { entry, factor: operands[1], block: { offset: entry.offset, inputs: rows, units: cols } };
    }
  }
  return best;
}
