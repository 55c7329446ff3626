/** @file What a fit tells beside its model; plain data. */
import type { ClassName } from '../data/classes.js';
import type { LayerDescription } from '../network/layer.js';
import type { Report } from '../report/report.js';
import type { Figures } from './measure.js';
import type { TargetKind } from './samples.js';

export type { Figures };

/** A network that was tried, judged on samples that it was not trained on. */
export interface Tried extends Figures {
  readonly name: string;
  readonly network: LayerDescription;
  /** Of the network, without the last layer. */
  readonly weights: number;
  /** How many folds it was judged on: those behind were left after the first ones. */
  readonly folds: number;
  readonly seconds: number;
}

/** What a model has to beat, judged on the same samples. */
export interface Beaten extends Figures {
  readonly name: string;
}

/** How much the model goes by an input: its share in Σ mean |∂ output/∂ input| · spread of the input. */
export interface Importance {
  /** Its column, and its name where there is one. */
  readonly column: number;
  readonly name: string | null;
  readonly share: number;
}

export interface InputRange {
  readonly least: number;
  readonly most: number;
}

export interface FitResult {
  readonly kind: TargetKind;
  /** How the data were taken, in sentences. */
  readonly notes: readonly string[];
  /** Of the rows without a gap, and the rows with one, which are left out. */
  readonly samples: number;
  readonly leftOut: number;
  readonly inputs: number;
  /** Columns of numbers, or classes. */
  readonly outputs: number;
  readonly classes: readonly ClassName[] | null;
  /** The name of the network that was taken, of `tried`. */
  readonly chosen: string;
  /** Of the model, its starts together. */
  readonly network: LayerDescription;
  readonly tried: readonly Tried[];
  /** Networks that could not be trained, and why. */
  readonly failed: readonly { readonly name: string; readonly reason: string }[];
  /** The mean (of labels the shares of the classes), the linear model, the nearest neighbours. */
  readonly baselines: readonly Beaten[];
  /** What to expect on new samples: the chosen network's, on `judged` samples that it was not trained on. */
  readonly expected: Figures & { readonly judged: number };
  /** σ of the targets about the truth, a number an output; null for labels. */
  readonly noise: readonly number[] | null;
  /** The share of the judged targets within the interval of 95 %; null for labels. */
  readonly coverage: number | null;
  /** The most important first. */
  readonly importance: readonly Importance[];
  /** Of each input in the samples: beyond, the model guesses. */
  readonly ranges: readonly InputRange[];
  readonly isLinearEnough: boolean;
  /** What to make of it, in sentences. */
  readonly advice: readonly string[];
  /** Why, or where, not to trust it, in sentences. */
  readonly cautions: readonly string[];
  readonly stop: { readonly status: 'done' | 'aborted'; readonly message: string };
  /** Of the training that made the model; null where the fit was aborted before it. */
  readonly report: Report | null;
  readonly seconds: number;
}
