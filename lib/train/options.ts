/** @file The options of train(): every one checked, in words, before any work. */
import { types } from 'node:util';
import { isClosed } from '../backend/loss.js';
import { type BackendName, backendNames } from '../backend/select.js';
import { snapshot } from '../data/buffers.js';
import type { ClassName, Labels } from '../data/classes.js';
import type { FlatNumbers } from '../data/flat.js';
import type { MatrixLike } from '../data/matrix.js';
import { type ColumnNames, type NamesOption, noNames, readNames } from '../data/names.js';
import type { Samples } from '../data/samples.js';
import { checkScaling, inputScalingNames, type ScalingOption, scaledColumns } from '../data/scaling.js';
import { countedSamples } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import { checkTwoClasses } from '../loss/classes.js';
import type { Loss } from '../loss/loss.js';
import { type AnyMetrics, type ValidationMetric, validationMetrics } from '../loss/meaning.js';
import { defaultLoss, lossNamed, lossNames, namesOf } from '../loss/registry.js';
import { Model } from '../model/model.js';
import { checkLayer } from '../network/checkLayers.js';
import { copyDescription, type LayerDescription } from '../network/layer.js';
import { Network } from '../network/network.js';
import { gnvpro } from '../optimizers/gnvpro.js';
import type { OptimizerDescription } from '../optimizers/optimizer.js';
import { readOptimizer } from '../optimizers/read.js';
import { stagesOf } from '../optimizers/sequence.js';
import type { QuadraticRegularizer } from '../regularizer/quadratic.js';
import type { Choice, IterationRecord } from '../report/report.js';
import {
  checkFunction,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkSignal,
  invalid,
} from '../validate/check.js';
import { chooseOptimizer } from './choose.js';
import { readData, split } from './data.js';
import type { InitializeOption } from './start/initialize.js';
import { type StopOptions, type StopRules, stopRules } from './stop.js';

/** A part of the samples, and how many iterations it gets. */
export interface NestedPart {
  readonly samples: number;
  readonly iterations: number;
}

export interface RegularizationOption {
  theta?: number | 'auto' | QuadraticRegularizer;
  W?: number | 'auto';
}

export interface TrainOptions {
  /** Feature extractor; the affine last layer W is added and projected out. Not needed with `initial`. */
  network?: LayerDescription;
  /** `leastSquares` (default), `crossEntropy` (softmax), `logistic` (of each output), or a name of defineLoss(). */
  loss?: string;
  /** N × d; numbers without rows are one column. */
  inputs: MatrixLike | FlatNumbers;
  /**
   * N × t; numbers without rows are one column. For `crossEntropy` also a label a sample, strings or integers, whose classes
   * become the outputs.
   */
  targets: Labels;
  /**
   * The names of the columns, which the model keeps: d of inputs; t of targets, or the one of the labels' column. Default:
   * those of `initial`.
   */
  names?: NamesOption;
  /**
   * Weights of the samples, N numbers of at least 0 (default 1 each): a sample of weight 2 stands for two, one of weight
   * 0 is as good as absent, in the loss and everywhere else.
   */
  sampleWeights?: ArrayLike<number>;
  /** A fraction of the samples, chosen with the seed, or data of its own. */
  validation?: number | { inputs: MatrixLike | FlatNumbers; targets: Labels; sampleWeights?: ArrayLike<number> };
  /** What "best" means on validation data, in original units (default `rmse` for `leastSquares`, else `loss`). */
  validationMetric?: ValidationMetric;
  /** `crossEntropy`: the share ε of every target that is spread over all classes (default 0). */
  labelSmoothing?: number;
  /** `crossEntropy`: whether the logits get the temperature that is best on validation data (default: with smoothing). */
  temperature?: boolean;
  /** Default gnvpro(). `auto`: what measured comparisons speak for, told in `report.choice`. */
  optimizer?: OptimizerDescription | 'auto';
  /**
   * α_θ (or a ready operator) and α_W, at most 1e300. Default for least squares with targets of about 1: 3e-3 r³ and 3e-6
   * r² with r weights θ a sample, taken between 0.03 and 1; for other losses 1e-3 and 1e-4; `report.used` tells the
   * numbers. `auto` finds them on the validation data, by short trainings from strong to weak; α_W of least squares by
   * generalised cross validation where α_θ is given. `auto` alone is both.
   */
  regularization?: 'auto' | RegularizationOption;
  /** Default `auto` for inputs, `uniform` for targets of least squares. */
  scaling?: { inputs?: ScalingOption; targets?: ScalingOption };
  /** Whether the last layer has a bias (default true). */
  bias?: boolean;
  /** Every loss but least squares: relative gradient at which W counts as optimal (default 1e-6). */
  innerTolerance?: number;
  /** Trainings, each of twice the depth of the one before and half its α_θ (default 1). */
  levels?: number;
  stop?: StopOptions;
  /**
   * The start of a large training: some iterations on random parts of the samples, each within the next, before all of
   * them (default none).
   */
  nested?: readonly NestedPart[];
  /** Trainings from as many random starts; the outputs of those near the best are averaged in one model (default 1). */
  starts?: number;
  /** After validation has found the number of steps: as many on training and validation data together (default false). */
  refit?: boolean;
  /**
   * Whether to fit what the network has to beat, too: the mean of the targets and linear regression; of classes and
   * labels the most frequent, and logistic regression (default false). They come as models and in `report.baselines`.
   */
  baselines?: boolean;
  /** Default `random`. */
  initialize?: InitializeOption;
  /** A model to go on from: its network, weights and scaling. */
  initial?: Model<AnyMetrics>;
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
  'names',
  'sampleWeights',
  'validation',
  'validationMetric',
  'labelSmoothing',
  'temperature',
  'optimizer',
  'regularization',
  'scaling',
  'bias',
  'innerTolerance',
  'levels',
  'stop',
  'nested',
  'starts',
  'refit',
  'baselines',
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
  readonly loss: Loss;
  readonly classes: readonly ClassName[] | null;
  readonly names: ColumnNames;
  readonly training: Samples;
  readonly sampleWeights: Float64Array | null;
  /** Weights of the validation samples. */
  readonly validationWeights: Float64Array | null;
  readonly labelSmoothing: number;
  readonly fitsTemperature: boolean;
  readonly innerTolerance: number;
  readonly validation: Samples | null;
  readonly validationMetric: ValidationMetric;
  readonly optimizer: OptimizerDescription;
  readonly choice: Choice | null;
  /** W of the model to go on from, t × m. */
  readonly initialW: Float64Array | null;
  readonly alphaTheta: number | 'auto' | QuadraticRegularizer;
  /** Whether α_θ is not the caller's number: it then goes with the square of the targets' unit. */
  readonly isAlphaRelative: boolean;
  /** `gcv`: by generalised cross validation. */
  readonly alphaW: number | 'auto' | 'gcv';
  readonly nested: readonly NestedPart[];
  readonly starts: number;
  readonly refit: boolean;
  readonly baselines: boolean;
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
    loss: name = options.initial?.loss ?? defaultLoss,
    precision = 'float64',
    backend = 'native',
    bias = options.initial?.bias ?? true,
  } = options;
  const { levels = 1, seed = 0, optimizer = gnvpro() } = options;
  checkPrecision(precision);
  checkOneOf(name, 'loss', lossNames());
  const loss = lossNamed(name);
  checkOneOf(backend, 'backend', backendNames);
  checkOneOf(bias, 'bias', [true, false]);
  checkInteger(levels, 'levels', { min: 1, max: 20 });
  checkInteger(seed, 'seed', { min: 0, max: Number.MAX_SAFE_INTEGER });
  const regularization = bothOf(options.regularization);
  const { innerTolerance = 1e-6 } = options;
  checkNumber(innerTolerance, 'innerTolerance', { above: 0, max: 1e-2 });
  checkCallbacks(options);
  const data = readData(options, loss);
  const { training, validation, sampleWeights, validationWeights } = split(data, options.validation, seed);
  const { all, classes } = data;
  if (classes !== null && options.initial === undefined) checkTwoClasses(training.targets, classes);
  const network = readNetwork(options, all, loss);
  const scaling = readScaling(options, all, loss);
  const { weights } = new Network(network, scaledColumns(scaling.inputs, all.inputs.shape[1]));
  const usual = loss.usualAlphas(weights, countedSamples(sampleWeights, training.inputs.shape[0]));
  const { theta = usual.theta, W: alphaW = usual.W } = regularization;
  const alphaTheta = theta === 'auto' && weights === 0 ? 0 : theta; // no weights leave nothing to find
  const method =
    optimizer === 'auto'
      ? choose(network, scaling, training, loss)
      : { optimizer: readOptimizer(optimizer), choice: null };
  checkMethods(method.optimizer, loss, options.refit ?? false);
  return {
    network,
    loss,
    classes,
    names: readNames(options.names, options.initial?.names ?? noNames, {
      inputs: all.inputs.shape[1],
      outputs: all.targets.shape[1],
      classes,
    }),
    training,
    validation,
    sampleWeights,
    validationWeights,
    validationMetric: readMetric(options.validationMetric, loss),
    ...readSmoothing(options, loss, validation),
    innerTolerance,
    ...method,
    initialW: options.initial?.bias === bias ? options.initial.W : null,
    alphaTheta: readAlphaTheta(alphaTheta, levels),
    isAlphaRelative: regularization.theta === undefined || regularization.theta === 'auto',
    alphaW: readAlphaW(alphaW, alphaTheta, loss),
    nested: readNested(options.nested ?? [], training),
    ...readRuns(options, validation, alphaTheta, alphaW, loss),
    scaling,
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

/** The two numbers that a word for both stands for. Throws ERR_OPTION. */
export function bothOf(regularization: TrainOptions['regularization'] = {}): RegularizationOption {
  if (regularization === 'auto') return { theta: 'auto', W: 'auto' };
  if (typeof regularization !== 'object' || regularization === null) {
    throw invalid("'auto' or { theta, W }", 'regularization', regularization);
  }
  checkOptions(regularization, ['theta', 'W'], 'regularization');
  return regularization;
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

function choose(description: LayerDescription, scaling: Task['scaling'], { inputs, targets }: Samples, loss: Loss) {
  const network = new Network(description, scaledColumns(scaling.inputs, inputs.shape[1]));
  const [samples, outputs] = targets.shape;
  return chooseOptimizer(network, { samples, outputs, loss });
}

function checkMethods(optimizer: OptimizerDescription, loss: Loss, refit: boolean): void {
  const stages = stagesOf(optimizer);
  if (!isClosed(loss) && stages.some(({ optimizer: { type } }) => type === 'slimTrain')) {
    throw new GnvproError(
      'ERR_OPTION',
      `Expected another optimizer for the loss "${loss.name}": slimTrain fits least squares.`,
    );
  }
  if (refit && stages.length > 1) {
    throw new GnvproError('ERR_OPTION', 'Expected a single method with refit: true, which takes as many steps again.');
  }
}

/** More would overflow in products with the squares of the weights. */
const largestAlpha = 1e300;

function checkAlpha(alpha: number, name: string): void {
  checkNumber(alpha, name, { min: 0 });
  checkNumber(alpha, name, { max: largestAlpha });
}

function readAlphaTheta(alpha: number | 'auto' | QuadraticRegularizer, levels: number): Task['alphaTheta'] {
  if (alpha === 'auto') return alpha;
  if (typeof alpha !== 'object' || alpha === null) {
    checkAlpha(alpha, 'regularization.theta');
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
  checkSignal(signal);
  if (onIteration !== undefined) checkFunction(onIteration, 'onIteration');
  if (threads !== undefined) checkInteger(threads, 'threads', { min: 1, max: 256 });
}

/** Whether validation data have to find a number. With a given α_θ, least squares needs no search. */
export function searches(alphaTheta: unknown, alphaW: unknown, loss: Pick<Loss, 'curvature'>): boolean {
  return alphaTheta === 'auto' || (alphaW === 'auto' && !isClosed(loss));
}

function readAlphaW(alphaW: number | 'auto', alphaTheta: unknown, loss: Loss): Task['alphaW'] {
  if (alphaW === 'auto') return searches(alphaTheta, alphaW, loss) ? 'auto' : 'gcv';
  checkAlpha(alphaW, 'regularization.W');
  if (alphaW > 0 || isClosed(loss)) return alphaW;
  throw new GnvproError(
    'ERR_OPTION',
    `Expected regularization.W above 0 for the loss "${loss.name}" but received 0: the last layer would not be unique, or not finite.`,
  );
}

/** Each within the next, and the last within all. */
function readNested(parts: readonly NestedPart[], { inputs }: Samples): NestedPart[] {
  if (!Array.isArray(parts)) throw invalid('an array of { samples, iterations }', 'nested', parts);
  let least = 1;
  return parts.map((part: NestedPart, k) => {
    checkOptions(part, ['samples', 'iterations'], `nested, entry ${k}`);
    const { samples, iterations } = part;
    checkInteger(samples, `samples of nested, entry ${k}`, { min: least, max: inputs.shape[0] });
    checkInteger(iterations, `iterations of nested, entry ${k}`, { min: 1 });
    least = samples;
    return { samples, iterations };
  });
}

function readRuns(options: TrainOptions, validation: Samples | null, alphaTheta: unknown, alphaW: unknown, loss: Loss) {
  const { starts = 1, refit = false, baselines = false, levels = 1, initial, initialize } = options;
  checkInteger(starts, 'starts', { min: 1, max: 1000 });
  checkOneOf(refit, 'refit', [true, false]);
  checkOneOf(baselines, 'baselines', [true, false]);
  if ((searches(alphaTheta, alphaW, loss) || refit) && validation === null) {
    const option = refit ? 'refit: true' : "regularization 'auto'";
    throw new GnvproError('ERR_OPTION', `Expected validation data with ${option}, which decide.`);
  }
  if (refit && levels > 1) throw invalid('1', 'levels with refit: true', levels);
  if (starts > 1 && (initial !== undefined || types.isFloat64Array(initialize))) {
    throw new GnvproError('ERR_OPTION', 'Expected random starts with starts above 1, not weights that are given.');
  }
  return { starts, refit, baselines };
}

function readMetric(metric: ValidationMetric | undefined, loss: Loss): ValidationMetric {
  if (metric === undefined) return loss.defaultMetric;
  checkOneOf(metric, 'validationMetric', validationMetrics);
  const known = loss.meaning.metrics;
  if (known.includes(metric)) return metric;
  const quoted = known.map((name) => `'${name}'`);
  const last = quoted.pop();
  throw invalid(`${quoted.join(', ')} or ${last}`, `validationMetric of the loss "${loss.name}"`, metric);
}

function readSmoothing({ labelSmoothing = 0, temperature }: TrainOptions, loss: Loss, validation: Samples | null) {
  checkNumber(labelSmoothing, 'labelSmoothing', { min: 0, max: 0.9 });
  if (temperature !== undefined) checkOneOf(temperature, 'temperature', [true, false]);
  if (!loss.takesSmoothing && (labelSmoothing > 0 || temperature)) {
    const names = namesOf(({ takesSmoothing }) => takesSmoothing);
    throw new GnvproError('ERR_OPTION', `Expected labelSmoothing and temperature with loss: '${names}' only.`);
  }
  if (temperature && validation === null) {
    throw new GnvproError('ERR_OPTION', 'Expected validation data with temperature: true, to fit it on.');
  }
  return { labelSmoothing, fitsTemperature: validation !== null && (temperature ?? labelSmoothing > 0) };
}

function readNetwork({ network, initial }: TrainOptions, all: Samples, loss: Loss): LayerDescription {
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
  if (initial.loss !== loss.name) throw invalid(`"${initial.loss}", as initial has,`, 'loss', loss.name);
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

function readScaling({ scaling, initial }: TrainOptions, all: Samples, loss: Loss): Task['scaling'] {
  if (initial !== undefined && scaling !== undefined) {
    throw new GnvproError('ERR_OPTION', 'Expected no scaling with initial: the model brings its own.');
  }
  if (initial !== undefined) return initial.scaling;
  checkOptions(scaling ?? {}, ['inputs', 'targets'], 'scaling');
  const { sharesUnits, name } = loss;
  const { inputs = 'auto', targets = sharesUnits ? 'uniform' : 'none' } = scaling ?? {};
  if (!sharesUnits && targets !== 'none') throw invalid("'none'", `scaling.targets of the loss "${name}"`, targets);
  return {
    inputs: checkScaling(inputs, 'scaling.inputs', all.inputs.shape[1], inputScalingNames),
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
  if (types.isFloat64Array(initialize)) return snapshot(initialize, 'initialize');
  throw invalid("'random', 'svd' or a Float64Array of all weights", 'initialize', initialize);
}
