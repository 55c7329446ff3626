/** @file What a job file says once it is checked: its schema in types. */

import type { SplitOption } from '../data/split.js';
import type { FileSource } from '../files/source.js';
import type { CrossValidationOptions } from '../many/crossValidate.js';
import type { EnsembleOptions } from '../many/ensemble.js';
import type { SearchOptions, Space } from '../many/search.js';
import type { TrainOptions } from '../options/trainOptions.js';

/** The source of a matrix: a path, or a file with its columns. */
export type Source = string | FileSource;

export interface SampleSources {
  readonly inputs: Source;
  readonly targets: Source;
  /** One column. */
  readonly sampleWeights?: Source;
}

type PlainTrainOptions = Omit<
  TrainOptions,
  | 'inputs'
  | 'targets'
  | 'sampleWeights'
  | 'validation'
  | 'baselines'
  | 'initialize'
  | 'initial'
  | 'signal'
  | 'onIteration'
  | 'onCheckpoint'
>;

/** The options of train() as plain JSON; data, starting weights and the model to go on from are files. */
export interface Job extends PlainTrainOptions, SampleSources {
  readonly $schema?: string;
  readonly split?: SplitOption & { readonly permutation?: Source };
  readonly validation?: number | SampleSources;
  readonly test?: SampleSources;
  /** Of `gnvpro train`: whether data stay in their files. */
  readonly stream?: boolean;
  readonly initialize?: 'random' | 'svd' | FileSource;
  readonly initial?: string;
  readonly crossValidate?: Omit<CrossValidationOptions, 'folds' | 'groups' | NotInJobs> & {
    readonly folds?: number;
    readonly groups?: Source;
  };
  readonly ensemble?: Omit<EnsembleOptions, NotInJobs>;
  readonly search?: Omit<SearchOptions, NotInJobs> & { readonly space?: Space };
}

type NotInJobs = 'signal' | 'onProgress' | 'modules';
