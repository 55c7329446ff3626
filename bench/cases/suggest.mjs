/**
 * A surrogate of eight fields of the resistivity survey from random samples, and from 100 random ones and what the models
 * ask for then, in batches. Arguments: seed, samples of a batch. Prints one JSON line: errors by the number of samples.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dense, Random, sequential, suggest, tanh, train } from '../../dist/index.js';
import { generateDcResistivity } from '../../dist/problems/index.js';
import { joined, take } from '../classification.mjs';

const [seed, batch] = [Number(process.argv[2]), Number(process.argv[3])];
const receivers = [88, 100, 218, 348];
const pool = await generateDcResistivity({ samples: 3000, cache: join(tmpdir(), 'gnvpro-bench') });
const box = Object.values(pool.description.ranges);
const all = Array.from({ length: 3000 }, (_, n) => n);
const test = part(pool, all.slice(2500));
const order = new Random(seed).permutation(2500);
const before = process.cpuUsage();

const random = {};
for (const count of [100, 250, 400]) random[count] = (await fit(part(pool, order.slice(0, count)))).error;

const chosen = {};
let samples = part(pool, order.slice(0, 100));
for (let round = 0; ; round++) {
  const [rows] = samples.inputs.shape;
  const { model, error } = await fit(samples);
  chosen[rows] = error;
  const count = Math.min(batch, 250 - rows);
  if (count === 0) break;
  const { inputs } = await suggest(model, { box, candidates: 500, count, seed: 100 * seed + round, threads: 1 });
  samples = joined(samples, part(await generateDcResistivity({ inputs }), all.slice(0, count)));
}
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ random, chosen, cpuSeconds: (user + system) / 1e6 }));

/** The error on the test samples, relative to that of their mean. */
async function fit(training) {
  const network = sequential([dense(36), tanh()]);
  const { model } = await train({ network, ...training, regularization: 'evidence', seed, threads: 1 });
  const { r2 } = await model.evaluate(test.inputs, test.targets);
  return { model, error: Math.sqrt(1 - r2) };
}

/** Ex and Ey of four receivers. */
function part({ inputs, targets }, rows) {
  const columns = receivers.flatMap((receiver) => [receiver, 441 + receiver]);
  const cols = targets.shape[1];
  const data = Float64Array.from(
    Array.from(rows).flatMap((n) => columns.map((column) => targets.data[n * cols + column])),
  );
  return { inputs: take(inputs, rows), targets: { data, shape: [rows.length, columns.length] } };
}
