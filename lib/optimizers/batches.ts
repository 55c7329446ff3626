/** @file Batches: some of the samples, in a window that each batch is copied into, and one small objective on it. */
import type { Objective, ProblemDefinition } from '../backend/backend.js';
import { sharedArray, sharedLike } from '../data/buffers.js';
import { copyRows } from '../data/matrix.js';
import { columnsIn, isStored, type Numbers, type StoredMatrix } from '../data/stored.js';
import type { Random } from '../random.js';

/** The samples of an objective: inputs N × d, targets N × t, weights N. */
export interface ObjectiveData {
  readonly inputs: Numbers | Float32Array;
  readonly targets: Numbers;
  readonly samples: number;
  readonly sampleWeights: Float64Array | null;
}

/** In memory. */
export interface LoadedData extends ObjectiveData {
  readonly inputs: Float64Array | Float32Array;
  readonly targets: Float64Array;
}

/** What an objective may have of its own. */
export type OwnKind = Partial<Pick<ProblemDefinition, 'objective' | 'cancelFlag'>>;
export type OpenObjective = (data: ObjectiveData, own?: OwnKind) => Objective;

/** Memory for the data of one batch at a time. */
export class Window {
  readonly data: LoadedData;

  /** For `size` of the samples. */
  constructor(
    readonly all: ObjectiveData,
    size: number,
  ) {
    const { inputs, targets, samples, sampleWeights } = all;
    this.data = {
      inputs: sharedFor(inputs, columnsIn(inputs, samples) * size),
      targets: sharedArray(columnsIn(targets, samples) * size),
      samples: size,
      sampleWeights: sampleWeights && sharedArray(size),
    };
  }

  /** How many batches an epoch has; what is left over is another sample each time. */
  get count(): number {
    return Math.floor(this.all.samples / this.data.samples);
  }

  /** The batches of an epoch, in random order: the numbers of their samples. */
  draw(random: Random): Int32Array[] {
    const order = random.permutation(this.all.samples);
    const { samples } = this.data;
    return Array.from({ length: this.count }, (_, k) => order.subarray(k * samples, (k + 1) * samples));
  }

  load(rows: Int32Array): LoadedData {
    const { all, data } = this;
    take(all.inputs, rows, data.inputs);
    take(all.targets, rows, data.targets);
    if (all.sampleWeights !== null) take(all.sampleWeights, rows, data.sampleWeights as Float64Array);
    return data;
  }
}

/** Mini-batches with one objective for all of them. */
export class Batches {
  readonly size: number;
  readonly objective: Objective;
  readonly #window: Window;
  /** Passes over batches before a training was taken up again. */
  passesBefore = 0;

  /** Batches of `size` samples, or of all where there are fewer. `open` makes the objective of the window. */
  constructor(
    readonly data: LoadedData,
    size: number,
    open: (data: LoadedData) => Objective,
  ) {
    this.size = Math.min(size, data.samples);
    this.#window = new Window(data, this.size);
    this.objective = open(this.#window.data);
  }

  /** Passes over the batches, in those over all samples. */
  get passes(): number {
    return (this.passesOfBatches * this.size) / this.data.samples;
  }

  get passesOfBatches(): number {
    return this.passesBefore + this.objective.passes;
  }

  /** Batches of an epoch. */
  get count(): number {
    return this.#window.count;
  }

  /** The batches of one pass in random order; each is in the objective when it comes. Gives their data. */
  *epoch(random: Random): Generator<LoadedData> {
    for (const rows of this.#window.draw(random)) yield this.#window.load(rows);
  }
}

function sharedFor(numbers: Numbers | Float32Array, length: number): Float64Array | Float32Array {
  return isStored(numbers) ? sharedArray(length) : sharedLike(numbers, length);
}

function take(from: Numbers | Float32Array, rows: Int32Array, to: Float64Array | Float32Array): void {
  if (isStored(from)) readRows(from, rows, to);
  else copyRows(from, rows, to);
}

/** In the order of the file, each to its place. */
function readRows(from: StoredMatrix, rows: Int32Array, to: Float64Array | Float32Array): void {
  const places = Int32Array.from(rows.keys()).sort((a, b) => rows[a] - rows[b]);
  const read = from.take(places.map((place) => rows[place])).read(0, rows.length);
  const cols = to.length / rows.length;
  places.forEach((place, i) => {
    to.set(read.subarray(i * cols, (i + 1) * cols), place * cols);
  });
}
