/**
 * The paper's experiment on the genuine CDR data: its network and start, raw data, three levels, 20 Krylov vectors.
 * Arguments: seed of the split, α, Jacobian. Prints one JSON line.
 */
import { antisymmetricDense, dense, gnvpro, readMatrix, residual, sequential, tanh, train } from '../../dist/index.js';
import { loadCdr } from '../cdr.mjs';

const [seed, alpha] = process.argv.slice(2, 4).map(Number);
const jacobian = process.argv[4];
const { training, test } = await loadCdr(seed);
const block = residual(antisymmetricDense(), { integrator: 'rk4', time: 1, steps: 1, nodes: 2, refine: 'nodes' });
const { model, report } = await train({
  network: sequential([dense(8, { bias: false }), tanh(), block]),
  ...training,
  scaling: { inputs: 'none', targets: 'none' },
  initialize: (await readMatrix(`${process.env.GNVPRO_ORACLE_DIR}/run_cdr_gnvpro/th0.npy`)).data,
  optimizer: gnvpro({ jacobian, linearSolver: 'krylov', preconditioner: 'none' }),
  regularization: { theta: alpha, W: alpha },
  levels: 3,
  stop: { workUnits: 200, gradient: 0, objective: 0 },
  threads: 1,
});
const { relativeError } = await model.evaluate(test.inputs, test.targets);
const units = report.levels.map((level) => level.workUnits);
console.log(
  JSON.stringify({ test: relativeError.mean, units, seconds: report.seconds, objective: report.best.objective }),
);
