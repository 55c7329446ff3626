/** @file Recording: shapes are checked as layers are applied, equal instructions recorded once, dead ones dropped. */
import t from 'tap';
import { defineLayer } from '../../lib/network/defineLayer.js';
import { dense } from '../../lib/network/dense.js';
import { Network } from '../../lib/network/network.js';
import { sequential } from '../../lib/network/sequential.js';
import { ProgramBuilder } from '../../lib/program/builder.js';
import { eliminateDeadCode } from '../../lib/program/eliminate.js';
import { fixed, samples } from '../../lib/program/shape.js';

function builder() {
  const b = new ProgramBuilder('test');
  const x = b.sampleInput(b.declareSamples('x', 3));
  const p = b.declareVector('p', 12);
  return { b, x, K: b.vectorInput(p, 0, 3, 4), row: b.vectorInput(p, 0, 1, 3) };
}

t.test('shapes', async (t) => {
  const { b, x, K, row } = builder();
  t.same(b.matmul(x, K).shape, samples(4));
  t.same(b.matmul(b.matmul(x, K), K, { tb: true }).shape, samples(3));
  t.same(b.matmul(x, x, { ta: true }).shape, fixed(3, 3));
  t.same(b.matmul(K, K, { ta: true }).shape, fixed(4, 4));
  t.same(b.matmul(K, K, { tb: true }).shape, fixed(3, 3));
  t.same(b.sumSamples(x).shape, fixed(1, 3));
  t.same(b.broadcastRow(row).shape, samples(3));
  t.same(b.concat([x, b.matmul(x, K)]).shape, samples(7));
  t.same(b.outer(x, x).shape, samples(9));
});

t.test('what does not fit', async (t) => {
  const { b, x, K, row } = builder();
  const wrong = (name: string, body: () => unknown, message: RegExp) => {
    t.throws(body, { code: 'ERR_SHAPE', message }, name);
  };
  wrong('inner', () => b.matmul(x, K, { tb: true }), /matmul: expected inner dimensions that agree .* N×3 and 3×4/);
  wrong('fixed inner', () => b.matmul(K, K), /inner dimensions/);
  wrong('samples on the right', () => b.matmul(K, x), /samples on the left/);
  wrong('two samples', () => b.matmul(x, x), /transposed/);
  wrong('add', () => b.add(x, K), /add: expected two arrays of the same shape but received N×3 and 3×4/);
  wrong('addRow', () => b.addRow(b.matmul(x, K), row), /a row 1×c/);
  wrong('mulRow', () => b.mulRow(x, K), /a row 1×c/);
  wrong('broadcastRow', () => b.broadcastRow(K), /a row 1×c/);
  wrong('sumSamples', () => b.sumSamples(K), /samples N×c/);
  wrong('concat', () => b.concat([x, K]), /samples arrays/);
  wrong('outer', () => b.outer(x, K), /two samples arrays/);
  wrong('gather count', () => b.gather(x, [0, 1], samples(3)), /expected 3 indices .* received 2/);
  wrong('gather kind', () => b.gather(x, [0, 1], fixed(1, 2)), /one kind/);
  wrong('gather range', () => b.gather(x, [0, 3], samples(2)), /outside −1 … 2/);
  wrong('scatter range', () => b.scatter(x, [0, 1, -2], samples(2)), /outside −1 … 1/);
  wrong('constant', () => b.constant(2, 2, [1]), /needs 4 values but received 1/);
  wrong('another builder', () => b.add(x, builder().x), /another network/);
});

t.test('a shape error names the layer', async (t) => {
  const broken = defineLayer({ name: 'broken', apply: (b, x) => b.matmul(x, b.constant(1, 1, [2])) });
  const inside = new Network(sequential([dense(4), sequential([broken()])]), 3);
  t.throws(() => inside.trace(), {
    code: 'ERR_SHAPE',
    message: /^Layer sequential › 1: sequential › 0: broken: matmul: expected .* N×4 and 1×1\.$/,
  });
  const promise = defineLayer({ name: 'promisesMore', shape: () => 7, apply: (_, x) => x });
  t.throws(() => new Network(promise(), 3).trace(), { code: 'ERR_SHAPE', message: /promisesMore.*N×7/ });
});

t.test('equal instructions are recorded once', async (t) => {
  const { b, x, K } = builder();
  t.equal(b.matmul(x, K), b.matmul(x, K));
  t.not(b.scale(x, 2), b.scale(x, 3));
  t.equal(b.constant(1, 2, [1, 2]), b.constant(1, 2, [1, 2]));
  t.not(b.constant(1, 2, [1, 2]), b.constant(2, 1, [1, 2]), 'of another shape');
  const tanh = { kind: 'tanh', parameter: null } as const;
  t.not(b.unary(x, tanh), b.unary(x, { kind: 'sine', parameter: null }));
});

t.test('what does nothing is not recorded', async (t) => {
  const { b, x } = builder();
  t.equal(b.scale(x, 1), x);
  t.equal(b.concat([x]), x);
  t.equal(b.gather(x, [0, 1, 2], samples(3)), x);
});

t.test('dead code', async (t) => {
  const { b, x, K } = builder();
  const used = b.matmul(x, K);
  b.scale(b.add(used, used), 3);
  b.sumSamples(x);
  b.declareSampleOutput('z', b.unary(used, { kind: 'tanh', parameter: null }));
  const program = eliminateDeadCode(b.build());
  t.same(
    program.instructions.map(({ op }) => op),
    ['sampleInput', 'vectorInput', 'matmul', 'unary'],
  );
  t.same(program.instructions[3].operands, [2]);
  t.same(program.outputs, [{ kind: 'samples', index: 0, value: 3 }]);
  t.same(eliminateDeadCode(program), program, 'once is enough');
  t.same(program.vectorInputs, [{ name: 'p', length: 12 }], 'inputs stay declared');
});
