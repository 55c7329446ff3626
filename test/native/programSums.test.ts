import t from 'tap';
import { loadNative } from '../../lib/binding.js';
import { denseProgram, encodeRaw, numbers, randomArray, sameBits, sumProgram } from './support/rawProgram.js';

const native = loadNative();
const [p, q] = [40, 30];

/** (p × q) aᵀb, the column sums of a ∘ b, ½ (aᵀb)(aᵀb)ᵀ: plain loops. */
function expectedSums(N: number, a: Float64Array, b: Float64Array) {
  const product = new Float64Array(p * q);
  const sums = new Float64Array(p);
  for (let n = 0; n < N; n++) {
    for (let i = 0; i < p; i++) {
      if (i < q) sums[i] += a[n * p + i] * b[n * q + i];
      for (let j = 0; j < q; j++) product[i * q + j] += a[n * p + i] * b[n * q + j];
    }
  }
  const square = new Float64Array(p * p);
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < p; j++) {
      for (let k = 0; k < q; k++) square[i * p + j] += 0.5 * product[i * q + k] * product[j * q + k];
    }
  }
  return { product, sums, square };
}

function largestError(actual: Float64Array, expected: Float64Array): number {
  const scale = expected.reduce((m, x) => Math.max(m, Math.abs(x)), 1);
  return actual.reduce((worst, x, i) => Math.max(worst, Math.abs(x - expected[i]) / scale), 0);
}

const sums = new native.Program(encodeRaw(sumProgram(p, q)));

// From one tile of samples up to several tiles in each of the 32 groups.
for (const N of [0, 1, 7, 1000, 5000, 30000]) {
  t.test(`sums over ${N} samples, with the same bits for any number of threads`, async (t) => {
    const next = numbers(N + 1);
    const [a, b] = [randomArray(N * p, next), randomArray(N * q, next)];
    const { samples, vectors } = sums.run(N, [a, b], [], 1).sync();
    const { product, sums: columnSums, square } = expectedSums(N, a, b);
    t.ok(largestError(vectors[0].subarray(0, p * q), product) < 1e-13);
    t.ok(largestError(vectors[0].subarray(p * q + 2), columnSums) < 1e-13);
    t.ok(largestError(vectors[1], square) < 1e-12);
    t.same(vectors[0].subarray(p * q, p * q + 2), Float64Array.of(0, 0), 'zero between the entries');
    const shown = a.map((x, i) => (i % p < q ? x * b[Math.floor(i / p) * q + (i % p)] : 0) + x);
    t.ok(largestError(samples[0], shown) < 1e-15);
    for (const threads of [2, 4]) {
      const again = sums.run(N, [a, b], [], threads).sync();
      t.ok(sameBits(again.samples, samples) && sameBits(again.vectors, vectors), `${threads} threads`);
    }
    const again = await sums.run(N, [a, b], [], 2).async();
    t.ok(sameBits(again.samples, samples) && sameBits(again.vectors, vectors), 'asynchronously');
  });
}

t.test('a forward pass has the same bits for any number of threads', (t) => {
  const [N, d, k] = [5003, 32, 24];
  const program = new native.Program(encodeRaw(denseProgram(d, k)));
  const next = numbers(3);
  const [Y, theta] = [randomArray(N * d, next), randomArray(d * k + k, next)];
  const { samples } = program.run(N, [Y], [theta], 1).sync();
  for (const threads of [2, 4, 16]) t.ok(sameBits(program.run(N, [Y], [theta], threads).sync().samples, samples));
  t.end();
});
