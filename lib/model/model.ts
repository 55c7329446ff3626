/** @file The trained model: predicts, differentiates, measures itself, and goes to a file and back. */
import { readFile } from 'node:fs/promises';
import { inspect, types } from 'node:util';
import { type BackendName, selectBackend } from '../backend/select.js';
import { defaultThreads } from '../backend/threads.js';
import { checkAttached, isShared } from '../data/buffers.js';
import { type ClassName, type Labels, topColumn } from '../data/classes.js';
import { asRows, type FlatNumbers } from '../data/flat.js';
import { type Matrix, type MatrixLike, toMatrix } from '../data/matrix.js';
import { type ColumnNames, copyNames, noNames } from '../data/names.js';
import { isNamed, type NamedSamples, namedNumbers, namedRows } from '../data/records.js';
import { type PresentSamples, presentSamples } from '../data/samples.js';
import { applyScaling, undoScaling } from '../data/scaling.js';
import { readWeights } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import { type COptions, toC } from '../export/code/c.js';
import { toModule } from '../export/code/module.js';
import type { OnnxOptions } from '../export/onnx/onnx.js';
import { writeAtomically } from '../files/atomic.js';
import { FileMatrix, fromFile } from '../files/fileMatrix.js';
import { writeRows } from '../files/matrixFile.js';
import { checkPath } from '../files/path.js';
import { formatOf } from '../files/source.js';
import { driveUntilAborted, noCancel } from '../job/cancel.js';
import { driveSync, type Steps } from '../job/job.js';
import { matrix } from '../linalg/matrix.js';
import type { AnyMetrics, Meaning } from '../loss/meaning.js';
import { defaultLoss, lossFacts, namesOf } from '../loss/registry.js';
import { averagedLinks, takesCovariances } from '../metrics/averaged.js';
import type { ScoreKind } from '../metrics/classification.js';
import type { Metrics } from '../metrics/metrics.js';
import { type InverseLink, inverseLinks } from '../metrics/probabilities.js';
import { copyDescription, type LayerDescription } from '../network/layer.js';
import { checkInteger, checkNumber, checkOneOf, checkOptions, checkSignal, invalid } from '../validate/check.js';
import { byRows, checkInputs, evaluateByRows, gathered, inMemory } from './byRows.js';
import type { CallOptions, ToFile } from './callOptions.js';
import type { Directions } from './directions.js';
import { type Drift, driftOf } from './drift.js';
import { exportedOf } from './exported.js';
import { factorsOf } from './factors.js';
import { decodeModel, encodeModel, unusable } from './file.js';
import { judgeOf, readTruth } from './judge.js';
import { type LearningSamples, learned, leftOut } from './learning.js';
import { copyFacts, copyParts, copyScaling, featureCount, type ModelParts, misfit } from './parts.js';
import { hasNoise, type Posterior } from './posterior.js';
import {
  type JointPrediction,
  type PredictOptions,
  type ProbabilityOptions,
  predictionOf,
  readPredictOptions,
  readProbabilityOptions,
  requestOf,
  type UncertainPrediction,
  type UncertaintyOptions,
} from './prediction.js';
import { Predictor } from './predictor.js';
import { summarize } from './summary.js';
import { uncertaintyOf } from './uncertainty.js';

export interface ModelOptions {
  /** Default `native`. */
  readonly backend?: BackendName;
  /** Threads of every call that does not say. Default: 1 for small inputs, else the number of cores. */
  readonly threads?: number;
}

export interface SaveOptions {
  /** Whether the posterior goes along, which the uncertainty of predictions needs (default true). */
  readonly posterior?: boolean;
}

export interface EvaluateOptions extends CallOptions {
  /** Weights of the samples, N numbers of at least 0 (default 1 each). */
  readonly sampleWeights?: ArrayLike<number>;
  /**
   * Of the samples that the model was trained on: what it would say of each, had its last layer not seen it (default
   * false). Needs a posterior.
   */
  readonly leaveOneOut?: boolean;
  /** Of a classifier: its probabilities averaged over its posterior, as `predictProbabilities` has them (default false). */
  readonly uncertainty?: boolean;
}

export type LearningOptions = Omit<EvaluateOptions, 'leaveOneOut' | 'uncertainty'>;

export interface DriftOptions extends LearningOptions {
  /** How often samples that are as the model expects may be taken for others (default 0.05). */
  readonly level?: number;
}

/**
 * N × d, a row a sample. Without rows: the d numbers of one sample, or for d = 1 a number a sample. Of a model that knows
 * the names of its columns also objects with these names, one a sample, or one.
 */
export type Inputs = MatrixLike | FlatNumbers | NamedSamples;

/** Labels or N × t numbers; objects by the names of the target columns. */
export type Targets = Labels | NamedSamples;

/** ∂ output o / ∂ input j of sample n is data[(n · outputs + o) · inputs + j]. */
export interface JacobianArray {
  readonly data: Float64Array;
  readonly shape: readonly [samples: number, outputs: number, inputs: number];
}

interface Live {
  readonly parts: ModelParts;
  readonly predictor: Predictor;
}

/**
 * Takes inputs and gives outputs in original units; those of a classifier are logits. `M` is what `evaluate` tells.
 * After `dispose()` everything throws ERR_DISPOSED.
 */
export class Model<M extends AnyMetrics = Metrics> {
  readonly #backend: BackendName;
  readonly #threads: number | undefined;
  #live: Live | null;

  /**
   * `train()` makes models; parts of your own need a traced network (`new Network(…).trace()`).
   *
   * @throws GnvproError ERR_SHAPE when the parts do not fit each other
   */
  constructor(parts: ModelParts, options: ModelOptions = {}) {
    checkOptions(options, ['backend', 'threads'], 'Model');
    const { backend = 'native', threads } = options;
    checkThreads(threads);
    const own = copyParts(parts);
    const problem = misfit(own);
    if (problem !== null)
      throw new GnvproError('ERR_SHAPE', `Expected parts of a model that fit each other, but ${problem}.`);
    this.#backend = backend;
    this.#threads = threads;
    this.#live = { parts: own, predictor: new Predictor(own, selectBackend(backend)) };
  }

  /**
   * N × inputs → N × outputs, off the main thread; `predict([0.3, -0.2])` and
   * `predict({ width: 0.3, height: -0.2 })` are one sample. Reads the inputs before it returns
   * the promise; the result is the caller's.
   *
   * With `uncertainty: true` also how sure the model is, for a training that found its regularisation by evidence
   * (docs/uncertainty.md): a pass of the network for each weight of θ, or two with `over: 'W'`. Of a classifier, or of
   * more than 4,000 weights, the posterior is of W alone.
   *
   * Inputs of `fromFile` are read some rows at a time; with `to`, the path of a `.npy` file, so are the outputs written,
   * all or nothing, and the promise is of a matrix there (docs/data.md).
   *
   * @throws GnvproError ERR_SHAPE, ERR_COLUMNS, ERR_NONFINITE, ERR_OPTION, ERR_DETACHED, ERR_DISPOSED; ERR_STATE for the
   *   uncertainty of a model without a posterior, or `over: 'all'` of one whose posterior is of W alone; the signal's reason when it is aborted
   */
  predict(inputs: Inputs, options: UncertaintyOptions & { readonly covariance: true }): Promise<JointPrediction>;
  predict(inputs: Inputs, options: UncertaintyOptions): Promise<UncertainPrediction>;
  predict(inputs: FileMatrix, options: CallOptions & ToFile): Promise<FileMatrix>;
  predict(inputs: Inputs | FileMatrix, options?: PredictOptions): Promise<Matrix>;
  async predict(
    inputs: Inputs | FileMatrix,
    options: PredictOptions | UncertaintyOptions | (CallOptions & ToFile) = {},
  ): Promise<Matrix | UncertainPrediction | FileMatrix> {
    if (inputs instanceof FileMatrix) return this.#fromFile(inputs, options, (some, call) => this.#outputs(some, call));
    const { call, asked } = readPredictOptions(options, asyncOptions);
    if (asked === null) return this.#outputs(inputs, call);
    const directions = this.#directions('for its uncertainty');
    const request = requestOf(asked, directions);
    const Y = copyOf(this.#inputs(inputs, call));
    const mean: Matrix = await this.#outputs(Y, call);
    const spread = await this.#offThread(Y, call, (...work) => uncertaintyOf(directions, request, work));
    return predictionOf(mean, spread, directions, request);
  }

  /** What `predict` does, on the calling thread. */
  predictSync(
    inputs: Inputs,
    options: Omit<UncertaintyOptions, 'signal'> & { readonly covariance: true },
  ): JointPrediction;
  predictSync(inputs: Inputs, options: Omit<UncertaintyOptions, 'signal'>): UncertainPrediction;
  predictSync(inputs: Inputs, options?: Omit<PredictOptions, 'signal'>): Matrix;
  predictSync(
    inputs: Inputs,
    options: Omit<PredictOptions, 'signal'> | Omit<UncertaintyOptions, 'signal'> = {},
  ): Matrix | UncertainPrediction {
    const { call, asked } = readPredictOptions(options, syncOptions);
    if (asked === null) return this.#outputsSync(inputs, call);
    const directions = this.#directions('for its uncertainty');
    const request = requestOf(asked, directions);
    const Y = this.#inputs(inputs, call, syncOptions);
    const mean = this.#outputsSync(Y, call);
    const spread = this.#onThread(Y, call, (...work) => uncertaintyOf(directions, request, work));
    return predictionOf(mean, spread, directions, request);
  }

  /**
   * N × outputs probabilities: of the classes (softmax) after `crossEntropy`, of each output (sigmoid) after `logistic`.
   * With `uncertainty: true` they are averaged over the posterior of the logits, which takes them towards each other where
   * the model is unsure. From file to file as `predict`. Throws as `predict` does, and ERR_STATE for other losses.
   */
  predictProbabilities(inputs: FileMatrix, options: ProbabilityOptions & ToFile): Promise<FileMatrix>;
  predictProbabilities(inputs: Inputs | FileMatrix, options?: ProbabilityOptions): Promise<Matrix>;
  async predictProbabilities(
    inputs: Inputs | FileMatrix,
    options: ProbabilityOptions & Partial<ToFile> = {},
  ): Promise<Matrix | FileMatrix> {
    const link = this.#link();
    if (inputs instanceof FileMatrix) {
      const { uncertainty, ...rest } = options;
      return this.#fromFile(inputs, rest, (some, call) => this.predictProbabilities(some, { ...call, uncertainty }));
    }
    const { uncertainty, call } = readProbabilityOptions(options, asyncOptions);
    if (!uncertainty) return inverseLinks[link](await this.#outputs(inputs, call));
    return averaged(link, await this.predict(inputs, { ...call, ...spreadFor(link) }));
  }

  /** What `predictProbabilities` does, on the calling thread. */
  predictProbabilitiesSync(inputs: Inputs, options: Omit<ProbabilityOptions, 'signal'> = {}): Matrix {
    const { uncertainty, call } = readProbabilityOptions(options, syncOptions);
    const link = this.#link();
    if (!uncertainty) return inverseLinks[link](this.#outputsSync(inputs, call));
    return averaged(link, this.predictSync(inputs, { ...call, ...spreadFor(link) }));
  }

  /**
   * The most probable class of each sample, by its name; in a file the numbers of the classes, from 0. Throws as `predict`
   * does, and ERR_STATE without classes.
   */
  predictClasses(inputs: FileMatrix, options: CallOptions & ToFile): Promise<FileMatrix>;
  predictClasses(inputs: Inputs | FileMatrix, options?: CallOptions): Promise<ClassName[]>;
  async predictClasses(
    inputs: Inputs | FileMatrix,
    options: CallOptions & Partial<ToFile> = {},
  ): Promise<ClassName[] | FileMatrix> {
    const nameOf = this.#topClass();
    if (inputs instanceof FileMatrix) {
      const numbers = await this.#fromFile(
        inputs,
        options,
        async (some, call) => topColumns(await this.#outputs(some, call)),
        1,
      );
      return numbers instanceof FileMatrix
        ? numbers
        : Array.from(numbers.data, (j) => (this.classes as ClassName[])[j]);
    }
    return nameOf(await this.#outputs(inputs, options));
  }

  /** What `predictClasses` does, on the calling thread. */
  predictClassesSync(inputs: Inputs, options: Omit<CallOptions, 'signal'> = {}): ClassName[] {
    return this.#topClass()(this.#outputsSync(inputs, options));
  }

  /**
   * How well the predictions for `inputs` meet `targets`: N × outputs, or a label a sample for a model with classes. A
   * sample of weight ω counts as ω samples. Those of `fromFile` are read some rows at a time. Throws as `predict` does, and
   * ERR_LABEL.
   */
  async evaluate(
    inputs: Inputs | FileMatrix,
    targets: Targets | FileMatrix,
    options: EvaluateOptions = {},
  ): Promise<M> {
    const { leaveOneOut = false, uncertainty = false, ...rest } = options;
    checkOneOf(leaveOneOut, 'leaveOneOut', [true, false]);
    checkOneOf(uncertainty, 'uncertainty', [true, false]);
    if (inputs instanceof FileMatrix && !leaveOneOut)
      return this.#evaluateFile(inputs, targets, { ...rest, uncertainty });
    if (inputs instanceof FileMatrix || targets instanceof FileMatrix) {
      return this.evaluate(inMemory(inputs), inMemory(targets), options);
    }
    if (leaveOneOut) return this.#evaluateLeftOut(inputs, targets, rest);
    const { sampleWeights: _, ...call } = rest;
    const { present, judge } = this.judge(inputs, targets, rest);
    if (!uncertainty) return judge(await this.#predict(present, call));
    const { data } = await this.predictProbabilities(present, { ...call, uncertainty });
    return judge(data, 'probabilities');
  }

  /**
   * A model that has learned from more samples: its last layer is what a projection with all of them gives, exactly. The
   * weights of the network, scaling and noise stay, and so does what the posterior knows of θ. For a training by evidence.
   *
   * @throws GnvproError as `evaluate` does; ERR_STATE without a posterior
   */
  async update(inputs: Inputs, targets: Targets, options: LearningOptions = {}): Promise<Model<M>> {
    return this.#learn(1, inputs, targets, options);
  }

  /** The same without samples that it has learned from. Throws ERR_STATE where it has not. */
  async downdate(inputs: Inputs, targets: Targets, options: LearningOptions = {}): Promise<Model<M>> {
    return this.#learn(-1, inputs, targets, options);
  }

  /**
   * Whether samples that the model has not seen are what it expects, by all their deviations jointly: if not, it is time
   * to train again. For a training by evidence.
   *
   * @throws GnvproError as `evaluate` does; ERR_STATE without a posterior; ERR_MEMORY for more samples than 1 GiB holds the
   *   covariances of
   */
  async drift(inputs: Inputs, targets: Targets, options: DriftOptions = {}): Promise<Drift> {
    checkOptions(options, ['sampleWeights', 'level', ...asyncOptions], 'the call');
    const { sampleWeights, level = 0.05, ...call } = options;
    checkNumber(level, 'level', { above: 0, max: 1 });
    const directions = this.#directionsWithNoise('for what it expects');
    const present = this.#present(copyOf(this.#inputs(inputs, call)), targets, sampleWeights);
    const { data: residuals } = readTruth(this, present);
    const predicted = await this.#predict(present.inputs, call);
    residuals.forEach((y, i) => {
      residuals[i] = (y - predicted[i]) / directions.unit[i % directions.outputs];
    });
    const { weights } = present;
    return this.#offThread(present.inputs, call, (...work) => driftOf(directions, work, { residuals, weights, level }));
  }

  /**
   * @internal The joint covariance of the outputs for all inputs, which `check` has seen. Throws as `predict` with
   * `uncertainty` does, and ERR_MEMORY.
   */
  async joint(inputs: Inputs, call: CallOptions, check: (rows: number) => void) {
    const directions = this.#directionsWithNoise('for what samples would teach it');
    const Y = copyOf(this.#inputs(inputs, call));
    check(Y.shape[0]);
    const factors = await this.#offThread(Y, call, (...work) => factorsOf(directions, work));
    return { inputs: Y, noise: directions.unit, factors };
  }

  /** @internal What `evaluate` has read: the inputs that are present, and what judges the outputs for them. */
  judge(inputs: Inputs, targets: Targets, { sampleWeights, ...call }: EvaluateOptions) {
    const present = this.#present(this.#inputs(inputs, call), targets, sampleWeights);
    const judge = judgeOf(this, present);
    return { present: present.inputs, judge: (data: Float64Array, scores?: ScoreKind) => judge(data, scores) as M };
  }

  /** What `evaluate` does, on the calling thread. */
  evaluateSync(inputs: Inputs, targets: Targets, options: Omit<EvaluateOptions, 'signal' | 'leaveOneOut'> = {}): M {
    const { sampleWeights, uncertainty = false, ...call } = options;
    checkOneOf(uncertainty, 'uncertainty', [true, false]);
    const present = this.#present(this.#inputs(inputs, call, syncOptions), targets, sampleWeights);
    const judge = judgeOf(this, present);
    if (!uncertainty) return judge(this.#outputsSync(present.inputs, call).data) as M;
    return judge(this.predictProbabilitiesSync(present.inputs, { ...call, uncertainty }).data, 'probabilities') as M;
  }

  /** The derivatives of the outputs by the inputs, sample by sample, exact. Throws as `predict` does, and ERR_MEMORY. */
  async jacobian(inputs: Inputs, options: CallOptions = {}): Promise<JacobianArray> {
    const { parts, predictor } = this.#open();
    const Y = this.#inputs(inputs, options);
    const data = await this.#offThread(copyOf(Y), options, (...call) => predictor.jacobian(...call));
    return { data, shape: [Y.shape[0], parts.outputs, parts.inputs] };
  }

  /** What `jacobian` does, on the calling thread. */
  jacobianSync(inputs: Inputs, options: Omit<CallOptions, 'signal'> = {}): JacobianArray {
    const { parts, predictor } = this.#open();
    const Y = this.#inputs(inputs, options, syncOptions);
    const data = this.#onThread(Y, options, (...call) => predictor.jacobian(...call));
    return { data, shape: [Y.shape[0], parts.outputs, parts.inputs] };
  }

  /** Writes the model to one file, all or nothing. Errors of the file system (ENOENT, …) pass as they are. */
  async save(path: string | URL, options: SaveOptions = {}): Promise<void> {
    const bytes = this.toBytes(options);
    await writeAtomically(checkPath(path), bytes);
  }

  /**
   * Reads a file that `save` wrote. It holds data and the traced program: no code of a layer is needed.
   *
   * @throws GnvproError ERR_MODEL_FILE when it is damaged, not a model, or of a newer format
   */
  static async load<M extends AnyMetrics = Metrics>(path: string | URL, options: ModelOptions = {}): Promise<Model<M>> {
    return Model.fromBytes<M>(await readFile(checkPath(path)), options);
  }

  /** What `save` writes. */
  toBytes(options: SaveOptions = {}): Uint8Array {
    checkOptions(options, ['posterior'], 'the call');
    const { posterior = true } = options;
    checkOneOf(posterior, 'posterior', [true, false]);
    const { parts } = this.#open();
    return encodeModel(posterior ? parts : { ...parts, posterior: null });
  }

  /** Throws as `load` does. */
  static fromBytes<M extends AnyMetrics = Metrics>(bytes: Uint8Array, options: ModelOptions = {}): Model<M> {
    if (!types.isUint8Array(bytes)) throw invalid('a Uint8Array', 'bytes', bytes);
    checkAttached(bytes, 'bytes');
    const parts = decodeModel(isShared(bytes) ? new Uint8Array(bytes) : bytes); // one reading, as its checksum says
    try {
      return new Model(parts, options);
    } catch (error) {
      if ((error as GnvproError).code === 'ERR_PROGRAM') throw unusable(error);
      throw error;
    }
  }

  /**
   * The model as an ONNX file (docs/export.md): inputs N × d, outputs N × t in original units. What writes it is loaded
   * with the first call.
   *
   * @throws GnvproError ERR_OPTION; ERR_STATE for probabilities of a loss that has none; ERR_EXPORT where a weight is not
   * finite, or is not a float32 and `precision` asks for it; ERR_DISPOSED
   */
  async toOnnx(options: OnnxOptions = {}): Promise<Uint8Array> {
    checkOptions(options, ['precision', 'probabilities'], 'toOnnx');
    if (options.probabilities === true) this.#link();
    const exported = exportedOf(this.#open().parts);
    const { toOnnx } = await import('../export/onnx/onnx.js');
    return toOnnx(exported, options);
  }

  /**
   * The model as one file of C99 without dependencies: prediction and Jacobian of a sample (docs/export.md).
   *
   * @throws GnvproError ERR_OPTION; ERR_EXPORT where a weight is not finite; ERR_DISPOSED
   */
  toC(options: COptions = {}): string {
    checkOptions(options, ['name'], 'toC');
    return toC(exportedOf(this.#open().parts), options);
  }

  /**
   * The model as one ES module without dependencies, for browsers and workers: prediction and Jacobian (docs/export.md).
   *
   * @throws GnvproError ERR_EXPORT where a weight is not finite; ERR_DISPOSED
   */
  toModule(): string {
    return toModule(exportedOf(this.#open().parts));
  }

  /** Frees what the model holds. Calls that are running finish. */
  dispose(): void {
    this.#live = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The description of the network, without the last layer: a copy. */
  get network(): LayerDescription {
    return copyDescription(this.#open().parts.network);
  }

  /** Input columns d. */
  get inputs(): number {
    return this.#open().parts.inputs;
  }

  /** Output columns t. */
  get outputs(): number {
    return this.#open().parts.outputs;
  }

  /** Columns w of the network's result Z. */
  get features(): number {
    return featureCount(this.#open().parts);
  }

  /** Whether the last layer has a bias. */
  get bias(): boolean {
    return this.#open().parts.bias;
  }

  /** All weights: θ and W. */
  get weightCount(): number {
    const { theta, W } = this.#open().parts;
    return theta.length + W.length;
  }

  /** θ, the weights of the network, for scaled inputs: a copy. */
  get theta(): Float64Array {
    return this.#open().parts.theta.slice();
  }

  /** The last layer, outputs × (features, then the bias) row-major, for scaled targets: a copy. */
  get W(): Float64Array {
    return this.#open().parts.W.slice();
  }

  /** Scalings of the columns of inputs and targets: a copy. */
  get scaling(): ModelParts['scaling'] {
    return copyScaling(this.#open().parts.scaling);
  }

  /** The loss of the training, which says what the outputs mean. */
  get loss(): string {
    return this.#open().parts.loss ?? defaultLoss;
  }

  /** The names of the classes, one an output: a copy; null for a model without. */
  get classes(): ClassName[] | null {
    const { classes } = this.#open().parts;
    return classes == null ? null : [...classes];
  }

  /** The names of the input and target columns of its training, each null where they are not known: a copy. */
  get names(): ColumnNames {
    return copyNames(this.#open().parts.names ?? noNames);
  }

  /** Facts of the training that made the model, or null: a copy. */
  get training(): ModelParts['training'] {
    return copyFacts(this.#open().parts.training);
  }

  /** Whether `predict` can tell the uncertainty. */
  get hasPosterior(): boolean {
    return this.#open().parts.posterior != null;
  }

  /** Layers, weights, scaling and origin in a few lines. */
  toString(): string {
    return this.#live === null ? 'gnvpro model (disposed)' : summarize(this.#live.parts);
  }

  [inspect.custom](): string {
    return this.toString();
  }

  #open(): Live {
    if (this.#live === null)
      throw new GnvproError('ERR_DISPOSED', 'This model was disposed and cannot be used any more.');
    return this.#live;
  }

  get #meaning(): Meaning {
    return lossFacts(this.loss).meaning;
  }

  #inputs(value: Inputs, options: CallOptions, known = asyncOptions): Matrix {
    checkOptions(options, known, 'the call');
    checkThreads(options.threads);
    checkSignal(options.signal);
    const { inputs, names } = this;
    const Y = toMatrix(
      isNamed(value) ? namedNumbers(value, names.inputs, 'inputs') : asRows(value, inputs, 'inputs'),
      'inputs',
    );
    checkInputs(Y.shape[1], inputs);
    return Y;
  }

  /** What makes probabilities of the outputs. */
  #link(): InverseLink {
    const { probabilities } = this.#meaning;
    if (probabilities !== null) return probabilities;
    const losses = namesOf(({ meaning }) => meaning.probabilities !== null);
    throw new GnvproError(
      'ERR_STATE',
      `Expected a model trained with the loss ${losses}, for probabilities, but this one had ${this.loss}.`,
    );
  }

  #topClass(): (logits: Matrix) => ClassName[] {
    const { classes } = this;
    if (classes !== null) {
      return (logits) => Array.from({ length: logits.shape[0] }, (_, n) => classes[topColumn(logits, n)]);
    }
    throw new GnvproError('ERR_STATE', `Expected a model with classes but this one had the loss ${this.loss}.`);
  }

  #directions(purpose: string): Directions {
    return this.#open().predictor.directions(this.#posterior(purpose));
  }

  #directionsWithNoise(purpose: string): Directions {
    return this.#open().predictor.directions(this.#posteriorWithNoise(purpose));
  }

  /** Of least squares: what samples do to a last layer of another loss is no formula. */
  #posteriorWithNoise(purpose: string): Posterior {
    if (hasNoise(this)) return this.#posterior(purpose);
    throw new GnvproError(
      'ERR_STATE',
      `Expected a model trained with the loss ${defaultLoss}, ${purpose}, but this one had ${this.loss}.`,
    );
  }

  #posterior(purpose: string): Posterior {
    const { parts } = this.#open();
    if (parts.posterior != null) return parts.posterior;
    throw new GnvproError(
      'ERR_STATE',
      `Expected a model with a posterior, ${purpose}, but this one has none. Train with regularization: 'evidence', to the end, and save with the posterior.`,
    );
  }

  /** Without `to` all in memory. `cols`: of the result, where they are not the outputs. */
  async #fromFile(
    inputs: FileMatrix,
    options: CallOptions & Partial<ToFile>,
    predict: (some: Matrix, call: CallOptions) => Promise<Matrix>,
    cols = this.outputs,
  ): Promise<Matrix | FileMatrix> {
    checkOptions(options, [...asyncOptions, 'to'], 'the call');
    const { to, ...call } = options;
    const pieces = byRows(this, inputs, (some) => predict(some, call));
    const [rows] = inputs.shape;
    if (to === undefined) return gathered(rows, cols, pieces);
    const path = checkPath(to);
    if (formatOf(path) !== 'npy') throw invalid('a path that ends in .npy', 'to', to);
    await writeRows(path, rows, pieces);
    return fromFile(path);
  }

  async #evaluateFile(
    inputs: FileMatrix,
    targets: Targets | FileMatrix,
    { sampleWeights, uncertainty, ...call }: EvaluateOptions,
  ): Promise<M> {
    checkOptions(call, asyncOptions, 'the call');
    const truth = isNamed(targets) ? this.#named(targets) : targets;
    const predict = (some: Matrix) =>
      uncertainty ? this.predictProbabilities(some, { ...call, uncertainty }) : this.#outputs(some, call);
    const scores = uncertainty ? 'probabilities' : 'logits';
    const samples = { inputs, targets: truth, sampleWeights };
    return (await evaluateByRows(this, samples, predict, { scores, signal: call.signal })) as M;
  }

  async #evaluateLeftOut(inputs: Inputs, targets: Targets, options: LearningOptions): Promise<M> {
    const { sampleWeights, ...call } = options;
    const present = this.#present(copyOf(this.#inputs(inputs, call)), targets, sampleWeights);
    const judge = judgeOf(this, present);
    const posterior = this.#posteriorWithNoise('for what it would say without a sample');
    const samples = await this.#learningSamples(present, call);
    const { parts } = this.#open();
    return judge(undoScaling(parts.scaling.targets, leftOut(parts, posterior, samples).data)) as M;
  }

  async #learn(sign: 1 | -1, inputs: Inputs, targets: Targets, options: LearningOptions): Promise<Model<M>> {
    checkOptions(options, ['sampleWeights', ...asyncOptions], 'the call');
    const { sampleWeights, ...call } = options;
    const posterior = this.#posteriorWithNoise('to learn from samples');
    const present = this.#present(copyOf(this.#inputs(inputs, call)), targets, sampleWeights);
    const samples = await this.#learningSamples(present, call);
    const { parts } = this.#open();
    const own: ModelOptions = {
      backend: this.#backend,
      ...(this.#threads === undefined ? {} : { threads: this.#threads }),
    };
    return new Model({ ...parts, ...learned(parts, posterior, samples, sign) }, own);
  }

  /** Reads the targets before it returns. */
  async #learningSamples(present: PresentSamples, call: CallOptions): Promise<LearningSamples> {
    const { parts, predictor } = this.#open();
    const truth = readTruth(this, present);
    applyScaling(parts.scaling.targets, truth.data);
    const Z = await this.#offThread(present.inputs, call, (N, Y, threads) => predictor.features(N, Y, threads));
    const [rows] = truth.shape;
    return {
      Z: matrix(rows, featureCount(parts), Z),
      targets: matrix(rows, parts.outputs, truth.data),
      weights: present.weights,
    };
  }

  #present(Y: Matrix, targets: Targets, weights: ArrayLike<number> | undefined): PresentSamples {
    const truth = isNamed(targets) ? this.#named(targets) : targets;
    return presentSamples(Y, truth, readWeights(weights, Y.shape[0]));
  }

  /** Shares of classes go by the names of these where the column of the training held labels. */
  #named(targets: NamedSamples): Labels {
    const { names, classes } = this;
    if (classes === null) return namedNumbers(targets, names.targets, 'targets');
    const rows = namedRows(targets, names.targets, 'targets');
    return names.targets?.length === 1 ? (rows.map(([label]) => label) as string[]) : (rows as number[][]);
  }

  async #outputs(inputs: Inputs, options: CallOptions): Promise<Matrix> {
    const { outputs } = this;
    const Y = this.#inputs(inputs, options);
    return { data: await this.#predict(Y, options), shape: [Y.shape[0], outputs] };
  }

  #outputsSync(inputs: Inputs, options: Omit<CallOptions, 'signal'>): Matrix {
    const { parts, predictor } = this.#open();
    const Y = this.#inputs(inputs, options, syncOptions);
    const data = this.#onThread(Y, options, (...call) => predictor.predict(...call));
    return { data, shape: [Y.shape[0], parts.outputs] };
  }

  /** Reads Y before it returns: the native job copies it at its start. */
  #predict(Y: Matrix, options: CallOptions): Promise<Float64Array> {
    const { predictor } = this.#open();
    const own = this.#backend === 'native' ? Y : copyOf(Y);
    return this.#offThread(own, options, (...call) => predictor.predict(...call));
  }

  #offThread<R>(Y: Matrix, { signal, threads }: CallOptions, start: Call<R>): Promise<R> {
    const [N] = Y.shape;
    return driveUntilAborted(signal, (cancelFlag) => start(N, Y.data, this.#threadsFor(N, threads), cancelFlag));
  }

  #onThread<R>(Y: Matrix, { threads }: CallOptions, start: Call<R>): R {
    const [N] = Y.shape;
    return driveSync(start(N, Y.data, this.#threadsFor(N, threads), noCancel()));
  }

  #threadsFor(samples: number, threads: number | undefined): number {
    return threads ?? this.#threads ?? defaultThreads(this.#backend, samples);
  }
}

const asyncOptions = ['signal', 'threads'];
const syncOptions = ['threads'];

/** What the average of probabilities takes. */
function spreadFor(link: InverseLink) {
  return { uncertainty: true, covariance: takesCovariances[link] } as const;
}

function averaged(link: InverseLink, told: UncertainPrediction & Partial<JointPrediction>): Matrix {
  const spread = told.covariance?.data ?? told.standardDeviation.data.map((sigma) => sigma * sigma);
  return averagedLinks[link](told.mean, spread);
}

type Call<R> = (samples: number, inputs: Float64Array, threads: number, cancelFlag: Int32Array) => Steps<R>;

function topColumns(logits: Matrix): Matrix {
  const [rows] = logits.shape;
  return { data: Float64Array.from({ length: rows }, (_, n) => topColumn(logits, n)), shape: [rows, 1] };
}

function copyOf({ data, shape }: Matrix): Matrix {
  return { data: data.slice(), shape };
}

function checkThreads(threads: number | undefined): void {
  if (threads !== undefined) checkInteger(threads, 'threads', { min: 1, max: 256 });
}
