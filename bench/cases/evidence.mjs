/**
 * One training of a regression problem, with regularisation by evidence from all samples, or by what else there is: the
 * search on validation data, and the defaults. Arguments: problem, contender, seed. Prints one JSON line.
 */
import { concat, dense, identity, sequential, tanh, train } from '../../dist/index.js';
import { calibrationOf } from '../calibration.mjs';
import { problems } from '../defaults.mjs';

const [name, contender, seed] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const { error, load } = problems[name];
const width = name.startsWith('cdr') ? 12 : 16;
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

const { training, test } = await load(seed);
const before = process.cpuUsage();
const { model, report } = await train({ ...training, ...contenders[contender], seed: 100 * seed, threads: 1 });
const { user, system } = process.cpuUsage(before);
const metrics = await model.evaluate(test.inputs, test.targets);

console.log(
  JSON.stringify({
    ...(model.hasPosterior ? await calibrationOf(model, test) : { logLoss: null, coverage: null }),
    ...{ test: error(metrics), cpuSeconds: (user + system) / 1e6, members: report.members.length },
    ...{ runs: report.runs.length, evidence: report.best.evidence },
  }),
);
