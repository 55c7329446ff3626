/** @file What a loss is: one record, which everything that depends on the loss asks. */
import type { LossDefinition } from '../backend/loss.js';
import type { AnyMetrics, Meaning, ValidationMetric } from './meaning.js';

/** What is known of a loss without its formulas. */
export interface LossFacts<M extends AnyMetrics = AnyMetrics> extends Pick<LossDefinition, 'curvature' | 'kernel'> {
  readonly meaning: Meaning<M>;
  readonly defaultMetric: ValidationMetric;
  /** Whether the outputs estimate the targets in their unit, which may be any: both can then be scaled. */
  readonly sharesUnits: boolean;
  /** Whether labelSmoothing and temperature apply. */
  readonly takesSmoothing: boolean;
  readonly baselines: {
    /** The best outputs without inputs; null where nothing is known of them. */
    readonly constant: ConstantBaseline | null;
    /** The name of a linear model of this loss. */
    readonly linear: string;
  };
  /** What α_θ and α_W are where nothing is said, for so many weights θ and samples (docs/decisions.md). */
  usualAlphas(weights: number, samples: number): Alphas;
}

export interface Loss<M extends AnyMetrics = AnyMetrics> extends LossFacts<M>, LossDefinition {
  /** What `loss` of train() and of a job names; unique. */
  readonly name: string;
}

export interface ConstantBaseline {
  readonly name: string;
  /** The t outputs, from the means of the targets over so many samples. */
  outputs(means: Float64Array, samples: number): Float64Array;
}

export interface Alphas {
  readonly theta: number;
  readonly W: number;
}

/** Losses that never fit exactly: classes that can be told apart would drive the weights to infinity. */
export const alphasOfInexactFits: Alphas = { theta: 1e-3, W: 1e-4 };
