/** @file The records of both sides describe the same operations. */
import t from 'tap';
import { loadNative } from '../../lib/binding.js';
import { indices } from '../../lib/program/attributes.js';
import { functionOf, unaryKinds } from '../../lib/program/functions.js';
import { codecs, type Op, opcodes, primitives } from '../../lib/program/primitives.js';

const native = loadNative().instructionSet();
const ops = Object.keys(primitives) as Op[];

t.test('operations', async (t) => {
  const ofTypeScript = ops.map((op) => {
    const { operands, inPlace = false, run } = primitives[op];
    const attributes = codecs[op];
    return {
      name: op,
      operands: operands === 'some' ? -1 : operands,
      attributes: attributes.some(([, codec]) => codec === indices) ? -1 : attributes.length,
      inPlace,
      computes: run !== undefined,
    };
  });
  t.same(ofTypeScript, native.operations);
  t.same(
    native.operations.map(({ name }) => opcodes[name as Op]),
    native.operations.map((_, opcode) => opcode),
  );
});

t.test('elementwise functions', async (t) => {
  const ofTypeScript = unaryKinds.map((name) => ({ name, parameter: functionOf(name).parameter ?? false }));
  t.same(ofTypeScript, native.functions);
});
