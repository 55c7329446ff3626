/** @file Mini-batches: one small objective whose data are a window that each batch is copied into. */
import type { Objective } from '../backend/backend.js';
import { sharedArray, sharedLike } from '../data/buffers.js';
import { copyRows } from '../data/matrix.js';
import type { Random } from '../random.js';

/** The samples of an objective: inputs N × d, targets N × t, weights N. */
export interface ObjectiveData {
  readonly inputs: Float64Array | Float32Array;
  readonly targets: Float64Array;
  readonly samples: number;
  readonly sampleWeights: Float64Array | null;
}

export type OpenObjective = (data: ObjectiveData) => Objective;

export class Batches {
  readonly size: number;
  readonly objective: Objective;
  readonly #window: ObjectiveData;
  /** Passes over batches before a training was taken up again. */
  passesBefore = 0;

  /** Batches of `size` samples, or of all where there are fewer. `open` makes the objective of the window. */
  constructor(
    readonly data: ObjectiveData,
    size: number,
    open: OpenObjective,
  ) {
    const { inputs, targets, samples, sampleWeights } = data;
    this.size = Math.min(size, samples);
    this.#window = {
      inputs: sharedLike(inputs, (inputs.length / samples) * this.size),
      targets: sharedArray((targets.length / samples) * this.size),
      samples: this.size,
      sampleWeights: sampleWeights && sharedArray(this.size),
    };
    this.objective = open(this.#window);
  }

  /** Passes over the batches, in those over all samples. */
  get passes(): number {
    return (this.passesOfBatches * this.size) / this.data.samples;
  }

  get passesOfBatches(): number {
    return this.passesBefore + this.objective.passes;
  }

  /** Batches of an epoch; what is left over is another sample each time. */
  get count(): number {
    return Math.floor(this.data.samples / this.size);
  }

  /** The batches of one pass in random order; each is in the objective when it comes. Gives their data. */
  *epoch(random: Random): Generator<ObjectiveData> {
    const order = random.permutation(this.data.samples);
    for (let k = 0; k < this.count; k++) yield this.#load(order.subarray(k * this.size, (k + 1) * this.size));
  }

  #load(rows: Int32Array): ObjectiveData {
    const { data } = this;
    copyRows(data.inputs, rows, this.#window.inputs);
    copyRows(data.targets, rows, this.#window.targets);
    if (data.sampleWeights !== null) copyRows(data.sampleWeights, rows, this.#window.sampleWeights as Float64Array);
    return this.#window;
  }
}
