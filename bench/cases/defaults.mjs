/**
 * One training with nothing but a network and data, and the linear (or logistic) model beside. Arguments: problem, seed.
 * Prints one JSON line.
 */
import { dense, identity, sequential, tanh, train } from '../../dist/index.js';
import { problems } from '../defaults.mjs';

const [name, seed] = [process.argv[2], Number(process.argv[3])];
const { width, loss, error, load } = problems[name];
const { training, validation = 0.2, test } = await load(seed);
const plain = { ...(loss !== undefined && { loss }), ...training, validation, seed, threads: 1 };

async function measure(options) {
  const before = process.cpuUsage();
  const { model, report } = await train({ ...plain, ...options });
  const { user, system } = process.cpuUsage(before);
  const metrics = await model.evaluate(test.inputs, test.targets);
  return {
    ...{ test: error(metrics), validation: report.best.validation, cpuSeconds: (user + system) / 1e6 },
    ...{ iterations: report.iterations.length - 1, stop: report.stop.status, used: report.used },
  };
}

const linear = await measure({ network: identity() });
const network = await measure({ network: sequential([dense(width), tanh()]) });
console.log(JSON.stringify({ linear, network }));
