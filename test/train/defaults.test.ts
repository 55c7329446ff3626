/** @file What a training with nothing but a network and data is worth: more than a linear model. */
import t from 'tap';
import { type Samples, takeSamples } from '../../lib/data/samples.js';
import { countedSamples } from '../../lib/data/weights.js';
import { dense, sequential, type TrainOptions, tanh } from '../../lib/index.js';
import { lossNamed } from '../../lib/loss/registry.js';
import { identity } from '../../lib/network/activation.js';
import { readOptions } from '../../lib/options/options.js';
import { generateCdr, generatePeaks, generateSpirals } from '../../lib/problems/index.js';
import { train, trainSync } from '../../lib/train/train.js';
import { options, smooth } from './problem.js';

const layer = (units: number) => sequential([dense(units), tanh()]);

const linear = { network: identity() } as const;

function halves(all: Samples, training: number) {
  const rows = Int32Array.from({ length: all.inputs.shape[0] }, (_, n) => n);
  return [takeSamples(all, rows.slice(0, training)), takeSamples(all, rows.slice(training))] as const;
}

async function tested(samples: Samples, test: Samples, more: Partial<TrainOptions>) {
  const { model } = await train({ ...samples, validation: 0.2, network: layer(12), ...more } as TrainOptions);
  return model.evaluate(test.inputs, test.targets);
}

t.test('a surrogate of a partial differential equation: half the error of linear regression', async (t) => {
  const [training, test] = halves(await generateCdr({ samples: 400, grid: 14, timeSteps: 24 }), 300);
  const ours = (await tested(training, test, {})).relativeError.mean;
  const theirs = (await tested(training, test, linear)).relativeError.mean;
  t.ok(ours < 0.5 * theirs, `${ours} against ${theirs}`);
});

t.test('the peaks surface: half the error of linear regression', async (t) => {
  for (const seed of [0, 1, 2]) {
    const [training, test] = halves(generatePeaks({ samples: 900, seed }), 600);
    const ours = (await tested(training, test, { seed })).rmse;
    const theirs = (await tested(training, test, { ...linear, seed })).rmse;
    t.ok(ours < 0.5 * theirs, `${ours} against ${theirs}`);
  }
});

t.test('two spirals, which no line parts', async (t) => {
  for (const seed of [0, 1, 2]) {
    const [training, test] = halves(generateSpirals({ samples: 600, seed }), 400);
    const accuracy = async (more: Partial<TrainOptions>) => {
      const classifier = { ...training, validation: 0.2, network: layer(16), loss: 'crossEntropy', seed } as const;
      const { model } = await train({ ...classifier, ...more, loss: 'crossEntropy' });
      return (await model.evaluate(test.inputs, test.targets)).accuracy;
    };
    const [ours, theirs] = [await accuracy({}), await accuracy(linear)];
    t.ok(ours > 0.97 && theirs < 0.85, `${ours} against ${theirs}`);
  }
});

t.test('α_θ and α_W by the samples a weight has', async (t) => {
  const close = ({ theta, W }: { theta: number; W: number }, expected: [number, number]) =>
    t.ok(Math.abs(theta / expected[0] - 1) < 1e-12 && Math.abs(W / expected[1] - 1) < 1e-12, `${theta}, ${W}`);
  close(lossNamed('leastSquares').usualAlphas(700, 400), [3e-3, 3e-6]);
  close(lossNamed('leastSquares').usualAlphas(400, 400), [3e-3, 3e-6]);
  close(lossNamed('leastSquares').usualAlphas(40, 400), [3e-6, 3e-8]);
  close(lossNamed('leastSquares').usualAlphas(12, 400), [3e-3 * 0.03 ** 3, 3e-6 * 0.03 ** 2]);
  close(lossNamed('leastSquares').usualAlphas(0, 400), [3e-3 * 0.03 ** 3, 3e-6 * 0.03 ** 2]);
  for (const weights of [1, 1e6]) close(lossNamed('crossEntropy').usualAlphas(weights, 400), [1e-3, 1e-4]);
});

t.test('what is given stays, and the report tells the rest', async (t) => {
  const used = (more: Partial<TrainOptions>) =>
    trainSync(options({ ...more, stop: { iterations: 1 } })).report.used.regularization;
  // 24 weights, 40 samples
  t.strictSame(used({}), { ...lossNamed('leastSquares').usualAlphas(24, 40) });
  t.strictSame(used({ regularization: { theta: 1e-5 } }), { theta: 1e-5, W: 3e-6 * 0.6 ** 2 });
  t.strictSame(used({ regularization: { W: 0 } }), { theta: 3e-3 * 0.6 ** 3, W: 0 });
  t.strictSame(used({ validation: 0.4 }), { theta: 3e-3, W: 3e-6 }, 'of 24 training samples');
});

t.test('weights of samples: 0 counts as none, 2 as two, a common factor not at all', async (t) => {
  t.equal(countedSamples(null, 7), 7);
  t.equal(countedSamples(Float64Array.of(1, 1, 0, 2), 4), 4);
  t.equal(countedSamples(Float64Array.of(3, 3, 0, 6), 4), 4);
  const { inputs, targets } = smooth(40);
  const twice = { inputs: [...inputs, inputs[0]], targets: [...targets, targets[0]] };
  const alphas = (more: Partial<TrainOptions>) => {
    const { alphaTheta, alphaW } = readOptions(options(more));
    return [alphaTheta, alphaW];
  };
  t.strictSame(alphas({ sampleWeights: [2, ...Array.from({ length: 39 }, () => 1)] }), alphas(twice));
  const outlier = { inputs: [...inputs, [1e9, 0, 0]], targets: [...targets, [0, 0]] };
  t.strictSame(alphas({ ...outlier, sampleWeights: [...Array.from({ length: 40 }, () => 1), 0] }), alphas({}));
});
