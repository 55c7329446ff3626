/** @file The start of a training: random, taken from the data by a singular value decomposition, or given. */
import { types } from 'node:util';
import type { Backend } from '../../backend/backend.js';
import type { Numbers } from '../../data/stored.js';
import type { SampleWeights } from '../../data/weights.js';
import { GnvproError } from '../../errors.js';
import { perform, type Steps } from '../../job/job.js';
import type { Network } from '../../network/network.js';
import type { InitializeOption } from '../../options/trainOptions.js';
import { leastSquaresMap } from './leastSquares.js';

/** N × d inputs and N × t targets, scaled; the flag cancels. */
export interface InitializationData {
  readonly inputs: Numbers;
  readonly targets: Numbers;
  readonly samples: number;
  readonly sampleWeights: SampleWeights;
  readonly cancelFlag: Int32Array;
}

export function* initialTheta(
  network: Network,
  option: InitializeOption,
  seed: number,
  data: InitializationData,
  backend: Backend,
): Steps<Float64Array> {
  if (types.isFloat64Array(option)) return given(network, option);
  const theta = network.initialWeights(seed);
  if (option === 'svd') yield* startAtSingularVectors(network, theta, data, backend);
  return theta;
}

function given(network: Network, theta: Float64Array): Float64Array {
  if (theta.length !== network.weights) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected ${network.weights} weights for initialize, as the network has, but received ${theta.length}.`,
    );
  }
  const at = theta.findIndex((value) => !Number.isFinite(value));
  if (at !== -1)
    throw new GnvproError('ERR_NONFINITE', `Expected finite weights for initialize but weight ${at} is ${theta[at]}.`);
  return theta;
}

/**
 * Column k of the first weight matrix becomes half the k-th left singular vector of the linear least-squares map
 * inputs → targets: the directions of the inputs that the targets respond to most. Its bias becomes 0.
 */
function* startAtSingularVectors(
  network: Network,
  theta: Float64Array,
  data: InitializationData,
  backend: Backend,
): Steps<void> {
  const [first, second] = network.blocks;
  const d = network.inputs;
  if (first?.rows !== d) {
    throw new GnvproError('ERR_OPTION', "Expected a network that begins with a dense layer for initialize: 'svd'.");
  }
  const { inputs, targets, samples, sampleWeights, cancelFlag } = data;
  const { map } = yield* leastSquaresMap(backend, inputs, targets, samples, sampleWeights, cancelFlag);
  const { U, s } = yield* perform(backend.svd(d, map.length / d, map));
  const units = first.cols;
  for (let k = 0; k < Math.min(units, s.length); k++) {
    for (let i = 0; i < d; i++) theta[i * units + k] = 0.5 * U[i * s.length + k];
  }
  const isBias = second?.rows === 1 && second.cols === units;
  if (isBias) theta.fill(0, second.offset, second.offset + units);
}
