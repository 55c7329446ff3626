/**
 * @file How the outputs of a model vary with its weights, along the directions of their posterior: Laplace's method with
 * the derivatives of the outputs along θ and W (MacKay, Neural Computation 4(3), 1992; docs/uncertainty.md). Of a mean of
 * models it is that of their mixture.
 */
import type { Backend, Runner } from '../backend/backend.js';
import { throwIfCancelled } from '../job/cancel.js';
import { perform, type Steps } from '../job/job.js';
import { join } from '../linalg/vector.js';
import { derive } from '../network/network.js';
import type { Program } from '../program/program.js';
import { samplesAtATime } from './chunk.js';
import { withLastLayers } from './lastLayers.js';
import type { ModelParts } from './parts.js';
import { hasNoise, lengthOfNoise, type Posterior, type PosteriorSizes, sizesOf } from './posterior.js';
import { columnsOfRoots, layersOfRoots, transposedRoots } from './rootsOfW.js';

/** Of the outputs for a sample that the columns of roots are taken of in one go, for each member. */
const mostOutputs = 512;

/**
 * Takes what the outputs of consecutive samples vary by, each in units of its noise: the covariance of samples n and l,
 * t × t, is Σ e_n e_lᵀ over all directions e and members, plus (b_n · b_l) I.
 */
export interface Variation {
  /** e of a direction: samples × members × t. `isSeparate`: of t directions, each of which moves one output alone. */
  direction(E: Float64Array, isSeparate: boolean): void;
  /** b, of W by itself, the same for each output of least squares: samples × (members · m). */
  common(B: Float64Array): void;
}

interface Chunk {
  readonly samples: number;
  readonly inputs: Float64Array;
  readonly threads: number;
}

/** The samples of a call, and how it runs. */
export type Work = readonly [samples: number, inputs: Float64Array, threads: number, cancelFlag: Int32Array];

export class Directions {
  readonly sizes: PosteriorSizes;
  readonly outputs: number;
  /** What variations are told in, in original units: σ_j of the noise of each output, where there is one. */
  readonly unit: Float64Array;
  /** Whether there is. */
  readonly hasNoise: boolean;
  readonly #posterior: Posterior;
  readonly #theta: Float64Array;
  readonly #inputs: number;
  /** σ√members in scaled units: times s_j, the unit of output j. */
  readonly #scaledUnit: number;
  /** θ, then the W of the members. */
  readonly #weights: Float64Array;
  /** Of roots that the outputs do not share, so many columns are taken in one go. */
  readonly #columnsInGroup: number;
  readonly #chunk: number;
  readonly #linearize: Runner;
  readonly #derivative: Runner;
  readonly #spreads: Runner;

  /** `features`: Y in original units, θ → Z. */
  constructor(backend: Backend, features: Program, parts: ModelParts, posterior: Posterior) {
    const sizes = sizesOf(posterior, parts);
    this.#posterior = posterior;
    this.#theta = parts.theta;
    this.sizes = sizes;
    this.#inputs = parts.inputs;
    this.outputs = parts.outputs;
    this.#scaledUnit = lengthOfNoise(posterior.noise);
    const sigma = this.#scaledUnit / Math.sqrt(sizes.members);
    this.hasNoise = hasNoise(parts);
    this.unit = posterior.outputNoise.map((s, j) => Math.abs(parts.scaling.targets.scale[j]) * s * sigma);
    this.#weights = join(parts.theta, posterior.W);
    this.#columnsInGroup = Math.min(Math.ceil(mostOutputs / parts.outputs), columnsOfRoots(sizes, parts.outputs));
    const programs = derive(withLastLayers(features, sizes, parts.outputs), parts.inputs);
    this.#chunk = samplesAtATime(programs.linearize);
    this.#linearize = backend.prepare(programs.linearize);
    this.#derivative = backend.prepare(programs.jvp);
    const rows = sizes.rootKind === 'shared' ? sizes.columns : parts.outputs * this.#columnsInGroup;
    this.#spreads = backend.prepare(withLastLayers(features, sizes, rows));
  }

  /** Directions of the members' W alone (`onlyW`), or of θ, too, unless it is held. `take` is asked for each chunk of samples. */
  *walk(
    onlyW: boolean,
    [samples, inputs, threads, cancelFlag]: Work,
    take: (begin: number, end: number) => Variation,
  ): Steps<void> {
    for (let begin = 0; begin < samples; begin += this.#chunk) {
      const end = Math.min(samples, begin + this.#chunk);
      const Y = inputs.slice(begin * this.#inputs, end * this.#inputs);
      yield* this.#ofChunk(onlyW, { samples: end - begin, inputs: Y, threads }, take(begin, end), cancelFlag);
    }
  }

  *#ofChunk(onlyW: boolean, chunk: Chunk, variation: Variation, cancelFlag: Int32Array): Steps<void> {
    const { members, weights, isHeld } = this.sizes;
    const { inputs } = chunk;
    const at = yield* this.#run(this.#linearize, chunk, [inputs], [this.#weights]);
    const [S, ...residuals] = at.samples;
    if (members > 1) variation.direction(this.#inUnits(deviations(S, members, this.outputs)), false);
    yield* this.#ofRoots(chunk, variation, cancelFlag);
    for (let k = 0; k < (onlyW || isHeld ? 0 : weights); k++) {
      throwIfCancelled(cancelFlag);
      const vectors = [this.#weights, ...at.vectors, this.#direction(k)];
      const [changes] = (yield* this.#run(this.#derivative, chunk, [inputs, ...residuals], vectors)).samples;
      variation.direction(this.#inUnits(changes), false);
    }
  }

  /** Of W at given θ. */
  *#ofRoots(chunk: Chunk, variation: Variation, cancelFlag: Int32Array): Steps<void> {
    const { sizes, outputs } = this;
    if (sizes.rootKind === 'shared') {
      variation.common(yield* this.#spread(chunk, transposedRoots(this.#posterior, sizes)));
      return;
    }
    const [all, count] = [columnsOfRoots(sizes, outputs), this.#columnsInGroup];
    for (let first = 0; first < all; first += count) {
      throwIfCancelled(cancelFlag);
      const changes = yield* this.#spread(chunk, layersOfRoots(this.#posterior, sizes, outputs, [first, count]));
      for (let k = 0; k < Math.min(count, all - first); k++) {
        const own = columnOf(changes, chunk.samples * sizes.members, k, outputs);
        variation.direction(own, sizes.rootKind === 'separate');
      }
    }
  }

  /**
   * What last layers make of the features, samples × (members · rows): in units of s_j the same for each output, as the
   * covariance of W is s_j² times one that they share.
   */
  *#spread(chunk: Chunk, layers: Float64Array): Steps<Float64Array> {
    const weights = join(this.#theta, layers);
    const [changes] = (yield* this.#run(this.#spreads, chunk, [chunk.inputs], [weights])).samples;
    return changes.map((change) => change / this.#scaledUnit);
  }

  *#run(runner: Runner, { samples, threads }: Chunk, arrays: Float64Array[], vectors: Float64Array[]) {
    return yield* perform(runner.run(samples, { samples: arrays, vectors }, threads));
  }

  /** Samples × members × t. Moments of the mixture are means over the members. */
  #inUnits(changes: Float64Array): Float64Array {
    const { outputNoise } = this.#posterior;
    return changes.map((change, i) => change / this.#scaledUnit / outputNoise[i % this.outputs]);
  }

  /** d_k of all members at once: their features and weights are apart. */
  #direction(k: number): Float64Array {
    const { members, weights, columns } = this.sizes;
    const { theta, changesOfW } = this.#posterior;
    const packed = (weights * (weights + 1)) / 2;
    const size = this.outputs * columns;
    const direction = new Float64Array(this.#weights.length);
    for (let i = 0; i < members; i++) {
      const first = i * packed + (k * (k + 1)) / 2;
      direction.set(theta.subarray(first, first + k + 1), i * weights);
      const change = changesOfW.subarray((i * weights + k) * size, (i * weights + k + 1) * size);
      direction.set(change, members * weights + i * size);
    }
    return direction;
  }
}

/** The outputs of the members less their mean; samples × members × t. */
function deviations(S: Float64Array, members: number, t: number): Float64Array {
  const width = members * t;
  const result = S.slice();
  for (let first = 0; first < S.length; first += width) {
    for (let j = 0; j < t; j++) {
      let sum = 0;
      for (let i = j; i < width; i += t) sum += S[first + i];
      for (let i = j; i < width; i += t) result[first + i] -= sum / members;
    }
  }
  return result;
}

/** Columns kt … kt + t − 1 of so many rows. */
function columnOf(data: Float64Array, rows: number, k: number, t: number): Float64Array {
  const width = data.length / rows;
  const result = new Float64Array(rows * t);
  for (let n = 0; n < rows; n++) {
    for (let j = 0; j < t; j++) result[n * t + j] = data[n * width + k * t + j];
  }
  return result;
}
