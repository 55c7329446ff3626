/** @file The words of a program read back: what a verified program means, and what it costs to run. */

import type { EncodedProgram } from '../../../lib/program/encode.js';
import { unaryKinds } from '../../../lib/program/functions.js';
import { codecs, type Op, primitives } from '../../../lib/program/primitives.js';
import type { Instruction, Output, Program } from '../../../lib/program/program.js';
import { fixed, type Shape, samples, size } from '../../../lib/program/shape.js';
import { op as opcodes, type RawProgram, type RawValue } from '../../native/support/rawProgram.js';

/** Of words that the verifier has accepted; others may throw anything. */
export function decodeRaw({ code, constants }: EncodedProgram): RawProgram {
  let position = 0;
  const word = () => code[position++];
  const words = (n: number) => Array.from({ length: n }, word);
  const version = word();
  const [count, , ...lengths] = words(8);
  const [sampleInputs, vectorInputs, sampleOutputs, vectorOutputs, slots] = lengths.slice(0, 5).map(words);
  const outputs = Array.from({ length: lengths[5] }, () => words(4));
  const records = Array.from({ length: count }, () => words(4));
  const values = records.map(([kind, rows, cols, storage]): RawValue => {
    const op = word();
    const operands = words(word());
    return { op, operands, attributes: words(word()), kind, rows, cols, storage };
  });
  return {
    version,
    sampleInputs,
    vectorInputs,
    sampleOutputs,
    vectorOutputs,
    slots,
    outputs,
    values,
    constants: [...constants],
  };
}

const names = Object.keys(opcodes) as Op[];

/** Among the attributes of images. */
const flags = new Set(['periodic', 'bySample']);

/** The program that the words stand for; where its values are stored is of no account. */
export function meaning(raw: RawProgram): Program {
  const { sampleInputs, vectorInputs, sampleOutputs, vectorOutputs, outputs, values } = raw;
  return {
    name: 'words',
    sampleInputs: sampleInputs.map((cols, i) => ({ name: `x${i}`, cols })),
    vectorInputs: vectorInputs.map((length, i) => ({ name: `v${i}`, length })),
    sampleOutputs: sampleOutputs.map((cols, i) => ({ name: `z${i}`, cols })),
    vectorOutputs: vectorOutputs.map((length, i) => ({ name: `g${i}`, length })),
    outputs: outputs.map(
      ([kind, index, offset, value]): Output =>
        kind === 1 ? { kind: 'vector', index, offset, value } : { kind: 'samples', index, value },
    ),
    instructions: values.map(({ op, operands, attributes, kind, rows, cols }) => {
      const shape = kind === 1 ? samples(cols) : fixed(rows, cols);
      return { op: names[op], operands, attributes: attributesOf(raw, names[op], attributes, shape), shape };
    }) as Instruction[],
  };
}

function attributesOf({ constants }: RawProgram, op: Op, words: readonly number[], shape: Shape): object {
  switch (op) {
    case 'sampleInput':
      return { array: words[0] };
    case 'vectorInput':
      return { vector: words[0], offset: words[1] };
    case 'constant':
      return { values: Float64Array.from(constants.slice(words[0], words[0] + size(shape))) };
    case 'matmul':
      return { ta: words[0] === 1, tb: words[1] === 1 };
    case 'scale':
      return { factor: constants[words[0]] };
    case 'unary':
    case 'unaryDerivative':
      // Without a parameter the native functions are given 0, and do not look at it.
      return { kind: unaryKinds[words[0]], parameter: words[1] === -1 ? null : constants[words[1]] };
    case 'conv2d':
    case 'conv2dToInput':
    case 'conv2dToKernel':
    case 'averagePool':
    case 'averagePoolToInput':
    case 'maxPool':
    case 'maxPositions':
    case 'pickPositions':
    case 'spreadPositions':
    case 'sumChannels':
      return Object.fromEntries(codecs[op].map(([name], i) => [name, flags.has(name) ? words[i] === 1 : words[i]]));
    case 'gather':
    case 'scatter':
      return { indices: Int32Array.from(words) };
    default:
      return {};
  }
}

/** Doubles of the arrays and of the scratch memory of a run, and about as many operations, for one sample and in all. */
export function cost(raw: RawProgram): { perSample: number; fixed: number } {
  const sum = (list: readonly number[]) => list.reduce((total, x) => total + x, 0);
  let perSample = 1 + sum(raw.sampleInputs) + sum(raw.sampleOutputs) + sum(raw.slots);
  let fixedSize = sum(raw.vectorInputs) + sum(raw.vectorOutputs);
  for (const value of raw.values) {
    const { op, operands, attributes, kind, rows, cols } = value;
    const a = raw.values[operands[0]];
    const inner = op === opcodes.matmul && !(a.kind === 1 && kind === 0) ? (attributes[0] === 1 ? a.rows : a.cols) : 1;
    if (kind === 1 || a?.kind === 1) perSample += Math.max(1, rows) * cols * Math.max(1, inner);
    else fixedSize += rows * cols * Math.max(1, inner);
    if (kind === 0) fixedSize += 32 * rows * cols; // the groups' sums
    if ('kernelHeight' in primitives[names[op]].attributes) perSample += ofWindows(raw, value);
  }
  return { perSample, fixed: fixedSize };
}

function ofWindows(raw: RawProgram, { op, operands, attributes, kind, rows, cols }: RawValue): number {
  const shapeOf = (value: Pick<RawValue, 'kind' | 'rows' | 'cols'>) =>
    value.kind === 1 ? samples(value.cols) : fixed(value.rows, value.cols);
  const shape = shapeOf({ kind, rows, cols });
  const shapes = operands.map((operand) => shapeOf(raw.values[operand]));
  return primitives[names[op]].flops?.(shape, shapes, attributesOf(raw, names[op], attributes, shape)) ?? 0;
}
