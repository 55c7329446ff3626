/**
 * A classifier by evidence from all samples, and its probabilities: plain, averaged over the posterior by the formula, and by
 * draws from the same normal distribution of the logits. Arguments: problem, starts. Prints one JSON line: log loss and
 * calibration error of each, on the test samples.
 */
import { classificationMetrics, dense, Random, sequential, softmaxRows, tanh, train } from '../../dist/index.js';
import { joined, loaders, recipes } from '../classification.mjs';

const draws = 300; // of the logits of each sample
const [name, starts] = [process.argv[2], Number(process.argv[3])];
const { training, validation, test } = await loaders[name](0);
const { width, options } = recipes[name];
const before = process.cpuUsage();
const { model } = await train({
  network: sequential([dense(width), tanh()]),
  ...joined(training, validation),
  loss: 'crossEntropy',
  scaling: options.scaling,
  regularization: 'evidence',
  starts,
  threads: 1,
});
const { user, system } = process.cpuUsage(before);
const plain = await model.evaluate(test.inputs, test.targets);
const averaged = await model.evaluate(test.inputs, test.targets, { uncertainty: true });
const told = await model.predict(test.inputs, { uncertainty: true, covariance: true });
const drawn = classificationMetrics(averageOfDraws(told), test.targets, {
  scores: 'probabilities',
  classes: model.classes,
});
const figures = ({ crossEntropy, calibrationError, accuracy }) => ({ crossEntropy, calibrationError, accuracy });
console.log(
  JSON.stringify({
    ...{ plain: figures(plain), averaged: figures(averaged), drawn: figures(drawn) },
    ...{ cpuSeconds: (user + system) / 1e6, bytes: model.toBytes().length },
  }),
);

function averageOfDraws({ mean: { data: mean, shape }, covariance }) {
  const [N, t] = shape;
  const random = new Random(1);
  const sums = new Float64Array(N * t);
  for (let n = 0; n < N; n++) {
    const L = rootOf(covariance.data.subarray(n * t * t, (n + 1) * t * t), t);
    const S = new Float64Array(draws * t);
    for (let d = 0; d < draws; d++) {
      const z = Float64Array.from({ length: t }, () => random.normal());
      for (let i = 0; i < t; i++) {
        S[d * t + i] = mean[n * t + i];
        for (let k = 0; k <= i; k++) S[d * t + i] += L[i * t + k] * z[k];
      }
    }
    softmaxRows({ data: S, shape: [draws, t] }).data.forEach((p, i) => {
      sums[n * t + (i % t)] += p / draws;
    });
  }
  return { data: sums, shape };
}

/** Cholesky's; what rounding makes negative is 0. */
function rootOf(S, t) {
  const L = new Float64Array(t * t);
  for (let i = 0; i < t; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = S[i * t + j];
      for (let k = 0; k < j; k++) rest -= L[i * t + k] * L[j * t + k];
      if (j < i) L[i * t + j] = L[j * t + j] > 0 ? rest / L[j * t + j] : 0;
      else L[i * t + i] = Math.sqrt(Math.max(0, rest));
    }
  }
  return L;
}
