/** @file Outputs of different noise: their targets in units of it, so that one σ serves all. */
import { isClosed } from '../../backend/loss.js';
import { sharedArray } from '../../data/buffers.js';
import { perform, type Steps } from '../../job/job.js';
import { inSlices } from '../../job/slices.js';
import type { Network } from '../../network/network.js';
import type { Best } from '../phase/journal.js';
import { type Problem, samplesIn, targetColumns } from './problem.js';

/** Below this ratio of the largest σ to the least, one σ is near enough for what another run costs. */
const alike = 8;

/** Of the σ of an output to the geometric mean of all: beyond, as where an output is fitted exactly, it is no noise. */
const mostRatio = 1e3;

/** The share of the samples that is left for the noise where the weights could fit them all. */
const leastFreedom = 0.05;

/**
 * The problem with targets such that the residuals of a model by evidence are alike in all outputs. Null where they are, and where
 * the caller has chosen a scaling of the targets. The geometric mean of the units stays, and so does the meaning of the
 * log evidence.
 */
export function* withEqualNoise(problem: Problem, network: Network, best: Best): Steps<Problem | null> {
  if (!isClosed(problem.loss) || targetColumns(problem) === 1 || problem.scalingNames.targets !== 'uniform')
    return null;
  const ratios = ratiosOf(yield* noiseOf(problem, network, best));
  if (!(Math.max(...ratios) > alike * Math.min(...ratios))) return null;
  return yield* inUnits(problem, ratios);
}

/** σ of each output, in scaled units. */
function* noiseOf(problem: Problem, network: Network, { theta, W, record: { evidence } }: Best): Steps<Float64Array> {
  const { backend, bias, threads, cancelFlag, data } = problem;
  const t = targetColumns(problem);
  const runner = backend.prepare(network.programs.forward);
  const options = { targetColumns: t, bias, threads, cancelFlag };
  const S = yield* perform(runner.predict(data.samples, data.inputs, theta, W, options));
  const squares = new Float64Array(t);
  yield* inSlices(data.samples, t, cancelFlag, (begin, end) => {
    for (let i = begin * t; i < end * t; i++) {
      const weight = problem.sampleWeights?.[Math.floor(i / t)] ?? 1;
      squares[i % t] += weight * (S[i] - problem.unit * data.targets[i]) ** 2;
    }
  });
  const determined = ((evidence?.gammaTheta ?? 0) + (evidence?.gammaW ?? 0)) / t;
  const n = samplesIn(problem);
  return squares.map((square) => Math.sqrt(square / Math.max(n - determined, leastFreedom * n)));
}

/** To their geometric mean; 1 where there is no noise at all. */
function ratiosOf(noise: Float64Array): Float64Array {
  const logs = noise.map((sigma) => Math.log(Math.max(sigma, Number.MIN_VALUE)));
  const most = Math.log(mostRatio);
  const near = logs.map((log) => Math.min(Math.max(log - meanOf(logs), -most), most));
  return near.map((log) => Math.exp(log - meanOf(near)));
}

function* inUnits(problem: Problem, ratios: Float64Array): Steps<Problem> {
  const { training, data, scaling, validation } = problem;
  const t = ratios.length;
  const scaled = sharedArray(data.targets.length);
  yield* inSlices(data.samples, t, problem.cancelFlag, (begin, end) => {
    for (let i = begin * t; i < end * t; i++) scaled[i] = data.targets[i] / ratios[i % t];
  });
  const { shift, scale } = scaling.targets;
  const targets = { shift, scale: Float64Array.from(scale, (unit, j) => unit * ratios[j]) };
  return {
    ...problem,
    training: { ...training, targets: { data: scaled, shape: training.targets.shape } },
    data: { ...data, targets: scaled },
    scaling: { ...scaling, targets },
    validation: validation && { ...validation, targetScaling: targets },
  };
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value / values.length, 0);
}
