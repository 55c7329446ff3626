/**
 * One classifier `dense(w), tanh()` and nothing else: with the regularisation by default, by search (both judged on
 * validation data) or by evidence from all these samples. Arguments: data, contender, seed. Prints one JSON line.
 */
import { dense, sequential, tanh, train } from '../../dist/index.js';
import { joined, loaders, recipes } from '../classification.mjs';

const [name, contender, seed] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const { training, validation, test } = await loaders[name](seed);
const contenders = {
  defaults: { ...training, validation },
  search: { ...training, validation, regularization: { theta: 'auto', W: 'auto' } },
  evidence: { ...joined(training, validation), regularization: 'evidence' },
  'evidence, 1 start': { ...joined(training, validation), regularization: 'evidence', starts: 1 },
};
const network = sequential([dense(recipes[name].width), tanh()]);
const before = process.cpuUsage();
const { model, report } = await train({
  network,
  loss: 'crossEntropy',
  ...contenders[contender],
  seed: 100 * seed,
  threads: 1,
});
const { user, system } = process.cpuUsage(before);
const { accuracy, crossEntropy, calibrationError } = await model.evaluate(test.inputs, test.targets);
console.log(
  JSON.stringify({
    ...{ accuracy, crossEntropy, calibrationError, cpuSeconds: (user + system) / 1e6, members: report.members.length },
    evidence: report.best.evidence,
  }),
);
