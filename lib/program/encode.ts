/** @file The wire format of programs, which the native verifier checks word by word (native/program/decode.cc). */
import { join } from '../linalg/vector.js';
import { type Op, type Program, type UnaryAttributes, unaryKinds } from './program.js';
import { schedule } from './schedule.js';

export interface EncodedProgram {
  readonly code: Int32Array;
  readonly constants: Float64Array;
}

export const formatVersion = 1;

const opcodes: { readonly [O in Op]: number } = {
  sampleInput: 0,
  vectorInput: 1,
  constant: 2,
  matmul: 3,
  add: 4,
  sub: 5,
  mul: 6,
  scale: 7,
  addRow: 8,
  mulRow: 9,
  broadcastRow: 10,
  sumSamples: 11,
  unary: 12,
  unaryDerivative: 13,
  concat: 14,
  gather: 15,
  scatter: 16,
  outer: 17,
};

export function encode(program: Program): EncodedProgram {
  const { storage, slotColumns } = schedule(program);
  const constants = new Constants();
  const count = program.instructions.length;
  const { sampleInputs, vectorInputs, sampleOutputs, vectorOutputs, outputs } = program;
  const code: number[] = [formatVersion, count, count];
  code.push(sampleInputs.length, vectorInputs.length, sampleOutputs.length, vectorOutputs.length);
  code.push(slotColumns.length, outputs.length);
  for (const { cols } of sampleInputs) code.push(cols);
  for (const { length } of vectorInputs) code.push(length);
  for (const { cols } of sampleOutputs) code.push(cols);
  for (const { length } of vectorOutputs) code.push(length);
  code.push(...slotColumns);
  for (const output of outputs) {
    code.push(
      output.kind === 'vector' ? 1 : 0,
      output.index,
      output.kind === 'vector' ? output.offset : 0,
      output.value,
    );
  }
  program.instructions.forEach(({ shape }, id) => {
    code.push(shape.kind === 'samples' ? 1 : 0, shape.kind === 'samples' ? 0 : shape.rows, shape.cols, storage[id]);
  });
  for (const instruction of program.instructions) {
    const attributes = attributeWords(instruction.op, instruction.attributes, constants);
    code.push(opcodes[instruction.op], instruction.operands.length);
    for (const operand of instruction.operands) code.push(operand);
    code.push(attributes.length);
    for (let i = 0; i < attributes.length; i++) code.push(attributes[i]);
  }
  return { code: Int32Array.from(code), constants: constants.all() };
}

/** The constants of all instructions, one behind the other. */
class Constants {
  readonly #parts: Float64Array[] = [];
  #length = 0;

  /** Returns where they begin. */
  add(values: Float64Array): number {
    this.#parts.push(values);
    this.#length += values.length;
    return this.#length - values.length;
  }

  all(): Float64Array {
    return join(...this.#parts);
  }
}

function attributeWords(op: Op, attributes: object, constants: Constants): ArrayLike<number> {
  const a = attributes as Record<string, never>;
  switch (op) {
    case 'sampleInput':
      return [a.array];
    case 'vectorInput':
      return [a.vector, a.offset];
    case 'constant':
      return [constants.add(a.values)];
    case 'matmul':
      return [Number(a.ta), Number(a.tb)];
    case 'scale':
      return [constants.add(Float64Array.of(a.factor))];
    case 'unary':
    case 'unaryDerivative': {
      const { kind, parameter } = attributes as UnaryAttributes;
      return [unaryKinds.indexOf(kind), parameter === null ? -1 : constants.add(Float64Array.of(parameter))];
    }
    case 'gather':
    case 'scatter':
      return a.indices;
    default:
      return [];
  }
}
