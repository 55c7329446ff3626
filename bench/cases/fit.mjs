/** One fit without settings. Arguments: problem, seed. Prints one JSON line; test data only judge. */
import { fit } from '../../dist/index.js';
import { problems } from '../defaults.mjs';

const [name, seed] = [process.argv[2], Number(process.argv[3])];
const { loss, error, load } = problems[name];
const { training, test } = await load(seed);
const before = process.cpuUsage();
const as = loss === undefined ? 'numbers' : 'labels';
const { model, result } = await fit(training.inputs, training.targets, { as, seed, threads: 1 });
const { user, system } = process.cpuUsage(before);
const metrics = await model.evaluate(test.inputs, test.targets);

/** Of the targets by the model's own standard deviations: mean of −log density, share within 95 %. */
async function calibration() {
  if (!model.hasPosterior) return { logLoss: metrics.crossEntropy ?? null, coverage: null };
  const { mean, standardDeviation, noise } = await model.predict(test.inputs, { uncertainty: true });
  const t = noise.length;
  const terms = Array.from(mean.data, (value, i) => {
    const variance = standardDeviation.data[i] ** 2 + noise[i % t] ** 2;
    const square = (test.targets.data[i] - value) ** 2 / variance;
    return { logLoss: 0.5 * Math.log(2 * Math.PI * variance) + 0.5 * square, isInside: square < 1.96 ** 2 };
  });
  const meanOf = (of) => terms.reduce((sum, term) => sum + of(term), 0) / terms.length;
  return { logLoss: meanOf(({ logLoss }) => logLoss), coverage: meanOf(({ isInside }) => Number(isInside)) };
}

const { chosen, expected, tried, baselines, advice } = result;
console.log(
  JSON.stringify({
    ...(await calibration()),
    ...{ test: error(metrics), cpuSeconds: (user + system) / 1e6, members: result.report.members.length },
    ...{ chosen, expected: expected.rmse ?? expected.error, advice },
    coverageTold: result.coverage,
    tried: tried.map(({ name, folds, score, seconds }) => ({ name, folds, score, seconds })),
    baselines: baselines.map(({ name, error, rmse }) => ({ name, error: rmse ?? error })),
  }),
);
