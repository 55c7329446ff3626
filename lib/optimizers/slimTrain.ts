/**
 * @file slimTrain (Newman, Chung, Chung and Ruthotto, arXiv 2109.14002): on every mini-batch W follows by a sampled
 * Tikhonov update that remembers some batches, and θ by ADAM with that W. Least squares only.
 */
import type { Backend } from '../backend/backend.js';
import { perform, type Steps } from '../job/job.js';
import { leadingRows, type Matrix, matrix, scaled, scaleRows, transposed, withOnes } from '../linalg/matrix.js';
import { join } from '../linalg/vector.js';
import { checkInteger, checkNumber, checkOneOf, checkOptions, invalid } from '../validate/check.js';
import { type AdamOptions, adamConstants, readAdamConstants } from './adam.js';
import type { LoadedData } from './batches.js';
import { MiniBatch, type MiniBatchMemory, type MiniBatchWork, miniBatchOptions, readMiniBatch } from './miniBatch.js';
import { evaluateWithGradient, type Memory, type SlimTrainDescription } from './optimizer.js';
import { chooseLambda, SampledTikhonov, type TikhonovBatch } from './sampledTikhonov.js';

export interface SlimTrainOptions extends AdamOptions {
  /** Batches before the present one that the update of W remembers (default 5). */
  memoryDepth?: number;
  /** How each update is regularised: by sampled generalised cross validation (default), or always alike. */
  regularization?: SlimTrainDescription['regularization'];
  /** Of the first updates; null (default) for α_W. */
  lambda?: number | null;
  /** Of the sum of all, where it is chosen (default 1e-7 to 1e3). */
  bounds?: readonly [number, number];
}

const optionNames = [...miniBatchOptions, ...adamConstants, 'memoryDepth', 'regularization', 'lambda', 'bounds'];

export function slimTrain(options: SlimTrainOptions = {}): SlimTrainDescription {
  checkOptions(options, optionNames, 'slimTrain');
  const { memoryDepth = 5, regularization = 'sampledGcv', lambda = null, bounds = [1e-7, 1e3] } = options;
  checkInteger(memoryDepth, 'memoryDepth', { min: 0, max: 1000 });
  checkOneOf(regularization, 'regularization', ['sampledGcv', 'constant']);
  if (lambda !== null) checkNumber(lambda, 'lambda', { above: 0 });
  if (!Array.isArray(bounds) || bounds.length !== 2) throw invalid('two numbers', 'bounds', bounds);
  checkNumber(bounds[0], 'bounds[0]', { above: 0 });
  checkNumber(bounds[1], 'bounds[1]', { min: bounds[0] });
  return {
    type: 'slimTrain',
    ...readMiniBatch(options, { learningRate: 1e-3 }),
    ...readAdamConstants(options),
    memoryDepth,
    regularization,
    lambda,
    bounds: [bounds[0], bounds[1]],
  };
}

/** The rule is that of θ. */
export interface SlimTrainWork extends MiniBatchWork {
  readonly backend: Pick<Backend, 'svd'>;
  /** P */
  readonly weights: number;
  /** λ of the first updates, where the description leaves it to the training. */
  readonly alphaW: number;
}

/** Where no λ is given and α_W = 0. */
const smallestLambda = 1e-10;

type SlimTrainMemory = MiniBatchMemory & {
  readonly sum: number;
  readonly batches: Matrix[];
};

export class SlimTrain extends MiniBatch<SlimTrainWork> {
  readonly #slim: SlimTrainDescription;
  readonly #first: number;
  #sum: number;
  /** Z̃/√b of the last batches. */
  #memory: Matrix[] = [];

  constructor(description: SlimTrainDescription, work: SlimTrainWork) {
    super(description, work);
    this.#slim = description;
    this.#first = description.lambda ?? Math.max(work.alphaW, smallestLambda);
    this.#sum = this.#first;
  }

  protected override *batchStep(x: Float64Array, rate: number, batch: LoadedData): Steps<Float64Array | null> {
    const { weights, batches, rule } = this.work;
    const before = yield* perform(batches.objective.at(x));
    if (!before.evaluation.finite) return null;
    x.set(yield* this.#updatedW(before.features(), x.subarray(weights), batch), weights);
    before.drop();
    const { point, gradient } = yield* evaluateWithGradient(batches.objective, x);
    point.drop();
    if (!point.evaluation.finite) return null;
    rule.update(x.subarray(0, weights), gradient.subarray(0, weights), rate);
    return gradient;
  }

  override memory(): SlimTrainMemory {
    return { ...super.memory(), sum: this.#sum, batches: this.#memory };
  }

  override *resume(x: Float64Array, memory: Memory): Steps<void> {
    yield* super.resume(x, memory);
    ({ sum: this.#sum, batches: this.#memory } = memory as SlimTrainMemory);
  }

  *#updatedW(features: Float64Array, W: Float64Array, { targets, sampleWeights }: LoadedData): Steps<Float64Array> {
    const { batches, backend } = this.work;
    const b = batches.size;
    const t = targets.length / b;
    const m = W.length / t;
    const Z = matrix(b, features.length / b, features);
    // Least squares with weights is least squares in rows scaled by their roots.
    const factors = Float64Array.from({ length: b }, (_, n) => Math.sqrt((sampleWeights?.[n] ?? 1) / b));
    const Zt = scaleRows(scaled(m > Z.cols ? withOnes(Z) : Z, 1), factors);
    const C = scaleRows(matrix(b, t, targets.slice()), factors);
    this.#memory = [Zt, ...this.#memory].slice(0, this.#slim.memoryDepth + 1);
    const M = join(...this.#memory.map(({ data }) => data));
    const svd = yield* perform(backend.svd(M.length / m, m, M));
    const batch = { Zt, C, W: matrix(t, m, W.slice()), svd, sum: this.#sum };
    const Lambda = this.#slim.regularization === 'constant' ? this.#first : yield* this.#choose(batch);
    this.#sum += Lambda;
    return new SampledTikhonov(batch).updated(Lambda).data;
  }

  /** In as few directions of the outputs as targets and W have: a rotation of the outputs changes no criterion. */
  *#choose(batch: TikhonovBatch): Steps<number> {
    const { bounds } = this.#slim;
    const { C, W } = batch;
    const [t, b, m] = [W.rows, C.rows, W.cols];
    if (t <= b + m) return chooseLambda(new SampledTikhonov(batch), bounds);
    const { U, s } = yield* perform(this.work.backend.svd(b + m, t, join(C.data, transposed(W).data)));
    const rotated = matrix(
      b + m,
      b + m,
      U.map((u, k) => u * s[k % (b + m)]),
    ); // the rows of C, then the columns of W
    const rest = matrix(m, b + m, rotated.data.subarray(b * (b + m)));
    const compact = { ...batch, C: leadingRows(rotated, b), W: transposed(rest) };
    return chooseLambda(new SampledTikhonov(compact), bounds);
  }
}
