/** @file Programs written word by word, well formed or not: what the native verifier is tested with. */
import type { EncodedProgram } from '../../../lib/program/encode.js';
import { opcodes } from '../../../lib/program/primitives.js';

export const op = opcodes;

export interface RawValue {
  op: number;
  operands: number[];
  attributes: number[];
  /** 1: samples, 0: fixed */
  kind: number;
  rows: number;
  cols: number;
  storage: number;
}

export interface RawProgram {
  version: number;
  sampleInputs: number[];
  vectorInputs: number[];
  sampleOutputs: number[];
  vectorOutputs: number[];
  slots: number[];
  /** [0 samples / 1 vector, index, offset, value] */
  outputs: number[][];
  values: RawValue[];
  constants: number[];
}

export const own = -1;
/** Storage in sample output k itself. */
export const direct = (k: number): number => -2 - k;

export function samples(
  opcode: number,
  operands: number[],
  cols: number,
  storage: number,
  attributes: number[] = [],
): RawValue {
  return { op: opcode, operands, attributes, kind: 1, rows: 0, cols, storage };
}

export function fixed(
  opcode: number,
  operands: number[],
  rows: number,
  cols: number,
  attributes: number[] = [],
): RawValue {
  return { op: opcode, operands, attributes, kind: 0, rows, cols, storage: own };
}

export function rawProgram(parts: Partial<RawProgram>): RawProgram {
  return {
    version: 1,
    sampleInputs: [],
    vectorInputs: [],
    sampleOutputs: [],
    vectorOutputs: [],
    slots: [],
    outputs: [],
    values: [],
    constants: [],
    ...parts,
  };
}

export function encodeRaw(program: RawProgram): EncodedProgram {
  const { values, sampleInputs, vectorInputs, sampleOutputs, vectorOutputs, slots, outputs } = program;
  const code = [program.version, values.length, values.length, sampleInputs.length, vectorInputs.length];
  code.push(sampleOutputs.length, vectorOutputs.length, slots.length, outputs.length);
  code.push(...sampleInputs, ...vectorInputs, ...sampleOutputs, ...vectorOutputs, ...slots, ...outputs.flat());
  for (const { kind, rows, cols, storage } of values) code.push(kind, rows, cols, storage);
  for (const { op: opcode, operands, attributes } of values) {
    code.push(opcode, operands.length, ...operands, attributes.length, ...attributes);
  }
  return { code: Int32Array.from(code), constants: Float64Array.from(program.constants) };
}

/** Z = tanh(Y K + b), weights d × k and then 1 × k. */
export function denseProgram(d: number, k: number): RawProgram {
  return rawProgram({
    sampleInputs: [d],
    vectorInputs: [d * k + k],
    sampleOutputs: [k],
    slots: [k],
    outputs: [[0, 0, 0, 5]],
    values: [
      samples(op.sampleInput, [], d, own, [0]),
      fixed(op.vectorInput, [], d, k, [0, 0]),
      fixed(op.vectorInput, [], 1, k, [0, d * k]),
      samples(op.matmul, [0, 1], k, 0, [0, 0]),
      samples(op.addRow, [3, 2], k, 0),
      samples(op.unary, [4], k, direct(0), [0, -1]),
    ],
  });
}

/** Every kind of sum and of epilogue: aᵀb, ½ aᵀb·aᵀb's transpose, and the column sums of a ∘ (b gathered to a's width). */
export function sumProgram(p: number, q: number): RawProgram {
  return rawProgram({
    sampleInputs: [p, q],
    sampleOutputs: [p],
    vectorOutputs: [p * q + 2 + p, p * p],
    slots: [p, p],
    constants: [0.5],
    outputs: [
      [1, 0, 0, 2],
      [1, 0, p * q + 2, 6],
      [1, 1, 0, 8],
      [0, 0, 0, 5],
    ],
    values: [
      samples(op.sampleInput, [], p, own, [0]),
      samples(op.sampleInput, [], q, own, [1]),
      fixed(op.matmul, [0, 1], p, q, [1, 0]),
      samples(
        op.gather,
        [1],
        p,
        0,
        Array.from({ length: p }, (_, i) => (i < q ? i : -1)),
      ),
      samples(op.mul, [0, 3], p, 0),
      samples(op.add, [4, 0], p, 1),
      fixed(op.sumSamples, [4], 1, p),
      fixed(op.scale, [2], p, q, [0]),
      fixed(op.matmul, [7, 2], p, p, [0, 1]),
    ],
  });
}

/** Reproducible numbers in (−1, 1). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 4294967296) * 2 - 1;
  };
}

export function randomArray(length: number, next: () => number): Float64Array {
  return Float64Array.from({ length }, next);
}

/** Bit for bit, NaN and the sign of zero included; far faster than a deep comparison. */
export function sameBits(a: readonly Float64Array[], b: readonly Float64Array[]): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: Float64Array) => new Uint8Array(buffer, byteOffset, byteLength);
  return a.length === b.length && a.every((array, i) => Buffer.compare(bytes(array), bytes(b[i])) === 0);
}
