/** @file What an experiment is: a problem with its data, and the methods that are compared on it. */
import type { ClassName } from '../data/classes.js';
import type { Samples } from '../data/samples.js';
import type { InitialW } from '../optimizers/initialW.js';
import type { OptimizerDescription } from '../optimizers/optimizer.js';
import type { TrainOptions } from '../options/trainOptions.js';

/** The places that data come from. */
export interface DataPlace {
  /** A folder of data sets, each in a folder of its own; null where none is named. */
  readonly folder: string | null;
  /** The folder where generated data are kept. */
  readonly cache: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number) => void;
}

/** Targets of classes are one column of their numbers. */
export interface ExperimentData {
  readonly training: Samples;
  readonly validation: Samples;
  readonly test: Samples;
  /** Names of the classes; null for numbers. */
  readonly classes: readonly ClassName[] | null;
}

/** Limits of each level of a training; the first limit that is met ends it. */
export interface Budget {
  readonly workUnits?: number;
  /** Seconds of the whole training. */
  readonly seconds?: number;
  /** The same of the processor, looked at between iterations: nothing else may run in the process. */
  readonly processorSeconds?: number;
}

export interface MethodEntry {
  readonly label: string;
  readonly optimizer: OptimizerDescription;
  /** Learning rates, and starts of W, that are tried: each pair with the whole budget, and the best on validation counts. */
  readonly learningRates?: readonly number[];
  readonly initialW?: readonly InitialW[];
  /** What this method trains with instead of the experiment's options: a recipe may have another network. */
  readonly options?: Partial<Experiment['options']>;
}

export interface Experiment {
  readonly name: string;
  readonly title: string;
  /** A paragraph: data, network, settings. */
  readonly about: string;
  /** The metric of the test samples; also of the validation samples where `validationMetric` is the same. */
  readonly metric: 'relativeError' | 'rmse' | 'errorRate';
  readonly validationMetric: 'relativeError' | 'rmse' | 'loss';
  readonly budget: Budget;
  readonly methods: Readonly<Record<string, MethodEntry>>;
  /** What the outputs are as a picture: rows × columns. */
  readonly field?: readonly [rows: number, columns: number];
  /** The split of a seed. */
  load(seed: number, place: DataPlace): Promise<ExperimentData>;
  /** All but data, optimizer, limits and seed. */
  readonly options: Omit<TrainOptions, 'inputs' | 'targets' | 'optimizer' | 'stop' | 'seed'>;
}
