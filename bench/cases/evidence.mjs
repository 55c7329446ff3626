/**
 * One training of a regression problem, with regularisation by evidence from all samples, or by what else there is: the
 * search on validation data, and the defaults. Arguments: problem, contender, seed. Prints one JSON line.
 */
import { concat, dense, identity, Random, sequential, tanh, train } from '../../dist/index.js';
import { calibrationOf } from '../calibration.mjs';
import { problems } from '../defaults.mjs';

const [name, contender, seed] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const widths = { 'cdr, 600': 12, 'two noises': 8 };
const { error, load } = name === 'two noises' ? { error: ({ rmse }) => rmse, load: twoNoises } : problems[name];
const width = widths[name] ?? 16;
const plain = sequential([dense(width), tanh()]);
const beside = concat([plain, identity()]);
const contenders = {
  'linear model': { network: identity(), validation: 0.2 },
  defaults: { network: plain, validation: 0.2 },
  search: { network: plain, validation: 0.2, regularization: { theta: 'auto', W: 'auto' } },
  evidence: { network: plain, regularization: 'evidence' },
  'search, inputs beside': { network: beside, validation: 0.2, regularization: { theta: 'auto', W: 'auto' } },
  'evidence, inputs beside, 6 starts': { network: beside, regularization: 'evidence', starts: 6 },
  'evidence, 5-16': { network: sequential([dense(5), dense(16), tanh()]), regularization: 'evidence' },
  'evidence, 6-24': { network: sequential([dense(6), dense(24), tanh()]), regularization: 'evidence' },
};

/** Two functions of two inputs, their noise .02 and .4. */
function twoNoises(seed) {
  const random = new Random(seed);
  const draw = (count) => {
    const inputs = Array.from({ length: count }, () => [random.uniform(-1, 1), random.uniform(-1, 1)]);
    const targets = inputs.flatMap(([x, y]) => [
      Math.sin(3 * x) + y + random.normal(0, 0.02),
      Math.cos(2 * y) * (1 + x) + random.normal(0, 0.4),
    ]);
    return { inputs, targets: { data: Float64Array.from(targets), shape: [count, 2] } };
  };
  return { training: draw(200), test: draw(1000) };
}

const { training, test } = await load(seed);
const before = process.cpuUsage();
const { model, report } = await train({ ...training, ...contenders[contender], seed: 100 * seed, threads: 1 });
const { user, system } = process.cpuUsage(before);
const metrics = await model.evaluate(test.inputs, test.targets);

console.log(
  JSON.stringify({
    ...(model.hasPosterior ? await calibrationOf(model, test) : { logLoss: null, coverage: null, outputsOff: null }),
    ...{ test: error(metrics), cpuSeconds: (user + system) / 1e6, members: report.members.length },
    ...{ runs: report.runs.length, evidence: report.best.evidence },
  }),
);
