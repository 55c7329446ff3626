/**
 * One classifier. Arguments: data, method, seed. The second of two equal trainings is timed; test data only judges.
 * Prints one JSON line.
 */
import { dense, gnvpro, lbfgs, sequence, train } from '../../dist/index.js';
import { loaders, recipes } from '../classification.mjs';

const [name, method, seed = '0'] = process.argv.slice(2);
const { training, validation, test } = await loaders[name](seed);
const { width, jacobian, options, iterations } = recipes[name];
const space = {
  jacobian,
  linearSolver: 'krylov',
  krylov: { maxVectors: 6, tolerance: 0.05 },
  trustRegion: { grow: 2.5 },
};
const plain = gnvpro({ ...space, preconditioner: 'none' });
const methods = {
  gnvpro: { optimizer: plain },
  'gnvpro, preconditioned': { optimizer: gnvpro(space) },
  lbfgs: { optimizer: lbfgs(), stop: { iterations: 3 * iterations, patience: 18 } },
  'lbfgs, 12 iterations': { optimizer: lbfgs(), stop: { iterations: 12, patience: 18 } },
  'preconditioned, 0.4 s': { optimizer: gnvpro(space), stop: { seconds: 0.4 } },
  // Where evaluations are cheap beside steps: five iterations for the start, then many small ones.
  'gnvpro, then lbfgs': {
    optimizer: sequence([
      { optimizer: gnvpro(space), stop: { iterations: 5 } },
      { optimizer: lbfgs(), stop: { iterations: 35, patience: 18 } },
    ]),
    stop: { iterations: 3 * iterations, patience: 18 },
  },
  'gnvpro, refit': { optimizer: plain, refit: true },
  'gnvpro, 5 starts, refit': { optimizer: plain, starts: 5, refit: true },
};
const { stop, ...chosen } = methods[method];

const run = () =>
  train({
    network: dense(width, { activation: 'tanh', initializer: { scale: 1 / Math.sqrt(inputsOf()), biasScale: 0.5 } }),
    loss: 'crossEntropy',
    ...training,
    validation,
    ...options,
    ...chosen,
    stop: { iterations, patience: 6, objective: 1e-5, ...stop },
    seed: Number(seed),
    threads: 1,
  });

function inputsOf() {
  const { scaling } = options;
  return scaling.inputs.components ?? training.inputs.shape[1];
}

if (!method.includes('5 starts')) await run();
const before = process.cpuUsage();
const { model, report } = await run();
const { user, system } = process.cpuUsage(before);
const { accuracy: validationAccuracy } = await model.evaluate(validation.inputs, validation.targets);
const { accuracy, calibrationError } = await model.evaluate(test.inputs, test.targets);
const { objective } = report.iterations[report.iterations.length - 1];
const seconds = report.iterations.map((record) => record.seconds);
console.log(
  JSON.stringify({
    accuracy,
    validationAccuracy,
    calibrationError,
    processorSeconds: (user + system) / 1e6,
    seconds: report.seconds,
    workUnits: report.workUnits,
    objective,
    objectives: report.iterations.map((record) => record.objective),
    at: seconds,
    timings: report.timings,
  }),
);
