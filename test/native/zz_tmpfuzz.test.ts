import t from 'tap';
import { loadNative } from '../../lib/binding.js';
import {
  denseProgram,
  direct,
  encodeRaw,
  fixed,
  op,
  own,
  rawProgram,
  samples,
  sumProgram,
} from './support/rawProgram.js';

const native = loadNative();

/** One value of most opcodes. */
const mixed = rawProgram({
  sampleInputs: [3, 2],
  vectorInputs: [9],
  sampleOutputs: [4, 6],
  vectorOutputs: [7],
  slots: [3, 6, 5],
  constants: [0.5, 2, 3, 4],
  outputs: [
    [0, 0, 0, 11],
    [0, 1, 0, 12],
    [1, 0, 0, 14],
    [1, 0, 3, 3],
  ],
  values: [
    samples(op.sampleInput, [], 3, own, [0]),
    samples(op.sampleInput, [], 2, own, [1]),
    fixed(op.vectorInput, [], 1, 3, [0, 2]),
    fixed(op.constant, [], 2, 2, [0]),
    samples(op.mulRow, [0, 2], 3, 0),
    samples(op.unary, [4], 3, 0, [3, 0]),
    samples(op.concat, [5, 1], 5, 2),
    samples(op.matmul, [1, 3], 2, 1, [0, 1]),
    samples(op.broadcastRow, [2], 3, 0),
    samples(op.add, [8, 0], 3, 0),
    samples(op.unaryDerivative, [9, 0], 3, 0, [0, -1]),
    samples(op.scatter, [6], 4, direct(0), [0, 1, -1, 3, 3]),
    samples(op.outer, [10, 7], 6, direct(1)),
    fixed(op.sumSamples, [12], 1, 6),
    fixed(op.gather, [13], 3, 1, [5, -1, 2]),
  ],
});

/** A generator of 32-bit words from a seed (xorshift). */
function words(seed: number): () => number {
  let x = seed | 0 || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

function mutate(code: number[], next: () => number): void {
  const at = next() % code.length;
  switch (next() % 8) {
    case 0:
      code[at] = next() | 0;
      break;
    case 1:
      code[at] = [-(2 ** 31), 2 ** 31 - 1, -1, -2, 0, 1, 2 ** 24][next() % 7];
      break;
    case 2:
      code.splice(at, 1 + (next() % 3));
      break;
    case 3:
      code.splice(at, 0, next() % 8);
      break;
    case 4:
      code[at] = code[next() % code.length];
      break;
    default:
      code[at] += (next() % 7) - 3;
  }
}

/** Runs an accepted program on arrays as long as it declares them, unless those would be huge. */
function run(code: number[], constants: Float64Array): boolean {
  const program = new native.Program({ code: Int32Array.from(code), constants });
  const [, , , A, B] = code;
  const [columns, lengths] = [code.slice(9, 9 + A), code.slice(9 + A, 9 + A + B)];
  if (code.some((word) => word > 1e5)) return false;
  const N = 131;
  const arrays = columns.map((cols) => new Float64Array(N * cols).fill(0.5));
  const vectors = lengths.map((length) => new Float64Array(length).fill(0.25));
  program.runSync(N, arrays, vectors, 2);
  return true;
}

t.test('mutated programs are refused or run, and never crash', (t) => {
  const seeds = [mixed, denseProgram(5, 3), sumProgram(4, 3)].map(encodeRaw);
  for (const { code, constants } of seeds) t.ok(run([...code], constants), 'the program itself is accepted');
  const next = words(4242);
  let refused = 0;
  let ran = 0;
  for (let i = 0; i < 60000; i++) {
    const { code, constants } = seeds[i % seeds.length];
    const mutated = [...code];
    for (let n = next() % 3; n >= 0; n--) mutate(mutated, next);
    try {
      if (run(mutated, constants)) ran++;
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_PROGRAM') throw error;
      refused++;
    }
  }
  t.ok(refused > 1500, `${refused} refused`);
  t.ok(ran > 50, `${ran} accepted and run`);
  t.end();
});
