// Many samples: the first iterations on batches of them, the last ones on all. Argument: the number of samples.
import { dense, gnvpro, Random, sequence, sequential, tanh, train } from 'gnvpro';
import { heading, table } from './support/table.mjs';

heading('Batches for many samples');
const samples = Number(process.argv[2] ?? 40_000);
const random = new Random(4);
const inputs = Array.from({ length: samples }, () => [1, 2, 3, 4].map(() => random.uniform(-1, 1)));
const targets = inputs.map(([x, y, z, u]) => [
  Math.sin(3 * x * y) + z * u + 0.2 * random.normal(),
  Math.exp(-2 * (x - u) ** 2) + 0.2 * random.normal(),
]);

const method = { linearSolver: 'krylov' };
const onBatches = gnvpro({ ...method, batches: { size: samples / 10, iterations: 3, epochs: 1 } });
const optimizers = {
  'on all samples': gnvpro(method),
  'an epoch of batches, then all': sequence([{ optimizer: onBatches }, { optimizer: gnvpro(method) }]),
};

const rows = [];
for (const [name, optimizer] of Object.entries(optimizers)) {
  const { report } = await train({
    network: sequential([dense(16), tanh()]),
    inputs,
    targets,
    validation: 0.2,
    optimizer,
    stop: { workUnits: 200 },
    seed: 2,
  });
  const reached = (units) =>
    report.iterations
      .filter(({ workUnits, validation }) => workUnits <= units && validation !== null)
      .reduce((best, { validation }) => Math.min(best, validation), Infinity);
  rows.push([name, [60, 100, 200].map((units) => reached(units).toFixed(4)).join('   ')]);
}
console.log('Least error on validation samples after so many work units\n');
table([['', '60       100      200'], ...rows]);
