/**
 * What a checkpoint of 100,000 weights costs: its size, the time of encoding, writing and reading it, and of the copy that
 * is made between two iterations, beside the time of an iteration. Arguments: method. Prints one JSON line; times in
 * milliseconds.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeAtomically } from '../../dist/files/atomic.js';
import { adam, dense, gnvpro, lbfgs, Random, sequential, tanh, train } from '../../dist/index.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../dist/train/checkpoint/file.js';

const methods = { gnvpro: gnvpro({ linearSolver: 'krylov' }), lbfgs: lbfgs(), adam: adam({ batchSize: 100 }) };
const [name = 'gnvpro'] = process.argv.slice(2);
const random = new Random(1);
const folder = mkdtempSync(join(tmpdir(), 'gnvpro-'));
const path = join(folder, 'checkpoint');

const normals = (rows, cols) => ({
  data: Float64Array.from({ length: rows * cols }, () => random.normal()),
  shape: [rows, cols],
});
const options = {
  inputs: normals(2000, 100),
  targets: normals(2000, 10),
  network: sequential([dense(260), tanh(), dense(283), tanh()]),
  optimizer: methods[name],
  stop: { gradient: 0, objective: 0, step: 0 },
};

const { report } = await train({
  ...options,
  checkpoint: { path, seconds: 1e9 },
  onIteration: ({ iteration }) => iteration < 22, // with all pairs, and somebody ends it
});

const bytes = readFileSync(path);
const timed = async (action) => {
  const times = [];
  for (let k = 0; k < 7; k++) {
    const begin = performance.now();
    await action();
    times.push(performance.now() - begin);
  }
  return times.sort((a, b) => a - b)[3];
};
const stored = decodeCheckpoint(bytes);
const result = {
  method: name,
  weights: report.levels[0].weights,
  bytes: bytes.length,
  encode: await timed(() => encodeCheckpoint(stored)),
  write: await timed(() => writeAtomically(path, bytes)),
  decode: await timed(() => decodeCheckpoint(bytes)),
  copy: await timed(() => structuredClone(stored.checkpoint.standing.memory)),
  iteration: (1000 * report.seconds) / report.iterations.length,
};
rmSync(folder, { recursive: true });
console.log(JSON.stringify(result));
