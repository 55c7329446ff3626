/**
 * A classifier by the method on all samples, on nested parts or batches of them, or by ADAM, with some processor seconds
 * for each. Arguments: data, method, seed. Prints one JSON line: what it had after shares of them.
 */
import { adam, dense, gnvpro, sequence, train } from '../../dist/index.js';
import { loaders, recipes } from '../classification.mjs';

const [name, method, seed = '0'] = process.argv.slice(2);
const { training, validation, test } = await loaders[name](seed);
const { width, jacobian, options: recipe } = recipes[name];
const { nested, ...common } = recipe;
const space = { jacobian, linearSolver: 'krylov' };
const [samples] = training.inputs.shape;
const size = samples / 4;
const methods = {
  'gnvpro, all samples': gnvpro(space),
  'gnvpro, nested parts': gnvpro(space),
  'gnvpro, batches': gnvpro({ ...space, batches: { size, epochs: 100 } }),
  'gnvpro, batches, then all': sequence([
    { optimizer: gnvpro({ ...space, batches: { size, epochs: 1 } }) },
    { optimizer: gnvpro(space) },
  ]),
  'ADAM, 1e-3': adam({ learningRate: 1e-3 }),
  'ADAM, 3e-3': adam({ learningRate: 3e-3 }),
  'ADAM, 1e-2': adam({ learningRate: 1e-2 }),
};
const budget = { mnist: 8, jasper: 1 }[name];
const shares = [0.25, 0.5, 1];

const begin = process.cpuUsage();
const at = [];
const cpuSeconds = () => {
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1e6;
};
const { model, report } = await train({
  network: dense(width, { activation: 'tanh' }),
  loss: 'crossEntropy',
  ...training,
  validation,
  validationMetric: 'errorRate',
  ...common,
  ...(method.includes('nested') && { nested: nested ?? [{ samples: size, iterations: 4 }] }),
  optimizer: methods[method],
  stop: { patience: Number.POSITIVE_INFINITY, workUnits: Number.POSITIVE_INFINITY, objective: 1e-5 },
  onIteration: (record) => {
    const seconds = cpuSeconds();
    if (record.samples === samples) at.push({ ...record, seconds });
    return seconds < budget;
  },
  seed: Number(seed),
  threads: 1,
});
const { accuracy } = await model.evaluate(test.inputs, test.targets);
/** The best until then, on all samples. */
const until = (share) => {
  const some = at.filter(({ seconds }) => seconds <= share * budget);
  const least = (of) => Math.min(...some.map(of));
  return { validation: least(({ validation }) => validation ?? 1), objective: least(({ objective }) => objective) };
};
const { workUnits, memoryBytes } = report;
console.log(JSON.stringify({ accuracy, workUnits, memoryBytes, until: shares.map(until) }));
