/** @file A network on trial: trained on all folds but one, and judged on that one, fold by fold. */
import type { BackendName } from '../backend/select.js';
import { type Labels, targetsOf, topColumn } from '../data/classes.js';
import { type Matrix, takeRows } from '../data/matrix.js';
import type { ColumnNames } from '../data/names.js';
import type { AnyMetrics } from '../loss/meaning.js';
import { softmaxRows } from '../metrics/probabilities.js';
import type { Model } from '../model/model.js';
import type { TrainOptions } from '../options/trainOptions.js';
import { type Training, train } from '../train/train.js';
import type { Candidate } from './candidates.js';
import type { Figures, Measure } from './measure.js';
import type { FitSamples } from './samples.js';
import type { Work } from './work.js';

export interface Bench {
  readonly samples: FitSamples;
  readonly measure: Measure;
  /** The fold of each sample; of −1 are those that take no part. */
  readonly folds: Int32Array;
  readonly names: ColumnNames;
  readonly call: Call;
}

/** What every training is given. */
export interface Call {
  readonly seed: number;
  readonly threads?: number;
  readonly backend?: BackendName;
  readonly signal?: AbortSignal;
}

export class Trial {
  /** One for each fold that it was judged on. */
  readonly models: Model<AnyMetrics>[] = [];
  work = 0;
  seconds = 0;
  /** Why it could not be trained. */
  failure: string | null = null;
  /** N × t, of the rows of the folds so far. */
  readonly #outputs: Float64Array;

  constructor(
    readonly candidate: Candidate,
    readonly starts: number,
    readonly bench: Bench,
  ) {
    this.#outputs = new Float64Array(bench.samples.targets.data.length);
  }

  get folds(): number {
    return this.models.length;
  }

  /**
   * Trains without the next fold, and judges on it; a training that was aborted counts only where nothing else does.
   * Throws what `train` throws.
   */
  async next(work: Work, isNeeded: boolean): Promise<void> {
    const { samples, folds, call } = this.bench;
    const fold = this.folds;
    const [held, kept] = [rowsWhere(folds, fold), rowsWhere(folds, (f) => f !== fold && f !== -1)];
    const started = performance.now();
    const { model, report } = await trainOn(this.bench, kept, this.candidate, { starts: this.starts });
    if (call.signal?.aborted && !isNeeded) return;
    const outputs = await outputsOf(model, takeRows(samples.inputs, held), call.threads);
    const t = samples.targets.shape[1];
    held.forEach((n, i) => {
      this.#outputs.set(outputs.data.subarray(i * t, (i + 1) * t), n * t);
    });
    const used = work.of(kept.length, this.candidate, report.iterations.length);
    work.spent += used;
    this.work += used;
    this.seconds += (performance.now() - started) / 1000;
    this.models.push(model);
  }

  /** On the first `folds`. */
  figures(folds = this.folds): Figures {
    return this.bench.measure.figures(
      this.#outputs,
      rowsWhere(this.bench.folds, (f) => f >= 0 && f < folds),
    );
  }

  /** What decides, of each of these rows. */
  losses(folds = this.folds): Float64Array {
    const { measure, samples } = this.bench;
    const t = samples.targets.shape[1];
    const rows = rowsWhere(this.bench.folds, (f) => f >= 0 && f < folds);
    return Float64Array.from(rows, (n) => measure.loss(this.#outputs.subarray(n * t, (n + 1) * t), n));
  }

  /** Of the first folds, the share of held-out numbers within the interval of 95 % of the models; null where they know no uncertainty. */
  async coverage(count: number): Promise<number | null> {
    const { samples, folds, call } = this.bench;
    let [inside, all] = [0, 0];
    for (const [fold, model] of this.models.slice(0, count).entries()) {
      if (!model.hasPosterior) return null;
      const rows = rowsWhere(folds, fold);
      const options = { uncertainty: true, threads: call.threads } as const;
      const { mean, standardDeviation, noise } = await model.predict(takeRows(samples.inputs, rows), options);
      const truth = takeRows(samples.targets, rows).data;
      all += truth.length;
      truth.forEach((value, i) => {
        const deviation = Math.hypot(standardDeviation.data[i], noise[i % noise.length]);
        inside += Number(Math.abs(value - mean.data[i]) <= 1.96 * deviation);
      });
    }
    return inside / all;
  }
}

export function trainOn(
  bench: Bench,
  rows: Int32Array,
  { network, training }: Candidate,
  more: Partial<TrainOptions>,
): Promise<Training<AnyMetrics>> {
  const { samples, measure, call } = bench;
  const part = { inputs: takeRows(samples.inputs, rows), ...targetsFor(bench, rows) };
  const scaling = samples.classes === null ? { scaling: { targets: measure.scaling } } : {};
  return train({ ...call, network, ...part, ...scaling, ...training, ...more });
}

/** Labels, so that the model knows its classes; where one has no samples among the rows, shares of the classes. */
function targetsFor({ samples, names }: Bench, rows: Int32Array): Pick<TrainOptions, 'targets' | 'names'> {
  const { classes } = samples;
  const part = takeRows(samples.targets, rows);
  if (classes === null) return { targets: part, names };
  const data = Float64Array.from(rows, (_, i) => topColumn(part, i));
  if (new Set(data).size < classes.length) return { targets: part, names: { inputs: names.inputs } as ColumnNames };
  return { targets: targetsOf({ data, shape: [rows.length, 1] }, classes) as Labels, names };
}

/** Numbers, or the probabilities of the classes. */
async function outputsOf(model: Model<AnyMetrics>, inputs: Matrix, threads: number | undefined): Promise<Matrix> {
  const outputs = await model.predict(inputs, { threads });
  return model.loss === 'crossEntropy' ? softmaxRows(outputs) : outputs;
}

export function rowsWhere(folds: Int32Array, is: number | ((fold: number) => boolean)): Int32Array {
  const isOne = typeof is === 'number' ? (fold: number) => fold === is : is;
  return Int32Array.from(folds.keys()).filter((n) => isOne(folds[n]));
}
