/** One fit without settings. Arguments: problem, seed. Prints one JSON line; test data only judge. */
import { fit } from '../../dist/index.js';
import { calibrationOf } from '../calibration.mjs';
import { problems } from '../defaults.mjs';

const [name, seed] = [process.argv[2], Number(process.argv[3])];
const { loss, error, load } = problems[name];
const { training, test } = await load(seed);
const before = process.cpuUsage();
const as = loss === undefined ? 'numbers' : 'labels';
const { model, result } = await fit(training.inputs, training.targets, { as, seed, threads: 1 });
const { user, system } = process.cpuUsage(before);
const metrics = await model.evaluate(test.inputs, test.targets);

const { chosen, expected, tried, baselines, advice } = result;
// Models of labels have a posterior, too, of their logits.
const hasErrorBars = as === 'numbers' && model.hasPosterior;
console.log(
  JSON.stringify({
    ...(hasErrorBars ? await calibrationOf(model, test) : { logLoss: metrics.crossEntropy ?? null, coverage: null }),
    ...{ test: error(metrics), cpuSeconds: (user + system) / 1e6, members: result.report.members.length },
    ...{ chosen, expected: expected.rmse ?? expected.error, advice },
    coverageTold: result.coverage,
    tried: tried.map(({ name, folds, score, seconds }) => ({ name, folds, score, seconds })),
    baselines: baselines.map(({ name, error, rmse }) => ({ name, error: rmse ?? error })),
  }),
);
