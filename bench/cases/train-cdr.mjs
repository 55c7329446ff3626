/**
 * One training on the genuine CDR data. Arguments: method, network (bottleneck-width), seed of the split. The test error
 * is that of the point best on validation so far; evaluating it is not timed. Prints one JSON line.
 */
import { concat, dense, gnvpro, identity, lbfgs, sequential, tanh, train } from '../../dist/index.js';
import { loadCdr } from '../cdr.mjs';

const [method, sizes, seed] = process.argv.slice(2);
const [bottleneck, width] = sizes.split('-').map(Number);
const goals = [0.005, 0.002, 0.0015, 0.0012];

const { training, validation, test } = await loadCdr(seed);

const trustRegion = { initialRadius: 2, grow: 2.5 };
const krylov = { jacobian: 'kaufman', linearSolver: 'krylov', trustRegion };
const assembled = { jacobian: 'kaufman', linearSolver: 'dense', trustRegion };
const optimizers = {
  dense: gnvpro(assembled),
  'dense-truncated': gnvpro({ ...assembled, dense: { rankTolerance: 1e-3 } }),
  'krylov-plain': gnvpro({ ...krylov, preconditioner: 'none' }),
  'krylov-pairs': gnvpro(krylov),
  lbfgs: lbfgs(),
};
const network = sequential([
  dense(bottleneck),
  concat([sequential([dense(width, { initializer: 'lecun' }), tanh()]), identity()]),
]);
const options = {
  network,
  ...training,
  validation,
  validationMetric: 'relativeError',
  optimizer: optimizers[method],
  initialize: 'svd',
  scaling: { inputs: 'standardize' },
  regularization: { theta: 2e-8, W: 1e-8 },
  seed: Number(seed),
  threads: 1,
};

const rules = {
  workUnits: Number(process.argv[5] ?? 4000),
  patience: Number.POSITIVE_INFINITY,
  objective: 0,
  gradient: 0,
};

await train({ ...options, stop: { iterations: 2 } });
const { report } = await train({ ...options, stop: rules });
// The iterates do not depend on the validation data: the same training validated on the test data judges each of them.
const judged = await train({ ...options, validation: test, stop: rules });

const seconds = goals.map(() => null);
let [best, testError, bestSeconds] = [Number.POSITIVE_INFINITY, null, null];
report.iterations.forEach((record, i) => {
  if (record.validation === null || record.validation >= best) return;
  best = record.validation;
  testError = judged.report.iterations[i].validation;
  bestSeconds = record.seconds;
  goals.forEach((goal, k) => {
    if (testError <= goal) seconds[k] ??= record.seconds;
  });
});
console.log(JSON.stringify({ test: testError, bestSeconds, workUnits: report.workUnits, seconds, stop: report.stop }));
