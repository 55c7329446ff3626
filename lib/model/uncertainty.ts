/**
 * @file How uncertain the predictions of a model are: Laplace's method with the derivatives of the outputs along θ and W
 * (MacKay, Neural Computation 4(3), 1992; docs/uncertainty.md). Of a mean of models it is that of their mixture.
 */
import type { Backend, Runner } from '../backend/backend.js';
import { GnvproError } from '../errors.js';
import { throwIfCancelled } from '../job/cancel.js';
import { perform, type Steps } from '../job/job.js';
import { join } from '../linalg/vector.js';
import { derive } from '../network/network.js';
import type { Program } from '../program/program.js';
import { samplesAtATime } from './chunk.js';
import { withLastLayers } from './lastLayers.js';
import type { ModelParts } from './parts.js';
import { type Posterior, type PosteriorSizes, sizesOf } from './posterior.js';

export interface UncertaintyRequest {
  /** Whether θ is held. */
  readonly onlyW: boolean;
  /** Whether covariances of the outputs are asked for, else variances. */
  readonly isJoint: boolean;
}

interface Chunk {
  readonly samples: number;
  readonly inputs: Float64Array;
  readonly threads: number;
}

export class Uncertainty {
  /** σ of the noise, in original units. */
  readonly noise: Float64Array;
  readonly #posterior: Posterior;
  readonly #sizes: PosteriorSizes;
  readonly #inputs: number;
  readonly #t: number;
  /** In scaled units, the unit of all sums: no square overflows or vanishes. */
  readonly #sigma: number;
  /** θ, then the W of the members. */
  readonly #weights: Float64Array;
  /** θ, then their Tᵀ. */
  readonly #spread: Float64Array;
  readonly #chunk: number;
  readonly #linearize: Runner;
  readonly #derivative: Runner;
  readonly #spreads: Runner;

  /** `features`: Y in original units, θ → Z. */
  constructor(backend: Backend, features: Program, parts: ModelParts, posterior: Posterior) {
    const sizes = sizesOf(posterior, parts);
    this.#posterior = posterior;
    this.#sizes = sizes;
    this.#inputs = parts.inputs;
    this.#t = parts.outputs;
    this.#sigma = posterior.noise.reduce((length, sigma) => Math.hypot(length, sigma), 0) / Math.sqrt(sizes.members);
    this.#weights = join(parts.theta, posterior.W);
    this.#spread = join(parts.theta, transposedRoots(posterior.roots, sizes));
    const programs = derive(withLastLayers(features, sizes, parts.outputs), parts.inputs);
    this.#chunk = samplesAtATime(programs.linearize);
    this.#linearize = backend.prepare(programs.linearize);
    this.#derivative = backend.prepare(programs.jvp);
    this.#spreads = backend.prepare(withLastLayers(features, sizes, sizes.columns));
    this.noise = Float64Array.from(parts.scaling.targets.scale, (scale) => Math.abs(scale) * this.#sigma);
  }

  /** Variances, samples × t, or covariances, samples × t × t, without the noise, in units of it. */
  *run(
    request: UncertaintyRequest,
    samples: number,
    inputs: Float64Array,
    threads: number,
    cancelFlag: Int32Array,
  ): Steps<Float64Array> {
    const size = this.#t * (request.isJoint ? this.#t : 1);
    const result = allocate(samples, size);
    for (let start = 0; start < samples; start += this.#chunk) {
      const end = Math.min(samples, start + this.#chunk);
      const Y = inputs.slice(start * this.#inputs, end * this.#inputs);
      const chunk = { samples: end - start, inputs: Y, threads };
      yield* this.#add(request, chunk, result.subarray(start * size, end * size), cancelFlag);
    }
    return result;
  }

  /** Of the samples of a chunk. */
  *#add(request: UncertaintyRequest, chunk: Chunk, sums: Float64Array, cancelFlag: Int32Array): Steps<void> {
    const { isJoint, onlyW } = request;
    const { members, weights } = this.#sizes;
    const { inputs } = chunk;
    const at = yield* this.#run(this.#linearize, chunk, [inputs], [this.#weights]);
    const [S, ...residuals] = at.samples;
    this.#addProducts(sums, deviations(S, members, this.#t), isJoint);
    const [spreads] = (yield* this.#run(this.#spreads, chunk, [inputs], [this.#spread])).samples;
    this.#addSquares(sums, spreads, isJoint);
    for (let k = 0; k < (onlyW ? 0 : weights); k++) {
      throwIfCancelled(cancelFlag);
      const vectors = [this.#weights, ...at.vectors, this.#direction(k)];
      const [changes] = (yield* this.#run(this.#derivative, chunk, [inputs, ...residuals], vectors)).samples;
      this.#addProducts(sums, changes, isJoint);
    }
  }

  *#run(runner: Runner, { samples, threads }: Chunk, arrays: Float64Array[], vectors: Float64Array[]) {
    return yield* perform(runner.run(samples, { samples: arrays, vectors }, threads));
  }

  /** d_k of all members at once: their features and weights are apart. */
  #direction(k: number): Float64Array {
    const { members, weights, columns } = this.#sizes;
    const { theta, changesOfW } = this.#posterior;
    const packed = (weights * (weights + 1)) / 2;
    const size = this.#t * columns;
    const direction = new Float64Array(this.#weights.length);
    for (let i = 0; i < members; i++) {
      const first = i * packed + (k * (k + 1)) / 2;
      direction.set(theta.subarray(first, first + k + 1), i * weights);
      const change = changesOfW.subarray((i * weights + k) * size, (i * weights + k + 1) * size);
      direction.set(change, members * weights + i * size);
    }
    return direction;
  }

  /** sums += the mean over the members of E_ij E_il; E: samples × members × t. */
  #addProducts(sums: Float64Array, E: Float64Array, isJoint: boolean): void {
    const t = this.#t;
    const { members } = this.#sizes;
    const unit = this.#sigma * Math.sqrt(members);
    for (let e = 0; e < E.length; e += t) {
      const n = Math.floor(e / (members * t));
      for (let j = 0; j < t; j++) {
        const own = E[e + j] / unit;
        if (!isJoint) sums[n * t + j] += own * own;
        else for (let l = 0; l < t; l++) sums[(n * t + j) * t + l] += own * (E[e + l] / unit);
      }
    }
  }

  /** The mean over the members of ‖Tᵀz̃‖², the same for each output. */
  #addSquares(sums: Float64Array, spreads: Float64Array, isJoint: boolean): void {
    const t = this.#t;
    const { members, columns } = this.#sizes;
    const width = members * columns;
    const unit = this.#sigma * Math.sqrt(members);
    for (let n = 0; n * width < spreads.length; n++) {
      let square = 0;
      for (let i = n * width; i < (n + 1) * width; i++) square += (spreads[i] / unit) ** 2;
      for (let j = 0; j < t; j++) sums[isJoint ? (n * t + j) * t + j : n * t + j] += square;
    }
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

/** Tᵀ of each member. */
function transposedRoots(roots: Float64Array, { columns }: PosteriorSizes): Float64Array {
  const size = columns * columns;
  return roots.map((_, index) => {
    const [i, j] = [Math.floor((index % size) / columns), index % columns];
    return roots[index - (index % size) + j * columns + i];
  });
}

function allocate(samples: number, size: number): Float64Array {
  try {
    return new Float64Array(samples * size);
  } catch (cause) {
    const gigabytes = ((samples * size * 8) / 2 ** 30).toFixed(1);
    const message = `Expected covariances that fit in memory but ${samples} × ${size} numbers need ${gigabytes} GiB. Use fewer samples in a call.`;
    throw new GnvproError('ERR_MEMORY', message, { cause });
  }
}
