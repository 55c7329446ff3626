/** @file The computations of a model on raw arrays, in original units. */
import type { Backend, Runner } from '../backend/backend.js';
import type { GnvproError } from '../errors.js';
import { perform, type Steps } from '../job/job.js';
import type { Program } from '../program/program.js';
import { withInputScaling, withTargetScaling } from './affine.js';
import { Directions } from './directions.js';
import { InputJacobian } from './jacobian.js';
import { featureCount, type ModelParts } from './parts.js';
import type { Posterior } from './posterior.js';

export class Predictor {
  readonly #backend: Backend;
  readonly #program: Program;
  #runner: Runner | null;
  readonly #theta: Float64Array;
  /** outputs × (features + 1) */
  readonly #W: Float64Array;
  readonly #outputs: number;
  readonly #features: number;
  readonly #parts: ModelParts;
  #jacobian: InputJacobian | null = null;
  #directions: Directions | null = null;

  /** Loads the program into the backend, which verifies it; where memory is short for that, at the first call. */
  constructor(parts: ModelParts, backend: Backend) {
    this.#backend = backend;
    this.#parts = parts;
    this.#program = withInputScaling(parts.forward, parts.scaling.inputs);
    this.#runner = unlessShortOfMemory(() => backend.prepare(this.#program));
    this.#theta = parts.theta;
    this.#W = withTargetScaling(parts);
    this.#outputs = parts.outputs;
    this.#features = featureCount(parts);
  }

  /** samples × outputs */
  *predict(samples: number, inputs: Float64Array, threads: number, cancelFlag: Int32Array): Steps<Float64Array> {
    this.#runner ??= this.#backend.prepare(this.#program);
    const options = { targetColumns: this.#outputs, bias: true, threads, cancelFlag };
    return yield* perform(this.#runner.predict(samples, inputs, this.#theta, this.#W, options));
  }

  /** Z, samples × features */
  *features(samples: number, inputs: Float64Array, threads: number): Steps<Float64Array> {
    this.#runner ??= this.#backend.prepare(this.#program);
    const arrays = { samples: [inputs], vectors: [this.#theta] };
    return (yield* perform(this.#runner.run(samples, arrays, threads))).samples[0];
  }

  /** samples × outputs × inputs */
  jacobian(samples: number, inputs: Float64Array, threads: number, cancelFlag: Int32Array): Steps<Float64Array> {
    this.#jacobian ??= new InputJacobian(this.#backend, this.#program, this.#theta, this.#lastLayer());
    return this.#jacobian.run(samples, inputs, threads, cancelFlag);
  }

  /** Those of a posterior of the model; their programs are made with the first call. */
  directions(posterior: Posterior): Directions {
    this.#directions ??= new Directions(this.#backend, this.#program, this.#parts, posterior);
    return this.#directions;
  }

  /** outputs × features: W without the bias, which has no derivative. */
  #lastLayer(): Float64Array {
    const w = this.#features;
    const result = new Float64Array(this.#outputs * w);
    for (let o = 0; o < this.#outputs; o++) result.set(this.#W.subarray(o * (w + 1), o * (w + 1) + w), o * w);
    return result;
  }
}

/** A model that has been trained is not lost for want of memory. */
function unlessShortOfMemory<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    if ((error as GnvproError).code === 'ERR_MEMORY') return null;
    throw error;
  }
}
