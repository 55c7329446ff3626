/** @file Running programs: elementwise functions at their ends, outputs, argument errors, prediction. */
import t from 'tap';
import { jsBackend } from '../../../lib/backend/js/backend.js';
import { convexLoss } from '../../../lib/backend/js/convexLoss.js';
import { nativeBackend } from '../../../lib/backend/native.js';
import { matrix } from '../../../lib/linalg/matrix.js';
import { crossEntropy } from '../../../lib/loss/crossEntropy.js';
import { tanh } from '../../../lib/network/activation.js';
import { dense } from '../../../lib/network/dense.js';
import { Network } from '../../../lib/network/network.js';
import { sequential } from '../../../lib/network/sequential.js';
import { ProgramBuilder } from '../../../lib/program/builder.js';
import { functionOf, unaryKinds } from '../../../lib/program/functions.js';
import type { Program } from '../../../lib/program/program.js';
import { fixed, samples } from '../../../lib/program/shape.js';
import { Random } from '../../../lib/random.js';
import { normals } from '../../support/numbers.js';
import { relativeError } from '../../support/reference.js';

t.test('elementwise functions at their ends', async (t) => {
  const eta = 0.5;
  const at = (kind: (typeof unaryKinds)[number], x: number) => {
    const value = functionOf(kind).value(x, eta);
    return [value, functionOf(kind).derivative(x, value, eta)];
  };
  for (const kind of unaryKinds) t.same(at(kind, Number.NaN), [Number.NaN, Number.NaN], `${kind} keeps NaN`);
  for (const [kind, low, high] of [
    ['tanh', [-1, 0], [1, 0]],
    ['sigmoid', [0, 0], [1, 0]],
    ['relu', [0, 0], [Infinity, 1]],
    ['smoothRelu', [0, 0], [Infinity, 1]],
    ['softplus', [0, 0], [Infinity, 1]],
  ] as const) {
    t.same(at(kind, -Infinity), low, `${kind}(−∞)`);
    t.same(at(kind, Infinity), high, `${kind}(∞)`);
    t.ok(at(kind, -800).every(Number.isFinite) && at(kind, 800).every(Number.isFinite), `${kind}(±800)`);
  }
  t.same(at('relu', 0), [0, 1]);
  t.same(at('relu', -0), [-0, 1]);
  t.same(at('smoothRelu', eta), [eta, 1]);
  t.same(at('smoothRelu', -eta), [0, 0]);
  t.same(at('smoothRelu', 0), [eta / 4, 0.5]);
  t.same(at('inverseSqrt', 0.25), [2, -4]);
  t.same(at('inverseSqrt', Infinity), [0, -0]);
  t.same(at('inverseSqrt', -1), [Number.NaN, Number.NaN]);
  // Small results keep their digits: e^−40 = 4.248354255291589e-18.
  t.ok(relativeError(at('softplus', -40), [4.248354255291589e-18, 4.248354255291589e-18]) < 1e-15);
  t.ok(relativeError(at('sigmoid', -40), [4.248354255291589e-18, 4.248354255291589e-18]) < 1e-15);
  t.ok(relativeError(at('softplus', 0), [Math.LN2, 0.5]) < 1e-15);
  t.ok(relativeError(at('sine', 1), [Math.sin(1), Math.cos(1)]) < 1e-15);
});

/** Every operation once, sums over samples and what is made of them included. */
function everything(): Program {
  const b = new ProgramBuilder('everything');
  const x = b.sampleInput(b.declareSamples('x', 3));
  const y = b.sampleInput(b.declareSamples('y', 3));
  const p = b.declareVector('p', 20);
  const K = b.vectorInput(p, 2, 3, 4);
  const row = b.vectorInput(p, 14, 1, 3);
  const c = b.constant(
    3,
    4,
    Array.from({ length: 12 }, (_, i) => i / 10),
  );
  const product = b.matmul(x, b.sub(K, c));
  const back = b.matmul(product, K, { tb: true });
  const sum = b.add(b.mul(back, y), b.scale(b.addRow(x, row), -0.3));
  const sigma = b.unary(sum, { kind: 'smoothRelu', parameter: 0.2 });
  const slope = b.unaryDerivative(sum, sigma, { kind: 'smoothRelu', parameter: 0.2 });
  const wide = b.concat([b.mulRow(sigma, row), slope, b.broadcastRow(row)]);
  const picked = b.gather(wide, [8, -1, 0, 0, 4], samples(5));
  b.declareSampleOutput('wide', wide);
  b.declareSampleOutput('wide again', wide);
  b.declareSampleOutput('x itself', x);
  b.declareSampleOutput('picked', picked);
  b.declareSampleOutput('scattered', b.scatter(picked, [1, 1, -1, 0, 2], samples(4)));
  b.declareSampleOutput('outer', b.outer(picked, y));
  const out = b.declareVectorOutput('out', 60);
  const moments = b.matmul(x, y, { ta: true });
  b.writeVector(out, 1, moments);
  b.writeVector(out, 10, b.sumSamples(picked));
  b.writeVector(out, 15, b.matmul(moments, K));
  b.writeVector(out, 27, b.matmul(K, moments, { ta: true, tb: true }));
  b.writeVector(out, 39, b.gather(K, [11, 0, -1, 3], fixed(2, 2)));
  b.writeVector(out, 43, b.scatter(row, [5, 5, -1], fixed(2, 3)));
  b.writeVector(out, 50, b.matmul(K, K, { tb: true }));
  return b.build();
}

t.test('a program of every operation', async (t) => {
  const program = everything();
  const random = new Random(8);
  for (const count of [1, 6, 700]) {
    const arrays = {
      samples: [normals(random, 3 * count), normals(random, 3 * count)],
      vectors: [normals(random, 20)],
    };
    const runner = jsBackend.prepare(program);
    const js = runner.run(count, arrays).sync();
    t.same(js.samples[0], js.samples[1], 'one value, two outputs');
    t.same(js.samples[2], arrays.samples[0], 'an input as an output');
    js.samples[0].fill(0);
    js.samples[2].fill(0);
    const again = runner.run(count, arrays).sync();
    t.ok(again.samples[0].some((entry) => entry !== 0) && again.samples[2][0] !== 0, 'results are the caller’s own');
    t.equal(again.vectors[0][0], 0, 'what is not written is zero');
    const native = nativeBackend.prepare(program).run(count, arrays, 2).sync();
    again.samples.forEach((array, i) => {
      t.ok(relativeError(native.samples[i], array) < 1e-13, program.sampleOutputs[i].name);
    });
    t.ok(relativeError(native.vectors[0], again.vectors[0]) < 1e-13, 'vectors');
  }
});

t.test('sums and index tables by hand', async (t) => {
  const b = new ProgramBuilder('sums');
  const x = b.sampleInput(b.declareSamples('x', 2));
  const out = b.declareVectorOutput('out', 6);
  b.writeVector(out, 0, b.sumSamples(x));
  b.writeVector(out, 2, b.matmul(x, x, { ta: true }));
  b.declareSampleOutput('gathered', b.gather(x, [1, -1, 1], samples(3)));
  b.declareSampleOutput('scattered', b.scatter(x, [0, 0], samples(2)));
  const runner = jsBackend.prepare(b.build());
  const result = runner.run(2, { samples: [Float64Array.of(1, 2, 3, 4)], vectors: [] }).sync();
  t.same([...result.vectors[0]], [4, 6, 10, 14, 14, 20]);
  t.same([...result.samples[0]], [2, 0, 2, 4, 0, 4]);
  t.same([...result.samples[1]], [3, 0, 7, 0]);
  const other = runner.run(1, { samples: [Float64Array.of(5, 6)], vectors: [] }).sync();
  t.same([...other.vectors[0]], [5, 6, 25, 30, 30, 36], 'with another number of samples');
});

t.test('wrong arrays', async (t) => {
  const { forward } = new Network(dense(2), 3).programs;
  const runner = jsBackend.prepare(forward);
  const [Y, theta] = [new Float64Array(6), new Float64Array(8)];
  const message = /Expected 8 numbers for theta of program "network" but received 7/;
  t.throws(() => runner.run(2, { samples: [Y], vectors: [theta.subarray(1)] }).sync(), {
    code: 'ERR_ARGUMENT',
    message,
  });
  t.throws(() => runner.run(3, { samples: [Y], vectors: [theta] }).sync(), { code: 'ERR_ARGUMENT' });
  t.throws(() => runner.run(2, { samples: [Y], vectors: [] }).sync(), { code: 'ERR_ARGUMENT' });
  await t.rejects(runner.run(2, { samples: [], vectors: [theta] }).async(), { code: 'ERR_ARGUMENT' });
});

t.test('prediction', async (t) => {
  const network = new Network(sequential([dense(4), tanh()]), 3);
  const random = new Random(2);
  const theta = network.initialWeights(1);
  const inputs = normals(random, 15);
  const runner = jsBackend.prepare(network.programs.forward);
  const [Z] = runner.run(5, { samples: [inputs], vectors: [theta] }).sync().samples;
  const options = { targetColumns: 2, bias: true, threads: 1, cancelFlag: new Int32Array(1) };
  const W = normals(random, 10);
  const expected = Float64Array.from({ length: 10 }, (_, i) => {
    const [n, k] = [Math.floor(i / 2), i % 2];
    return [0, 1, 2, 3].reduce((sum, j) => sum + Z[4 * n + j] * W[5 * k + j], W[5 * k + 4]);
  });
  t.ok(relativeError(runner.predict(5, inputs, theta, W, options).sync(), expected) < 1e-14, 'with bias');
  const plain = await runner.predict(5, inputs, theta, W.subarray(0, 8), { ...options, bias: false }).async();
  const withoutBias = [0, 1, 2, 3].reduce((sum, j) => sum + Z[j] * W[j], 0);
  t.ok(Math.abs(plain[0] - withoutBias) < 1e-14, 'without');
  t.throws(() => runner.predict(5, inputs, theta, W.subarray(1), options).sync(), { code: 'ERR_ARGUMENT' });
  const cancelled = { ...options, cancelFlag: Int32Array.of(1) };
  await t.rejects(runner.predict(5, inputs, theta, W, cancelled).async(), { code: 'ERR_ABORTED' });
});

t.test('products of the Hessian at points in turn, which keep what they take from the last point', async (t) => {
  const random = new Random(9);
  const draw = () => matrix(4, 3, normals(random, 12));
  const C = draw();
  const places = [draw(), draw()];
  const vectors = [draw(), draw()];
  const loss = convexLoss(crossEntropy, C, null);
  const curvatures = places.map((S) => loss.at(S).curvature);
  for (const [place, vector] of [0, 0, 1, 1, 0, 1].map((place, i) => [place, i % 2])) {
    const anew = convexLoss(crossEntropy, C, null).at(places[place]).curvature;
    t.same(curvatures[place].times(vectors[vector]), anew.times(vectors[vector]), `point ${place}`);
  }
});
