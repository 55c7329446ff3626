/** @file ∂ outputs / ∂ inputs of a model, sample by sample, by its derived programs. */
import type { Backend, Runner } from '../backend/backend.js';
import { throwIfCancelled } from '../job/cancel.js';
import { perform, type Steps } from '../job/job.js';
import { derive } from '../network/network.js';
import type { Program } from '../program/program.js';
import { allocate } from './allocate.js';
import { samplesAtATime } from './chunk.js';

/** Residuals of one linearisation: what both derivative programs read besides their tangent or cotangent. */
interface Linearized {
  readonly samples: number;
  readonly arrays: readonly Float64Array[];
  readonly vectors: Float64Array[];
}

export class InputJacobian {
  readonly #theta: Float64Array;
  /** t × w, without a bias. */
  readonly #W: Float64Array;
  readonly #d: number;
  readonly #w: number;
  readonly #t: number;
  readonly #linearize: Runner;
  readonly #derivative: Runner;
  /** Cotangents (rows of W, or unit rows where features are fewer than outputs) or unit tangents: whichever are fewer. */
  readonly #reverse: boolean;
  readonly #chunk: number;

  /** `program`: Y, θ → Z. */
  constructor(backend: Backend, program: Program, theta: Float64Array, W: Float64Array) {
    this.#theta = theta;
    this.#W = W;
    this.#d = program.sampleInputs[0].cols;
    this.#w = program.sampleOutputs[0].cols;
    this.#t = W.length / this.#w;
    this.#reverse = Math.min(this.#t, this.#w) <= this.#d;
    const programs = derive(program, this.#d);
    this.#chunk = samplesAtATime(programs.linearize);
    this.#linearize = backend.prepare(programs.linearize);
    this.#derivative = backend.prepare(this.#reverse ? programs.vjpInput : programs.jvpInput);
  }

  /** samples × t × d */
  *run(samples: number, inputs: Float64Array, threads: number, cancelFlag: Int32Array): Steps<Float64Array> {
    const size = this.#t * this.#d;
    const chunk = this.#chunk;
    const result = allocate('a Jacobian that fits', samples, this.#t, this.#d);
    for (let start = 0; start < samples; start += chunk) {
      const end = Math.min(samples, start + chunk);
      const Y = inputs.slice(start * this.#d, end * this.#d);
      const at = yield* this.#linearizeAt(Y, end - start, threads);
      const part = result.subarray(start * size, end * size);
      yield* this.#reverse
        ? this.#pullBack(at, part, threads, cancelFlag)
        : this.#pushForward(at, part, threads, cancelFlag);
    }
    return result;
  }

  *#linearizeAt(Y: Float64Array, samples: number, threads: number): Steps<Linearized> {
    const job = this.#linearize.run(samples, { samples: [Y], vectors: [this.#theta] }, threads);
    const { samples: outputs, vectors } = yield* perform(job);
    return { samples, arrays: [Y, ...outputs.slice(1)], vectors: [this.#theta, ...vectors] };
  }

  /** The derivative along the inputs (w columns) or its transpose applied to a cotangent (d columns). */
  *#apply(at: Linearized, direction: Float64Array, threads: number): Steps<Float64Array> {
    const arrays = { samples: [...at.arrays, repeat(direction, at.samples)], vectors: at.vectors };
    const { samples: outputs } = yield* perform(this.#derivative.run(at.samples, arrays, threads));
    return outputs[0];
  }

  /** Cotangent k on the features gives G_k (N × d); J[n, o, :] = Σ_k C[o, k] G_k[n, :]. */
  *#pullBack(at: Linearized, J: Float64Array, threads: number, cancelFlag: Int32Array): Steps<void> {
    const [w, t] = [this.#w, this.#t];
    const byOutput = t <= w;
    for (let k = 0; k < Math.min(t, w); k++) {
      throwIfCancelled(cancelFlag);
      const cotangent = byOutput ? this.#W.subarray(k * w, (k + 1) * w) : unit(w, k);
      const G = yield* this.#apply(at, cotangent, threads);
      if (byOutput) this.#addRows(J, G, k, 1);
      else for (let o = 0; o < t; o++) this.#addRows(J, G, o, this.#W[o * w + k]);
    }
  }

  /** J[n, o, :] += factor G[n, :] */
  #addRows(J: Float64Array, G: Float64Array, o: number, factor: number): void {
    const d = this.#d;
    const stride = this.#t * d;
    for (let g = 0, j = o * d; g < G.length; g += d, j += stride) {
      for (let i = 0; i < d; i++) J[j + i] += factor * G[g + i];
    }
  }

  /** Tangent e_i of the inputs gives D (N × w); J[n, o, i] = Σ_k W[o, k] D[n, k]. */
  *#pushForward(at: Linearized, J: Float64Array, threads: number, cancelFlag: Int32Array): Steps<void> {
    const [d, w, t] = [this.#d, this.#w, this.#t];
    for (let i = 0; i < d; i++) {
      throwIfCancelled(cancelFlag);
      const D = yield* this.#apply(at, unit(d, i), threads);
      for (let n = 0; n < at.samples; n++) {
        for (let o = 0; o < t; o++) {
          let sum = 0;
          for (let k = 0; k < w; k++) sum += this.#W[o * w + k] * D[n * w + k];
          J[(n * t + o) * d + i] = sum;
        }
      }
    }
  }
}

function unit(length: number, at: number): Float64Array {
  const e = new Float64Array(length);
  e[at] = 1;
  return e;
}

/** The same row for every sample. */
function repeat(row: Float64Array, samples: number): Float64Array {
  const result = new Float64Array(samples * row.length);
  for (let start = 0; start < result.length; start += row.length) result.set(row, start);
  return result;
}
