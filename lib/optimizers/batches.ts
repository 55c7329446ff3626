/** @file Mini-batches: one small objective whose data are a window that each batch is copied into. */
import type { Objective } from '../backend/backend.js';
import { sharedArray } from '../data/buffers.js';
import type { Numbers } from '../data/stored.js';
import type { Random } from '../random.js';

/** The samples of an objective: inputs N × d, targets N × t, weights N. */
export interface ObjectiveData {
  readonly inputs: Numbers;
  readonly targets: Numbers;
  readonly samples: number;
  readonly sampleWeights: Float64Array | null;
}

/** In memory: batches are drawn at random. */
export interface LoadedData extends ObjectiveData {
  readonly inputs: Float64Array;
  readonly targets: Float64Array;
}

export type OpenObjective = (data: ObjectiveData) => Objective;

export class Batches {
  readonly size: number;
  readonly objective: Objective;
  readonly #window: LoadedData;
  /** Passes over batches before a training was taken up again. */
  passesBefore = 0;

  /** Batches of `size` samples, or of all where there are fewer. `open` makes the objective of the window. */
  constructor(
    readonly data: LoadedData,
    size: number,
    open: (data: LoadedData) => Objective,
  ) {
    const { inputs, targets, samples, sampleWeights } = data;
    this.size = Math.min(size, samples);
    this.#window = {
      inputs: sharedArray((inputs.length / samples) * this.size),
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
  *epoch(random: Random): Generator<LoadedData> {
    const order = random.permutation(this.data.samples);
    for (let k = 0; k < this.count; k++) yield this.#load(order.subarray(k * this.size, (k + 1) * this.size));
  }

  #load(rows: Int32Array): LoadedData {
    const { data } = this;
    copyRows(data.inputs, this.#window.inputs, rows);
    copyRows(data.targets, this.#window.targets, rows);
    if (data.sampleWeights !== null) copyRows(data.sampleWeights, this.#window.sampleWeights as Float64Array, rows);
    return this.#window;
  }
}

function copyRows(from: Float64Array, to: Float64Array, rows: Int32Array): void {
  const cols = to.length / rows.length;
  for (let i = 0; i < rows.length; i++) to.set(from.subarray(rows[i] * cols, (rows[i] + 1) * cols), i * cols);
}
