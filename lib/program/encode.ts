/** @file The wire format of programs, which the native verifier checks word by word (native/program/decode.cc). */
import { Constants } from './constants.js';
import { codecsOf, primitives } from './primitives.js';
import type { Instruction, Program } from './program.js';
import { schedule } from './schedule.js';

export interface EncodedProgram {
  readonly code: Int32Array;
  readonly constants: Float64Array;
}

export const formatVersion = 1;

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
    const attributes = attributeWords(instruction, constants);
    code.push(primitives[instruction.op].opcode, instruction.operands.length);
    for (const operand of instruction.operands) code.push(operand);
    code.push(attributes.length);
    for (let i = 0; i < attributes.length; i++) code.push(attributes[i]);
  }
  return { code: Int32Array.from(code), constants: constants.all() };
}

function attributeWords({ op, attributes }: Instruction, constants: Constants): ArrayLike<number> {
  const values = attributes as Readonly<Record<string, unknown>>;
  const words = codecsOf(op).map(([name, codec]) => codec.words(values[name], constants));
  return words.length === 1 ? words[0] : words.flatMap((part) => Array.from(part));
}
