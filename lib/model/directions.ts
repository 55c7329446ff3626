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
import { type Posterior, type PosteriorSizes, sizesOf } from './posterior.js';

/**
 * Takes what the outputs of consecutive samples vary by, in units of the noise: the covariance of samples n and l, t × t,
 * is Σ e_n e_lᵀ over all directions e and members, plus (b_n · b_l) I.
 */
export interface Variation {
  /** e of a direction: samples × members × t. */
  direction(E: Float64Array): void;
  /** b, of W by itself, the same for each output: samples × (members · m). */
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
  /** σ of the noise, in original units. */
  readonly noise: Float64Array;
  readonly #posterior: Posterior;
  readonly #inputs: number;
  /** σ√members in scaled units, the unit of all that varies: no square overflows or vanishes. */
  readonly #unit: number;
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
    this.sizes = sizes;
    this.#inputs = parts.inputs;
    this.outputs = parts.outputs;
    this.#unit = posterior.noise.reduce((length, sigma) => Math.hypot(length, sigma), 0);
    const sigma = this.#unit / Math.sqrt(sizes.members);
    this.noise = Float64Array.from(parts.scaling.targets.scale, (scale) => Math.abs(scale) * sigma);
    this.#weights = join(parts.theta, posterior.W);
    this.#spread = join(parts.theta, transposedRoots(posterior.roots, sizes));
    const programs = derive(withLastLayers(features, sizes, parts.outputs), parts.inputs);
    this.#chunk = samplesAtATime(programs.linearize);
    this.#linearize = backend.prepare(programs.linearize);
    this.#derivative = backend.prepare(programs.jvp);
    this.#spreads = backend.prepare(withLastLayers(features, sizes, sizes.columns));
  }

  /** Directions of the members' W alone (`onlyW`), or of θ, too. `take` is asked for each chunk of samples. */
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
    const { members, weights } = this.sizes;
    const { inputs } = chunk;
    const at = yield* this.#run(this.#linearize, chunk, [inputs], [this.#weights]);
    const [S, ...residuals] = at.samples;
    if (members > 1) variation.direction(this.#inUnits(deviations(S, members, this.outputs)));
    const [spreads] = (yield* this.#run(this.#spreads, chunk, [inputs], [this.#spread])).samples;
    variation.common(this.#inUnits(spreads));
    for (let k = 0; k < (onlyW ? 0 : weights); k++) {
      throwIfCancelled(cancelFlag);
      const vectors = [this.#weights, ...at.vectors, this.#direction(k)];
      const [changes] = (yield* this.#run(this.#derivative, chunk, [inputs, ...residuals], vectors)).samples;
      variation.direction(this.#inUnits(changes));
    }
  }

  *#run(runner: Runner, { samples, threads }: Chunk, arrays: Float64Array[], vectors: Float64Array[]) {
    return yield* perform(runner.run(samples, { samples: arrays, vectors }, threads));
  }

  /** Moments of the mixture are means over the members. */
  #inUnits(changes: Float64Array): Float64Array {
    return changes.map((change) => change / this.#unit);
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

/** Tᵀ of each member. */
function transposedRoots(roots: Float64Array, { columns }: PosteriorSizes): Float64Array {
  const size = columns * columns;
  return roots.map((_, index) => {
    const [i, j] = [Math.floor((index % size) / columns), index % columns];
    return roots[index - (index % size) + j * columns + i];
  });
}
