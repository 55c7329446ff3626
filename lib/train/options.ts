/** @file The options of train(): every one checked, in words, before any work. */

import type { QuadraticRegularizer } from '../backend/backend.js';
import { type BackendName, backendNames } from '../backend/select.js';
import { sharedArray, snapshot } from '../data/buffers.js';
import { type MatrixLike, sharedMatrix, toMatrix } from '../data/matrix.js';
import { checkColumns, type Samples, takeSamples } from '../data/samples.js';
import { checkScaling, type ScalingOption } from '../data/scaling.js';
import { GnvproError } from '../errors.js';
import { Model } from '../model/model.js';
import { checkLayer } from '../network/checkLayers.js';
import { copyDescription, type LayerDescription } from '../network/layer.js';
import { gnvpro } from '../optimizers/gnvpro.js';
import { lbfgs } from '../optimizers/lbfgs.js';
import type { OptimizerDescription } from '../optimizers/optimizer.js';
import { Random } from '../random.js';
import type { IterationRecord } from '../report/report.js';
import { checkFunction, checkInteger, checkNumber, checkOneOf, checkOptions, invalid } from '../validate/check.js';
import type { InitializeOption } from './initialize.js';
import { type StopOptions, type StopRules, stopRules } from './stop.js';

export const validationMetrics = ['rmse', 'relativeError'] as const;
export type ValidationMetric = (typeof validationMetrics)[number];

export interface TrainOptions {
  /** Feature extractor; the affine last layer W is added and projected out. Not needed with `initial`. */
  network?: LayerDescription;
  loss?: 'leastSquares';
  /** N × d */
  inputs: MatrixLike;
  /** N × t */
  targets: MatrixLike;
  /** A fraction of the samples, chosen with the seed, or data of its own. */
  validation?: number | { inputs: MatrixLike; targets: MatrixLike };
  /** What "best" means on validation data, in original units (default `rmse`). */
  validationMetric?: ValidationMetric;
  /** Default gnvpro(). */
  optimizer?: OptimizerDescription;
  /** α_θ (or a ready operator) and α_W (default 1e-8 each). */
  regularization?: { theta?: number | QuadraticRegularizer; W?: number };
  /** Default `standardize` for inputs, `uniform` for targets. */
  scaling?: { inputs?: ScalingOption; targets?: ScalingOption };
  /** Whether the last layer has a bias (default true). */
  bias?: boolean;
  /** Trainings, each of twice the depth of the one before and half its α_θ (default 1). */
  levels?: number;
  stop?: StopOptions;
  /** Default `random`. */
  initialize?: InitializeOption;
  /** A model to go on from: its network, weights and scaling. */
  initial?: Model;
  /** Default 0. */
  seed?: number;
  signal?: AbortSignal;
  /** Called after every iteration; returning false stops. */
  onIteration?: (record: IterationRecord) => unknown;
  backend?: BackendName;
  /** Default: 1 for small problems, else the number of cores. Results do not depend on it. */
  threads?: number;
  precision?: 'float64';
}

export const optionNames = [
  'network',
  'loss',
  'inputs',
  'targets',
  'validation',
  'validationMetric',
  'optimizer',
  'regularization',
  'scaling',
  'bias',
  'levels',
  'stop',
  'initialize',
  'initial',
  'seed',
  'signal',
  'onIteration',
  'backend',
  'threads',
  'precision',
];

/**
 * Options checked and completed, on memory of their own. The training scales inputs and training targets in place.
 */
export interface Task {
  readonly network: LayerDescription;
  readonly training: Samples;
  readonly validation: Samples | null;
  readonly validationMetric: ValidationMetric;
  readonly optimizer: OptimizerDescription;
  readonly alphaTheta: number | QuadraticRegularizer;
  readonly alphaW: number;
  readonly scaling: { readonly inputs: ScalingOption; readonly targets: ScalingOption };
  readonly bias: boolean;
  readonly levels: number;
  readonly rules: StopRules;
  readonly initialize: InitializeOption;
  readonly seed: number;
  readonly signal: AbortSignal | null;
  readonly onIteration: ((record: IterationRecord) => unknown) | null;
  readonly backend: BackendName;
  readonly threads: number | null;
}

export function readOptions(options: TrainOptions): Task {
  checkOptions(options, optionNames, 'train');
  const {
    loss = 'leastSquares',
    precision = 'float64',
    backend = 'native',
    bias = options.initial?.bias ?? true,
  } = options;
  const { levels = 1, seed = 0, validationMetric = 'rmse', optimizer = gnvpro(), regularization = {} } = options;
  checkPrecision(precision);
  checkOneOf(loss, 'loss', ['leastSquares']);
  checkOneOf(backend, 'backend', backendNames);
  checkOneOf(bias, 'bias', [true, false]);
  checkInteger(levels, 'levels', { min: 1, max: 20 });
  checkInteger(seed, 'seed', { min: 0, max: Number.MAX_SAFE_INTEGER });
  checkOneOf(validationMetric, 'validationMetric', validationMetrics);
  checkOptions(regularization, ['theta', 'W'], 'regularization');
  const { theta: alphaTheta = 1e-8, W: alphaW = 1e-8 } = regularization;
  checkNumber(alphaW, 'regularization.W', { min: 0 });
  checkCallbacks(options);
  const all = readSamples(options.inputs, options.targets, '');
  const { training, validation } = split(all, options.validation, seed);
  return {
    network: readNetwork(options, all),
    training,
    validation,
    validationMetric,
    optimizer: readOptimizer(optimizer),
    alphaTheta: readAlphaTheta(alphaTheta, levels),
    alphaW,
    scaling: readScaling(options, all),
    bias,
    levels,
    rules: stopRules(options.stop),
    initialize: readInitialize(options),
    seed,
    signal: options.signal ?? null,
    onIteration: options.onIteration ?? null,
    backend,
    threads: options.threads ?? null,
  };
}

function checkPrecision(precision: string): void {
  if (precision === 'float32') {
    throw new GnvproError(
      'ERR_OPTION',
      "precision: 'float32' is not supported; use 'float64', in which all results are computed.",
    );
  }
  checkOneOf(precision, 'precision', ['float64']);
}

/** Also of descriptions that were written by hand or read from JSON: checked again, defaults filled in. */
function readOptimizer(optimizer: OptimizerDescription): OptimizerDescription {
  const { type, ...options } = optimizer ?? {};
  if (type === 'gnvpro') return gnvpro(options);
  if (type === 'lbfgs') return lbfgs(options);
  const hint = typeof optimizer === 'function' ? ' Call it: write gnvpro() instead of gnvpro.' : '';
  throw invalid('gnvpro(…) or lbfgs(…)', 'optimizer', optimizer, hint);
}

function readAlphaTheta(alpha: number | QuadraticRegularizer, levels: number): number | QuadraticRegularizer {
  if (typeof alpha !== 'object' || alpha === null) {
    checkNumber(alpha, 'regularization.theta', { min: 0 });
    return alpha;
  }
  checkOptions(alpha, ['rowPointers', 'columns', 'values', 'reference'], 'regularization.theta');
  if (levels > 1)
    throw invalid('a number', 'regularization.theta of several levels', alpha, ' An operator fits one depth only.');
  const own = <T>(array: T, name: string) => snapshot(array, `${name} of regularization.theta`);
  return {
    rowPointers: own(alpha.rowPointers, 'rowPointers'),
    columns: own(alpha.columns, 'columns'),
    values: own(alpha.values, 'values'),
    reference: own(alpha.reference, 'reference'),
  };
}

function checkCallbacks({ signal, onIteration, threads }: TrainOptions): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid('an AbortSignal', 'signal', signal);
  if (onIteration !== undefined) checkFunction(onIteration, 'onIteration');
  if (threads !== undefined) checkInteger(threads, 'threads', { min: 1, max: 256 });
}

function readSamples(inputs: MatrixLike, targets: MatrixLike, prefix: string): Samples {
  const samples = { inputs: toMatrix(inputs, `${prefix}inputs`), targets: toMatrix(targets, `${prefix}targets`) };
  const [rows, others] = [samples.inputs.shape[0], samples.targets.shape[0]];
  if (rows !== others) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected as many rows of ${prefix}targets as of ${prefix}inputs, ${rows}, but received ${others}.`,
    );
  }
  return samples;
}

/** Copies, which the training scales in place. */
function split(all: Samples, option: TrainOptions['validation'], seed: number) {
  const own = ({ inputs, targets }: Samples) => ({ inputs: sharedMatrix(inputs), targets: sharedMatrix(targets) });
  if (option === undefined) return { training: own(all), validation: null };
  if (typeof option !== 'number') return { training: own(all), validation: own(readValidation(option, all)) };
  checkNumber(option, 'validation', { above: 0, max: 0.9 });
  const samples = all.inputs.shape[0];
  const held = Math.round(option * samples);
  if (held < 1 || held >= samples) throw invalid('a fraction that leaves samples on both sides', 'validation', option);
  const order = new Random(seed).permutation(samples);
  const part = (rows: Int32Array) => takeSamples(all, rows, sharedArray);
  return { training: part(order.slice(held)), validation: part(order.slice(0, held)) };
}

function readValidation(option: object, all: Samples): Samples {
  checkOptions(option, ['inputs', 'targets'], 'validation');
  const { inputs, targets } = option as { inputs: MatrixLike; targets: MatrixLike };
  const validation = readSamples(inputs, targets, 'validation.');
  checkColumns(validation, all, 'validation');
  return validation;
}

function readNetwork({ network, initial }: TrainOptions, all: Samples): LayerDescription {
  if (initial === undefined) {
    checkLayer(network as LayerDescription, 'network');
    return copyDescription(network as LayerDescription);
  }
  if (!(initial instanceof Model)) throw invalid('a Model', 'initial', initial);
  if (network !== undefined && JSON.stringify(network) !== JSON.stringify(initial.network)) {
    throw new GnvproError(
      'ERR_OPTION',
      'Expected either network or initial, or the same network in both; they differ.',
    );
  }
  const [, d] = all.inputs.shape;
  const [, t] = all.targets.shape;
  if (initial.inputs !== d || initial.outputs !== t) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected data of ${initial.inputs} inputs and ${initial.outputs} targets, as initial has, but received ${d} and ${t}.`,
    );
  }
  return initial.network;
}

function readScaling({ scaling, initial }: TrainOptions, all: Samples): Task['scaling'] {
  if (initial !== undefined && scaling !== undefined) {
    throw new GnvproError('ERR_OPTION', 'Expected no scaling with initial: the model brings its own.');
  }
  if (initial !== undefined) return initial.scaling;
  checkOptions(scaling ?? {}, ['inputs', 'targets'], 'scaling');
  const { inputs = 'standardize', targets = 'uniform' } = scaling ?? {};
  return {
    inputs: checkScaling(inputs, 'scaling.inputs', all.inputs.shape[1]),
    targets: checkScaling(targets, 'scaling.targets', all.targets.shape[1]),
  };
}

function readInitialize({ initialize, initial }: TrainOptions): InitializeOption {
  if (initial !== undefined) {
    if (initialize !== undefined)
      throw new GnvproError('ERR_OPTION', 'Expected either initialize or initial but received both.');
    return initial.theta;
  }
  if (initialize === undefined || initialize === 'random' || initialize === 'svd') return initialize ?? 'random';
  if (initialize instanceof Float64Array) return snapshot(initialize, 'initialize');
  throw invalid("'random', 'svd' or a Float64Array of all weights", 'initialize', initialize);
}
