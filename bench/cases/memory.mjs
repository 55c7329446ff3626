/**
 * The same training with stored and with recomputed derivatives, in turns. Argument: repetitions. Prints one JSON line: what
 * each holds at most, in bytes, and its processor seconds a work unit.
 */
import { antisymmetricDense, dense, gnvpro, Random, residual, sequential, tanh, train } from '../../dist/index.js';

const repetitions = Number(process.argv[2] ?? 3);
const [N, d, t] = [20000, 10, 3];
const random = new Random(3);
const inputs = { data: Float64Array.from({ length: N * d }, () => random.normal()), shape: [N, d] };
const targets = {
  data: Float64Array.from({ length: N * t }, (_, i) => Math.sin(inputs.data[Math.floor(i / t) * d + (i % t)])),
  shape: [N, t],
};
const networks = {
  '10 → dense(32), tanh → 32': sequential([dense(32), tanh()]),
  '10 → dense(32), tanh, 4 steps of RK4 → 32': sequential([
    dense(32),
    tanh(),
    residual(antisymmetricDense(), { integrator: 'rk4', steps: 4, nodes: 5 }),
  ]),
};

const rows = [];
for (const [name, network] of Object.entries(networks)) {
  const options = { network, inputs, targets, threads: 1, optimizer: gnvpro({ linearSolver: 'krylov' }) };
  const stored = [];
  const recomputed = [];
  for (let i = 0; i < repetitions; i++) {
    stored.push(await measured(options));
    recomputed.push(await measured({ ...options, memoryLimit: stored[0].estimatedBytes - 1 }));
  }
  rows.push({ name, stored: summary(stored), recomputed: summary(recomputed) });
}
console.log(JSON.stringify(rows));

async function measured(options) {
  const before = process.cpuUsage();
  const { report, model } = await train({ ...options, stop: { iterations: 3 }, seed: 1 });
  const { user, system } = process.cpuUsage(before);
  model.dispose();
  const [{ derivatives, costOfProducts, estimatedBytes }] = report.levels;
  const { memoryBytes, workUnits } = report;
  return { derivatives, costOfProducts, estimatedBytes, memoryBytes, seconds: (user + system) / 1e6 / workUnits };
}

function summary(runs) {
  const seconds = runs.map((run) => run.seconds).sort((a, b) => a - b);
  return { ...runs[0], seconds: seconds[seconds.length >> 1] };
}
