/** @file What callers of train() may ask for, as types. */
import type { Precision } from '../backend/backend.js';
import type { BackendName } from '../backend/select.js';
import type { Labels } from '../data/classes.js';
import type { FlatNumbers } from '../data/flat.js';
import type { MatrixLike } from '../data/matrix.js';
import type { NamesOption } from '../data/names.js';
import type { ScalingOption } from '../data/scaling.js';
import type { FileMatrix } from '../files/fileMatrix.js';
import type { AnyMetrics, ValidationMetric } from '../loss/meaning.js';
import type { Model } from '../model/model.js';
import type { LayerDescription } from '../network/layer.js';
import type { OptimizerDescription } from '../optimizers/optimizer.js';
import type { QuadraticRegularizer } from '../regularizer/quadratic.js';
import type { IterationRecord } from '../report/report.js';

/** A part of the samples, and how many iterations it gets. */
export interface NestedPart {
  readonly samples: number;
  readonly iterations: number;
}

export interface RegularizationOption {
  theta?: number | 'auto' | QuadraticRegularizer;
  W?: number | 'auto';
}

export interface CheckpointOption {
  /** The file. It is replaced as a whole, so that it is whole at every moment. */
  path: string;
  /** Iterations between two checkpoints. */
  every?: number;
  /** Seconds between two checkpoints; with `every`, whichever comes first (default 30 where `every` is not given). */
  seconds?: number;
}

/** What becomes of the checkpoint of a training. */
export type CheckpointEvent =
  /** The training goes on from a checkpoint: its next record is of this iteration. */
  | { readonly type: 'resumed'; readonly path: string; readonly iteration: number; readonly seconds: number }
  /** Iterations and seconds of the training that it holds. */
  | {
      readonly type: 'written';
      readonly path: string;
      readonly iteration: number;
      readonly seconds: number;
      readonly bytes: number;
    }
  /** It could not be written: the one before is still there, and the training goes on. */
  | { readonly type: 'failed'; readonly path: string; readonly error: Error };

export interface StopOptions {
  /** ‖∇φ‖ relative to its first value in the level or stage (default 1e-8). */
  gradient?: number;
  /** Relative decrease of the objective that counts as none; three in a row stop (default 1e-9). */
  objective?: number;
  /** ‖s‖ relative to ‖θ‖, to ‖[θ ; W]‖ where the method moves both (default 1e-12). */
  step?: number;
  /** Passes of the network over the training samples, for each level of each run (default 10,000). */
  workUnits?: number;
  /** Iterations of each level (default unlimited). */
  iterations?: number;
  /** Seconds of the whole training (default unlimited). */
  seconds?: number;
  /** Accepted iterations without a better validation metric, for each level (default 20; needs validation data). */
  patience?: number;
}

/** `random`: each layer's initializer; `svd`: the first dense layer from the data besides; or all weights given. */
export type InitializeOption = 'random' | 'svd' | Float64Array;

export interface TrainOptions {
  /** Feature extractor; the affine last layer W is added and projected out. Not needed with `initial`. */
  network?: LayerDescription;
  /** `leastSquares` (default), `crossEntropy` (softmax), `logistic` (of each output), or a name of defineLoss(). */
  loss?: string;
  /** N × d; numbers without rows are one column; `fromFile(…)` for what is larger than memory. */
  inputs: MatrixLike | FlatNumbers | FileMatrix;
  /**
   * N × t; numbers without rows are one column. For `crossEntropy` also a label a sample, strings or integers, whose classes
   * become the outputs.
   */
  targets: Labels | FileMatrix;
  /**
   * The names of the columns, which the model keeps: d of inputs; t of targets, or the one of the labels' column. A unit may
   * follow in square brackets: `temperature [K]`. Default: those of `initial`.
   */
  names?: NamesOption;
  /**
   * Weights of the samples, N numbers of at least 0 (default 1 each): a sample of weight 2 stands for two, one of weight
   * 0 is as good as absent, in the loss and everywhere else.
   */
  sampleWeights?: ArrayLike<number>;
  /** A fraction of the samples, chosen with the seed, or data of its own. */
  validation?:
    | number
    | {
        inputs: MatrixLike | FlatNumbers | FileMatrix;
        targets: Labels | FileMatrix;
        sampleWeights?: ArrayLike<number>;
      };
  /** What "best" means on validation data, in original units (default `rmse` for `leastSquares`, else `loss`). */
  validationMetric?: ValidationMetric;
  /** `crossEntropy`: the share ε of every target that is spread over all classes (default 0). */
  labelSmoothing?: number;
  /** `crossEntropy`: whether the logits get the temperature that is best on validation data (default: with smoothing). */
  temperature?: boolean;
  /** Default gnvpro(). `auto`: what measured comparisons speak for, told in `report.choice`. */
  optimizer?: OptimizerDescription | 'auto';
  /**
   * α_θ (or a ready operator) and α_W, at most 1e300. Default for least squares with targets of about 1: 3e-3 r³ and 3e-6
   * r² with r weights θ a sample, taken between 0.03 and 1; for other losses 1e-3 (3e-4 where inputs are principal components) and 1e-4; `report.used` tells the
   * numbers. `auto` of one finds it on the validation data, by short trainings from strong to weak; α_W of least squares by
   * generalised cross validation where α_θ is given. `evidence` (gnvpro) finds a number for each layer, α_W and the noise
   * while it trains, without validation data and from several starts; `auto` alone is that where it can be had, else
   * `auto` of both.
   */
  regularization?: 'auto' | 'evidence' | RegularizationOption;
  /** Default `auto` for inputs, `uniform` for targets of least squares. */
  scaling?: { inputs?: ScalingOption; targets?: ScalingOption };
  /** Whether the last layer has a bias (default true). */
  bias?: boolean;
  /** Every loss but least squares: relative gradient at which W counts as optimal (default 1e-6). */
  innerTolerance?: number;
  /** Trainings, each of twice the depth of the one before and half its α_θ (default 1). */
  levels?: number;
  stop?: StopOptions;
  /**
   * The start of a large training: some iterations on random parts of the samples, each within the next, before all of
   * them (default none).
   */
  nested?: readonly NestedPart[];
  /**
   * Trainings from as many random starts; the outputs of those near the best are averaged in one model (default 1; 3 with
   * evidence, from priors of several strengths).
   */
  starts?: number;
  /** After validation has found the number of steps: as many on training and validation data together (default false). */
  refit?: boolean;
  /**
   * Whether to fit what the network has to beat, too: the mean of the targets and linear regression; of classes and
   * labels the most frequent, and logistic regression (default false). They come as models and in `report.baselines`.
   */
  baselines?: boolean;
  /** Default `random`. */
  initialize?: InitializeOption;
  /** A model to go on from: its network, weights and scaling. */
  initial?: Model<AnyMetrics>;
  /** Default 0. */
  seed?: number;
  /**
   * A file that the training can be taken up from, with the same bits as if it had not ended: written every 30 seconds, or
   * as its options say, and where the training is aborted. Until the caller removes it, it holds the end of the training.
   */
  checkpoint?: string | CheckpointOption;
  /**
   * `true`: go on from the checkpoint; where there is none yet, from the start. `false`: from the start, replacing it.
   * Default: from the start, but ERR_CHECKPOINT where the checkpoint holds a training that did not end.
   */
  resume?: boolean;
  /** Called when the training goes on from a checkpoint, and when one is written or cannot be. */
  onCheckpoint?: (event: CheckpointEvent) => unknown;
  signal?: AbortSignal;
  /** Called after every iteration; returning false stops. */
  onIteration?: (record: IterationRecord) => unknown;
  backend?: BackendName;
  /** Default: 1 for small problems, else the number of cores. Results do not depend on it. */
  threads?: number;
  /**
   * Bytes. Where the derivatives of the network do not fit beside all else, they are computed again in each product with
   * them, which costs the operations that `report.levels[i].costOfProducts` tells; what does not fit even so is refused
   * with ERR_MEMORY. Default: 4 GiB, beyond which derivatives are not stored, and otherwise what is free. Results do not
   * depend on it, to the last bit.
   */
  memoryLimit?: number;
  /**
   * `float32`: the network and its inputs in single precision, which takes half the memory and up to half the time;
   * projection, sums over samples and steps stay in double precision (default `float64`).
   */
  precision?: Precision;
}
