/** @file Products with small matrices, of every size about the blocks of the kernels, with each instruction set. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { jsBackend } from '../../lib/backend/js/backend.js';
import { nativeBackend } from '../../lib/backend/native.js';
import { ProgramBuilder } from '../../lib/program/builder.js';
import { encode } from '../../lib/program/encode.js';
import { Random } from '../../lib/random.js';
import { decode } from '../support/fixtures.js';
import { relativeError } from '../support/reference.js';

/** Also of products without columns. */
const errorOf = (actual: Float64Array, expected: Float64Array) =>
  expected.length === 0 ? actual.length : relativeError(actual, expected);

/** X K, U Kᵀ and XᵀU for X N × k, U N × n and K k × n. */
function products(k: number, n: number) {
  const b = new ProgramBuilder('products');
  const [X, U] = [b.sampleInput(b.declareSamples('X', k)), b.sampleInput(b.declareSamples('U', n))];
  const K = b.vectorInput(b.declareVector('K', k * n), 0, k, n);
  b.declareSampleOutput('XK', b.matmul(X, K));
  b.declareSampleOutput('UKt', b.matmul(U, K, { tb: true }));
  b.writeVector(b.declareVectorOutput('XtU', k * n), 0, b.matmul(X, U, { ta: true }));
  return b.build();
}

const random = new Random(5);
const encode64 = (x: Float64Array) => Buffer.from(x.buffer, x.byteOffset, x.byteLength).toString('base64');
const normals = (length: number) => Float64Array.from({ length }, () => random.normal());

const cases = [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 16, 17, 24, 31, 33, 300].flatMap((n) =>
  [1, 6, 7, 20, 65].map((k, i) => {
    const N = [1, 5, 31, 40, 203][(n + i) % 5];
    const program = products(k, n);
    const arrays = { samples: [normals(N * k), normals(N * n)], vectors: [normals(k * n)] };
    const expected = jsBackend.prepare(program).run(N, arrays, 1).sync();
    return { name: `N ${N}, k ${k}, n ${n}`, N, program, arrays, expected: [...expected.samples, ...expected.vectors] };
  }),
);

t.test('the best instruction set', async (t) => {
  for (const { name, N, program, arrays, expected } of cases) {
    const { samples, vectors } = nativeBackend.prepare(program).run(N, arrays, 2).sync();
    [...samples, ...vectors].forEach((actual, i) => {
      t.ok(errorOf(actual, expected[i]) < 1e-14, `${name}: product ${i}`);
    });
  }
});

t.test('of floats', async (t) => {
  for (const { name, N, program, arrays } of cases) {
    const floats = { samples: arrays.samples.map((x) => Float32Array.from(x)), vectors: arrays.vectors };
    const [js, native] = [jsBackend, nativeBackend].map((backend) => {
      const { samples, vectors } = backend.prepare(program).runSingle(N, floats, 2).sync();
      return [...samples.map((x) => Float64Array.from(x)), ...vectors];
    });
    native.forEach((actual, i) => {
      t.ok(errorOf(actual, js[i]) < 1e-14 * 2 ** 29, `${name}: product ${i}`);
    });
  }
});

/** Chosen once a process; the best one where the machine lacks it. */
for (const simd of ['AVX3', 'AVX2', 'SSSE3', 'SSE2']) {
  t.test(simd, async (t) => {
    const input = cases.map(({ N, program, arrays }) => {
      const { code, constants } = encode(program);
      const { samples, vectors } = arrays;
      return {
        N,
        code: [...code],
        constants: [...constants],
        samples: samples.map(encode64),
        vectors: vectors.map(encode64),
      };
    });
    const output = execFileSync(
      process.execPath,
      ['-e', childScript, fileURLToPath(new URL('../..', import.meta.url))],
      {
        input: JSON.stringify(input),
        env: { ...process.env, GNVPRO_SIMD: simd },
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
      },
    );
    const results = JSON.parse(output) as string[][];
    t.equal(results.length, cases.length);
    results.forEach((arrays, at) => {
      const errors = arrays.map((text, i) => errorOf(decode(text), cases[at].expected[i]));
      t.ok(Math.max(...errors) < 1e-14, cases[at].name);
    });
  });
}

const childScript = `
  const native = require('node-gyp-build')(process.argv[1]);
  const decode = (text) => new Float64Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
  const encode = (x) => Buffer.from(x.buffer, x.byteOffset, x.byteLength).toString('base64');
  const results = JSON.parse(require('node:fs').readFileSync(0, 'utf8')).map((one) => {
    const program = new native.Program({ code: Int32Array.from(one.code), constants: Float64Array.from(one.constants) });
    const { samples, vectors } = program.run(one.N, one.samples.map(decode), one.vectors.map(decode), 1).sync();
    return [...samples, ...vectors].map(encode);
  });
  console.log(JSON.stringify(results));
`;
