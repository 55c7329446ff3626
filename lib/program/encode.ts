/** @file The wire format of programs, which the native verifier checks word by word (native/program/decode.cc). */
import { Constants } from './attributes.js';
import { codecs, opcodes } from './primitives.js';
import type { Program } from './program.js';
import { schedule } from './schedule.js';
import type { Json } from './stored.js';

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
  for (const { op, operands, attributes } of program.instructions) {
    code.push(opcodes[op], operands.length);
    for (const operand of operands) code.push(operand);
    const begin = code.push(0);
    for (const [name, codec] of codecs[op]) codec.write((attributes as Json)[name], code, constants);
    code[begin - 1] = code.length - begin;
  }
  return { code: Int32Array.from(code), constants: constants.all() };
}
