import { test } from 'tap';
import { Network } from '../../lib/network/network.js';
import { limitsOf } from '../../lib/program/budget.js';
import { ProgramBuilder } from '../../lib/program/builder.js';
import { encode } from '../../lib/program/encode.js';
import type { Program } from '../../lib/program/program.js';
import { deserialize, serialize } from '../../lib/program/serialize.js';
import { fixed, samples } from '../../lib/program/shape.js';
import { smallNetwork } from '../support/models.js';
import { programsOf } from './networks.js';

const limits = limitsOf(2 ** 20);

function throughText(program: Program): Program {
  const { json, constants } = serialize(program);
  return deserialize(JSON.parse(JSON.stringify(json)), constants, limits);
}

test('every program of a network comes back as it was', async (t) => {
  for (const program of Object.values(programsOf(new Network(smallNetwork(), 3).programs))) {
    t.strictSame(throughText(program), program, program.name);
    t.strictSame(encode(throughText(program)), encode(program), `${program.name}, encoded`);
  }
});

/** Every operation once. */
function everything(): Program {
  const b = new ProgramBuilder('everything');
  const x = b.sampleInput(b.declareSamples('x', 2));
  const vector = b.declareVector('v', 4);
  const row = b.vectorInput(vector, 1, 1, 2);
  const smooth = { kind: 'smoothRelu', parameter: 0.3 } as const;
  const y = b.unary(b.addRow(b.mulRow(x, row), b.constant(1, 2, [-1, 0.1])), smooth);
  const slope = b.unaryDerivative(x, y, smooth);
  const z = b.add(b.sub(b.mul(slope, y), b.scale(x, 1 / 3)), b.broadcastRow(row));
  const wide = b.concat([z, b.gather(y, [1, -1, 0], samples(3)), b.outer(x, z)]);
  b.declareSampleOutput('wide', b.scatter(wide, [0, 1, 2, 0, 1, 2, -1, 2, 1], samples(3)));
  const index = b.declareVectorOutput('sums', 6);
  b.writeVector(index, 4, b.sumSamples(y));
  b.writeVector(index, 0, b.gather(b.matmul(x, y, { ta: true }), [3, 2, 1, 0], fixed(1, 4)));
  return b.build();
}

test('every operation and attribute', async (t) => {
  const program = everything();
  t.equal(new Set(program.instructions.map(({ op }) => op)).size, 18);
  t.strictSame(throughText(program), program);
});

test('real numbers keep their bits', async (t) => {
  const values = [-0, 5e-324, Number.MAX_VALUE, Number.NaN, Number.POSITIVE_INFINITY, 0.1];
  const b = new ProgramBuilder('numbers');
  const x = b.sampleInput(b.declareSamples('x', 6));
  b.declareSampleOutput('y', b.scale(b.addRow(x, b.constant(1, 6, values)), -0));
  t.strictSame(throughText(b.build()), b.build());
  t.ok(Object.is(serialize(b.build()).constants[0], -0));
});

test('refusals name the instruction', async (t) => {
  const { json, constants } = serialize(everything());
  const [first] = (json as { instructions: object[] }).instructions;
  t.throws(() => deserialize({ ...(json as object), instructions: [first, first] }, constants, limits), {
    code: 'ERR_PROGRAM',
    message: 'The stored program is not valid: instruction 1 (sampleInput) repeats instruction 0.',
  });
  t.throws(() => deserialize('program', constants, limits), {
    code: 'ERR_PROGRAM',
    message: /the program is "program"/,
  });
});
