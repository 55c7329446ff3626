/** @file What the outputs of a model mean: how its targets are read, and how the two are compared. */
import type { ClassName, Labels } from '../data/classes.js';
import type { Matrix } from '../data/matrix.js';
import type { SampleWeights } from '../data/weights.js';
import { driveSync, type Steps } from '../job/job.js';
import type { Rows } from '../job/rows.js';
import type { ClassificationMetrics, ScoreKind } from '../metrics/classification.js';
import type { Metrics } from '../metrics/metrics.js';
import type { MultiLabelMetrics } from '../metrics/multiLabel.js';
import type { InverseLink } from '../metrics/probabilities.js';
import type { Tally } from '../metrics/tally.js';

/** What `evaluate` tells: of classes, of labels, or of numbers. */
export type AnyMetrics = Metrics | ClassificationMetrics | MultiLabelMetrics;

export const validationMetrics = ['rmse', 'relativeError', 'loss', 'errorRate'] as const;
export type ValidationMetric = (typeof validationMetrics)[number];

export interface Meaning<M extends AnyMetrics = AnyMetrics> {
  /** The names that the targets of a training give to the outputs; null where outputs are no classes. */
  readonly classesIn: ((targets: Labels) => readonly ClassName[]) | null;
  /** N × t targets of a training, checked; `name` is theirs in what is thrown. */
  readTargets(given: Labels, name: string, classes: readonly ClassName[] | null): Matrix;
  /** What makes probabilities of outputs; null where they are no logits. */
  readonly probabilities: InverseLink | null;
  /** How a training may be judged on validation data. */
  readonly metrics: readonly ValidationMetric[];
  /** Whether row n counts for the error rate; null where there is none. */
  readonly isWrong: ((outputs: Matrix, truth: Matrix, n: number) => boolean) | null;
  /** What counts how well outputs meet this truth, N × t each. */
  tally(truth: Rows, about: About, cancelFlag?: Int32Array): Steps<Tally<M>>;
}

/** How well outputs meet the truth, N × t each. */
export function evaluateOutputs(meaning: Meaning, outputs: Matrix, truth: Matrix, about: About): AnyMetrics {
  const tally = driveSync(meaning.tally(truth, about));
  tally.add(outputs.data, truth.data, 0);
  return tally.value;
}

export interface About {
  /** The names of the outputs, where they are classes. */
  readonly classes: readonly ClassName[] | null;
  readonly sampleWeights: SampleWeights;
  /** What the outputs of classes or labels are (default `logits`). */
  readonly scores?: ScoreKind;
}
