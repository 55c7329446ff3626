/** GFLOP/s of a 1024 × 1024 × 1024 product by the addon's own matmul instruction on one thread. */
import { nativeBackend } from '../../dist/backend/native.js';
import { ProgramBuilder } from '../../dist/program/builder.js';
import { median } from '../measure.mjs';

const n = 1024;
const b = new ProgramBuilder('product');
const x = b.sampleInput(b.declareSamples('X', n));
const weights = b.vectorInput(b.declareVector('K', n * n), 0, n, n);
b.declareSampleOutput('Y', b.matmul(x, weights));
const runner = nativeBackend.prepare(b.build());
const arrays = { samples: [new Float64Array(n * n).fill(0.5)], vectors: [new Float64Array(n * n).fill(0.25)] };
const seconds = median(() => runner.run(n, arrays, 1).sync(), 2);
console.log(JSON.stringify({ seconds, gflops: (2 * n ** 3) / seconds / 1e9 }));
