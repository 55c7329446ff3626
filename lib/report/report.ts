/** @file What a training reports: one record an iteration, and how and why it ended. */
import type { DerivativesKind, InnerRecord, Timings } from '../backend/backend.js';
import type { EvidenceRecord } from '../evidence/record.js';
import type { LayerDescription } from '../network/layer.js';
import type { OptimizerDescription } from '../optimizers/optimizer.js';

export interface IterationRecord {
  /** Counts over all runs and levels; 0 is the start. */
  readonly iteration: number;
  /** Which run of the training; more than 1 for a search, several starts, or a refit. */
  readonly run: number;
  readonly level: number;
  /** Which method; several where they follow each other. */
  readonly method: string;
  /** Of methods that go from batch to batch: the epoch, from 1 on each level, and the batch, from 1 in the epoch; else null. */
  readonly epoch: number | null;
  readonly batch: number | null;
  /** How many samples the objective and its gradient are of: those of a batch or a part, or all. */
  readonly samples: number;
  readonly objective: number;
  readonly loss: number;
  readonly regularizationTheta: number;
  readonly regularizationW: number;
  /** ‖∇φ‖ at the point, with respect to W too where the method moves it; that of the mean over the mini-batches for methods that draw them. */
  readonly gradientNorm: number;
  readonly stepNorm: number;
  readonly accepted: boolean;
  /** Δ after the iteration; null for methods without a trust region. */
  readonly radius: number | null;
  /** ρ, actual over predicted reduction; null likewise. */
  readonly ratio: number | null;
  readonly krylovVectors: number;
  /** Work since the start of the training: passes of the network over the training samples. */
  readonly workUnits: number;
  /** Seconds since the start of the training. */
  readonly seconds: number;
  /** The validation metric, or null without validation data, after a rejected step, and on a batch. */
  readonly validation: number | null;
  /** How W was found at the point; null where it is a formula (least squares) or moved by the method. */
  readonly inner: InnerRecord | null;
  /** Null where the regularisation is given. */
  readonly evidence: EvidenceRecord | null;
}

/** What a status means: whether its run goes no further, whether no other run follows, and how the command line exits. */
interface StatusMeaning {
  readonly endsRun: boolean;
  readonly endsTraining: boolean;
  readonly exitCode: 0 | 2;
}

const endsPhase: StatusMeaning = { endsRun: false, endsTraining: false, exitCode: 0 };

export const stopStatuses = {
  converged: endsPhase,
  workLimit: endsPhase,
  iterationLimit: endsPhase,
  timeLimit: { endsRun: true, endsTraining: true, exitCode: 0 },
  validation: endsPhase,
  stalled: endsPhase,
  nonFinite: { endsRun: true, endsTraining: false, exitCode: 2 },
  failed: { endsRun: true, endsTraining: true, exitCode: 2 },
  aborted: { endsRun: true, endsTraining: true, exitCode: 0 },
} as const satisfies Record<string, StatusMeaning>;
export type StopStatus = keyof typeof stopStatuses;

export interface Stop {
  readonly status: StopStatus;
  /** A sentence with the numbers that decided. */
  readonly message: string;
}

/** What `optimizer: 'auto'` took. */
export interface Choice {
  readonly took: string;
  readonly why: string;
}

export interface LevelReport {
  readonly network: LayerDescription;
  readonly weights: number;
  readonly alphaTheta: number | null;
  readonly linearSolver: 'krylov' | 'dense' | null;
  /** What the level was estimated to need before it started; more than is free is refused with ERR_MEMORY. */
  readonly estimatedBytes: number;
  /** Whether the derivatives of the network are stored for all samples, or computed again in each product with them. */
  readonly derivatives: DerivativesKind;
  /** Operations of the products with the derivatives, in those with stored ones. */
  readonly costOfProducts: number;
  readonly stop: Stop;
  readonly workUnits: number;
  readonly seconds: number;
}

/** One of the runs that a training is made of. */
export interface RunSummary {
  readonly purpose: 'training' | 'search' | 'refit';
  readonly seed: number;
  readonly regularization: { readonly theta: number | readonly number[] | string; readonly W: number | string };
  readonly stop: Stop;
  readonly best: IterationRecord;
  readonly workUnits: number;
  readonly seconds: number;
}

/** What a network has to beat: by a constant, or by a linear model. */
export type BaselineName = string;

export interface BaselineReport {
  readonly name: BaselineName;
  /** The metric that the model has, too; null without validation data. */
  readonly validation: number | null;
}

/** What became of the checkpoint of a training. */
export interface CheckpointReport {
  readonly path: string;
  /** How many iterations it had when the training went on from it; null for one that began anew. */
  readonly resumedFrom: number | null;
  /** How often it was written, by this process. */
  readonly written: number;
  /** How often it could not be, and why at last. */
  readonly failed: number;
  readonly error: string | null;
}

export interface Report {
  /** Why the last level ended. */
  readonly stop: Stop;
  readonly iterations: readonly IterationRecord[];
  /**
   * The iteration that the model holds: best by validation, else by objective; of a mean, that of its best member.
   * `validation` is the metric of the model itself, a mean or a refit, too. A refit was fitted to the validation samples:
   * what to expect of it on others tells `heldOut`.
   */
  readonly best: IterationRecord;
  /**
   * The validation metric while no run had fitted the validation samples: that of the model, but of what a refit
   * repeats. Null without validation data.
   */
  readonly heldOut: number | null;
  /** The runs whose models are the model: several where it is their mean. */
  readonly members: readonly number[];
  readonly levels: readonly LevelReport[];
  readonly workUnits: number;
  readonly seconds: number;
  /** What the model has to beat, where the option `baselines` asks. */
  readonly baselines: readonly BaselineReport[];
  /** All runs, in order. */
  readonly runs: readonly RunSummary[];
  /** The inverse temperature that the logits were multiplied by; null where none was fitted. */
  readonly temperature: number | null;
  /** Seconds by part, over all levels. */
  readonly timings: Timings;
  /** Peak of what the objectives allocated for data, features, residuals and factorisations. */
  readonly memoryBytes: number;
  readonly backend: 'native' | 'js';
  readonly blas: string | null;
  readonly threads: number;
  readonly seed: number;
  /** What `optimizer: 'auto'` took; null where a method was given. */
  readonly choice: Choice | null;
  /** Null without the option. */
  readonly checkpoint: CheckpointReport | null;
  readonly version: string;
  readonly node: string;
  /** The options as used, defaults filled in (data left out). */
  readonly used: {
    readonly optimizer: OptimizerDescription;
    readonly [option: string]: unknown;
  };
}
