import { type Matrix, takeRows } from '../data/matrix.js';
import { sumOfWeights } from '../data/weights.js';
import type { GnvproError } from '../errors.js';
import { type AnyMetrics, evaluateOutputs, type ValidationMetric } from '../loss/meaning.js';
import type { MetricsByLoss } from '../loss/registry.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Report } from '../report/report.js';
import { checkOptions } from '../validate/check.js';
import { type Common, type CommonOptions, fitOf, readCommon, weightsOf } from './common.js';
import type { Judgement } from './fit.js';
import { type FoldOptions, foldCount, foldOptionNames, foldsOf } from './folds.js';
import { isFitted, type Outcome, type PoolOptions, type PoolStop, poolOptionNames, trainAll } from './pool.js';

export interface CrossValidationOptions extends FoldOptions, PoolOptions {}

/** A validation metric over the folds: the mean of theirs, and its standard error, the deviation (n − 1) over √n. */
export interface FoldsMetric {
  readonly name: ValidationMetric;
  readonly mean: number;
  readonly standardError: number;
}

/** What models say of samples that they were not fitted to. */
export interface HeldOut<M extends AnyMetrics = Metrics> {
  readonly metric: FoldsMetric;
  /** Of all these predictions together. */
  readonly metrics: M;
  /** N × outputs in original units, logits of a classifier: of each sample by the model that had not seen it; NaN where there is none. */
  readonly predictions: Matrix;
}

/** A fold that failed, or was not trained before the end, has an error in place of the others. */
export interface FoldResult<M extends AnyMetrics = Metrics> {
  /** Samples held out, the sum of their weights. */
  readonly samples: number;
  readonly metric: number | null;
  readonly metrics: M | null;
  /** Of the training on the other samples. */
  readonly report: Report | null;
  readonly error: GnvproError | null;
}

export interface CrossValidation<M extends AnyMetrics = Metrics> extends HeldOut<M> {
  readonly folds: readonly FoldResult<M>[];
  /** The fold of each sample, from 0; −1 for samples of weight 0. */
  readonly foldOf: Int32Array;
  /** What the model has to beat, on the same folds, where the training asks for `baselines`; else none. */
  readonly baselines: readonly (HeldOut<M> & { readonly name: string })[];
  readonly stop: PoolStop;
  readonly seconds: number;
}

/**
 * Trains once for each fold, on the samples of all others, and judges each model on the fold that it has not seen. Folds
 * keep the shares of the classes, and groups together. `training` are the options of `train`; its `validation` is taken from
 * the samples that are trained on. The same bits for any `concurrency`.
 *
 * A fold that fails leaves the others; aborted or out of time, what is complete comes back.
 *
 * @throws GnvproError what `train` throws at once, ERR_OPTION; where no fold came off, the error of the first, or the
 *   signal's reason
 */
export function crossValidate<L extends keyof MetricsByLoss>(
  training: CommonOptions & { loss: L },
  options?: CrossValidationOptions,
): Promise<CrossValidation<MetricsByLoss[L]>>;
export function crossValidate(training: CommonOptions, options?: CrossValidationOptions): Promise<CrossValidation>;
export async function crossValidate(
  training: CommonOptions,
  options: CrossValidationOptions = {},
): Promise<CrossValidation<AnyMetrics>> {
  checkOptions(options, [...foldOptionNames, ...poolOptionNames], 'crossValidate');
  const common = readCommon(training, options, { caller: 'crossValidate' });
  const folds = foldsOfCommon(common, options);
  const weights = weightsOf(common);
  const fits = Array.from({ length: foldCount(folds) }, (_, k) =>
    fitOf(common, {
      weights: weights.map((w, n) => (folds[n] === k ? 0 : w)),
      held: weights.map((w, n) => (folds[n] === k ? w : 0)),
    }),
  );
  const { outcomes, ...end } = await trainAll(fits, options, common.task);
  return { ...resultOf(common, folds, outcomes), ...end };
}

/** Of the samples that are present. Lists of the caller are of all. */
export function foldsOfCommon(
  { samples, classes, rows, all }: Common,
  { folds, groups, seed }: FoldOptions,
): Int32Array {
  const present = <T>(list: ArrayLike<T>): ArrayLike<T> =>
    rows === null || Object(list).length !== all ? list : Array.from(rows, (n) => list[n]);
  return foldsOf(samples.inputs.shape[0], classes === null ? null : samples.targets, {
    folds: typeof folds === 'object' ? present(folds) : folds,
    groups: groups === undefined ? undefined : present(groups),
    seed,
  });
}

function resultOf(common: Common, folds: Int32Array, outcomes: readonly Outcome[]) {
  const found = outcomes.map((outcome) => (isFitted(outcome) ? outcome : null));
  const names = found.find((one) => one !== null)?.baselines.map(({ name }) => name) ?? [];
  const heldBy = (pick: (k: number) => Judgement | null | undefined) =>
    heldOut(
      common,
      folds,
      found.map((_, k) => pick(k) ?? null),
    );
  return {
    ...heldBy((k) => found[k]?.held),
    folds: outcomes.map((outcome, k) => foldResult(common, rowsOf(folds, k), outcome)),
    foldOf: asCounted(common, folds, -1, 1, (length) => new Int32Array(length)),
    baselines: names.map((name) => ({
      name,
      ...heldBy((k) => found[k]?.baselines.find((baseline) => baseline.name === name)?.held),
    })),
  };
}

function foldResult(common: Common, rows: Int32Array, outcome: Outcome): FoldResult<AnyMetrics> {
  const weights = common.weights && Float64Array.from(rows, (n) => (common.weights as Float64Array)[n]);
  const samples = sumOfWeights(weights, rows.length);
  if (!isFitted(outcome)) return { samples, metric: null, metrics: null, report: null, error: outcome };
  const { outputs, metric } = outcome.held as Judgement;
  return { samples, metric, metrics: evaluate(common, rows, outputs), report: outcome.report, error: null };
}

function heldOut(common: Common, folds: Int32Array, held: readonly (Judgement | null)[]): HeldOut<AnyMetrics> {
  const [N, t] = common.samples.targets.shape;
  const outputs = new Float64Array(N * t).fill(Number.NaN);
  held.forEach((judgement, k) => {
    if (judgement === null) return;
    rowsOf(folds, k).forEach((n, i) => {
      outputs.set(judgement.outputs.subarray(i * t, (i + 1) * t), n * t);
    });
  });
  const rows = Int32Array.from(folds.keys()).filter((n) => held[folds[n]] !== null);
  const { data } = takeRows({ data: outputs, shape: [N, t] }, rows);
  return {
    metric: { name: common.task.validationMetric, ...meanOf(held.flatMap((one) => one?.metric ?? [])) },
    metrics: evaluate(common, rows, data),
    predictions: {
      data: asCounted(common, outputs, Number.NaN, t, (length) => new Float64Array(length)),
      shape: [common.all, t],
    },
  };
}

/** Outputs for some of the samples against their targets. */
function evaluate({ task, samples, weights, classes }: Common, rows: Int32Array, outputs: Float64Array): AnyMetrics {
  const truth = takeRows(samples.targets, rows);
  const sampleWeights = weights && Float64Array.from(rows, (n) => weights[n]);
  return evaluateOutputs(task.loss.meaning, { data: outputs, shape: truth.shape }, truth, { classes, sampleWeights });
}

/** Mean, and its standard error; NaN for fewer than two. */
export function meanOf(values: readonly number[]): { mean: number; standardError: number } {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: count < 2 ? Number.NaN : Math.sqrt(squares / (count - 1) / count) };
}

export function rowsOf(folds: Int32Array, k: number): Int32Array {
  return Int32Array.from(folds.keys()).filter((n) => folds[n] === k);
}

/** Rows of present samples where the caller has them, and `absent` in the others. */
function asCounted<A extends Float64Array | Int32Array>(
  { rows, all }: Common,
  values: A,
  absent: number,
  cols: number,
  allocate: (length: number) => A,
): A {
  if (rows === null) return values;
  const result = allocate(all * cols);
  result.fill(absent);
  rows.forEach((n, i) => {
    result.set(values.subarray(i * cols, (i + 1) * cols), n * cols);
  });
  return result;
}
