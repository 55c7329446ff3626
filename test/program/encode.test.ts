/** @file The wire format, read back word by word. */
import t from 'tap';
import { type EncodedProgram, encode, formatVersion } from '../../lib/program/encode.js';
import { unaryKinds } from '../../lib/program/functions.js';
import type { Instruction, Program } from '../../lib/program/program.js';
import { schedule } from '../../lib/program/schedule.js';
import { fixed, type Shape, samples } from '../../lib/program/shape.js';
import { programsOfNetworks } from './networks.js';

const operations = [
  'sampleInput',
  'vectorInput',
  'constant',
  'matmul',
  'add',
  'sub',
  'mul',
  'scale',
  'addRow',
  'mulRow',
  'broadcastRow',
  'sumSamples',
  'unary',
  'unaryDerivative',
  'concat',
  'gather',
  'scatter',
  'outer',
] as const;

/** A reader of the format, written from its description. */
function decode({ code, constants }: EncodedProgram) {
  let position = 0;
  const next = () => {
    if (position >= code.length) throw new Error('the code ends too early');
    return code[position++];
  };
  const list = <T>(count: number, read: () => T) => Array.from({ length: count }, read);
  const [version, values, instructionCount, A, B, X, Y, S, O] = list(9, next);
  const header = {
    version,
    sampleInputs: list(A, next),
    vectorInputs: list(B, next),
    sampleOutputs: list(X, next),
    vectorOutputs: list(Y, next),
    slots: list(S, next),
    outputs: list(O, () => list(4, next)),
  };
  const records = list(values, () => list(4, next));
  const shapes = records.map(([kind, rows, cols]): Shape => (kind === 1 ? samples(cols) : fixed(rows, cols)));
  const instructions = list(instructionCount, () => ({
    opcode: next(),
    operands: list(next(), next),
    attributes: list(next(), next),
  }));
  if (position !== code.length) throw new Error('words are left over');
  const decoded = instructions.map(({ opcode, operands, attributes }, id) => ({
    op: operations[opcode],
    operands,
    attributes: readAttributes(operations[opcode], attributes, constants, shapes[id]),
    shape: shapes[id],
  }));
  return { ...header, storage: records.map((record) => record[3]), instructions: decoded as unknown as Instruction[] };
}

function readAttributes(
  op: (typeof operations)[number],
  words: number[],
  constants: Float64Array,
  shape: Shape,
): object {
  const [first, second] = words;
  const flags = { ta: first === 1, tb: second === 1 };
  switch (op) {
    case 'sampleInput':
      return { array: first };
    case 'vectorInput':
      return { vector: first, offset: second };
    case 'constant': {
      const length = shape.kind === 'fixed' ? shape.rows * shape.cols : 0;
      return { values: constants.slice(first, first + length) };
    }
    case 'matmul':
      return flags;
    case 'scale':
      return { factor: constants[first] };
    case 'unary':
    case 'unaryDerivative':
      return { kind: unaryKinds[first], parameter: second === -1 ? null : constants[second] };
    case 'gather':
    case 'scatter':
      return { indices: Int32Array.from(words) };
    default:
      return {};
  }
}

function outputWords(program: Program): number[][] {
  return program.outputs.map((output) =>
    output.kind === 'vector' ? [1, output.index, output.offset, output.value] : [0, output.index, 0, output.value],
  );
}

for (const { name, program } of programsOfNetworks()) {
  t.test(name, async (t) => {
    const decoded = decode(encode(program));
    t.equal(decoded.version, formatVersion);
    t.same(
      decoded.sampleInputs,
      program.sampleInputs.map(({ cols }) => cols),
    );
    t.same(
      decoded.vectorInputs,
      program.vectorInputs.map(({ length }) => length),
    );
    t.same(
      decoded.sampleOutputs,
      program.sampleOutputs.map(({ cols }) => cols),
    );
    t.same(
      decoded.vectorOutputs,
      program.vectorOutputs.map(({ length }) => length),
    );
    t.same(decoded.outputs, outputWords(program));
    t.same(decoded.instructions, program.instructions);
    const { storage, slotColumns } = schedule(program);
    t.same(decoded.storage, [...storage]);
    t.same(decoded.slots, slotColumns);
  });
}
