/** @file What a page says of how sure a model is, and whether it is right to be. */
import { type Samples, takeSamples } from '../../data/samples.js';
import { CompensatedSums, SquareSum } from '../../linalg/sums.js';
import type { ClassificationMetrics } from '../../metrics/classification.js';
import { centralBound, coverageOf, standardizedResiduals, totalDeviations } from '../../metrics/coverage.js';
import { histogramOf } from '../../metrics/histogram.js';
import type { CallOptions } from '../../model/callOptions.js';
import type { Model } from '../../model/model.js';
import type { Calibration, Output, Reliability } from '../../page/document.js';
import { evenly } from './evenly.js';
import { counted } from './facts.js';

export interface NoisySamples extends Samples {
  /** ω, by which the noise of a target is σ/√ω: over the mean of those of the training. */
  readonly noiseWeights?: Float64Array | undefined;
}

/** How sure the model is of some samples. */
export interface Certainty {
  /** How many samples there are. */
  readonly of: number;
  /** The numbers of those that were taken. */
  readonly rows: readonly number[];
  /** Predictions and targets, some × outputs. */
  readonly mean: Float64Array;
  readonly truth: Float64Array;
  /** √(standardDeviation² + noise²), some × outputs. */
  readonly total: Float64Array;
  /** (truth − mean) / total, some × outputs. */
  readonly residuals: Float64Array;
}

/** Each takes as many passes of the network as it has weights. */
const mostSamples = 500;

/** Of evenly spread samples, without those of weight 0; null for a model that does not know how sure it is. */
export async function certaintyOf(model: Model, data: NoisySamples, call: CallOptions): Promise<Certainty | null> {
  if (!model.hasPosterior) return null;
  const { noiseWeights = null } = data;
  const present = Array.from({ length: data.inputs.shape[0] }, (_, n) => n).filter((n) => noiseWeights?.[n] !== 0);
  const rows = evenly(present, mostSamples);
  const { inputs, targets } = takeSamples(data, rows);
  const prediction = await model.predict(inputs, { ...call, uncertainty: true });
  const sampleWeights = noiseWeights && Float64Array.from(rows, (n) => noiseWeights[n]);
  return {
    of: present.length,
    rows,
    mean: prediction.mean.data,
    truth: targets.data,
    total: totalDeviations(prediction, sampleWeights),
    residuals: standardizedResiduals(prediction, targets, { sampleWeights }).data,
  };
}

/** Of a panel, and of all; more would hide the points. */
const [mostBars, mostOfAll] = [100, 2000];

/** Error bars of 95 % of output j of `outputs`, of which `shown` are drawn. */
export function barsOf({ mean, truth, total, rows }: Certainty, j: number, outputs: number, shown: number) {
  const bound = centralBound(0.95);
  const some = evenly([...rows.keys()], Math.min(mostBars, Math.ceil(mostOfAll / shown)));
  return some.map((k): NonNullable<Output['bars']>[number] => {
    const i = k * outputs + j;
    return [truth[i], mean[i] - bound * total[i], mean[i] + bound * total[i]];
  });
}

/** The share of the targets of output j that lies within their error bars. */
export function shareWithin({ residuals }: Certainty, j: number, outputs: number): number {
  const own = residuals.filter((r, i) => i % outputs === j && !Number.isNaN(r));
  return own.length === 0 ? Number.NaN : coverageOf(own, [0.95])[0].share;
}

/** Until where residuals have bars of their own: of 10⁶ normal ones, one lies beyond. */
const reach = 5;

const curveLevels = [...Array.from({ length: 19 }, (_, k) => (k + 1) / 20), 0.99];

/** `part` of the data, and what is to be said of it. */
export function calibrationOf(
  { of, rows, residuals }: Certainty,
  { part, notes }: { part: string; notes: readonly string[] },
): Calibration {
  const finite = residuals.filter(Number.isFinite);
  const left = residuals.length - finite.length;
  const isSome = rows.length < of;
  return {
    of: isSome
      ? `${rows.length} of ${of.toLocaleString('en-US')} ${part} samples`
      : counted(rows.length, `${part} sample`),
    samples: rows.length,
    values: finite.length,
    ...momentsOf(finite),
    bars: histogramOf(finite, reach),
    beyond: finite.reduce((count, r) => count + Number(Math.abs(r) > reach), 0),
    coverage: finite.length === 0 ? [] : coverageOf(finite),
    curve: finite.length === 0 ? [] : coverageOf(finite, curveLevels),
    notes: [
      ...notes,
      ...(isSome
        ? [
            `${rows.length} samples, evenly spread over all, had to do: to tell how sure it is, a model passes its network once for each weight.`,
          ]
        : []),
      ...(left > 0 ? [`${left} of ${residuals.length} residuals are not finite and are left out.`] : []),
    ],
  };
}

function momentsOf(values: Float64Array): { mean: number; standardDeviation: number } {
  const sums = new CompensatedSums(1);
  for (const value of values) sums.add(0, value);
  const mean = sums.values[0] / values.length;
  const off = values.map((value) => value - mean);
  const standardDeviation =
    values.length > 1 ? new SquareSum().add(off, 0, off.length).rootMean(off.length - 1) : Number.NaN;
  return { mean, standardDeviation };
}

/** Null for reports of versions that did not say it, and for what was no number. */
export function reliabilityOf(
  { samples, reliability, calibrationError }: Partial<ClassificationMetrics> & { readonly samples: number },
  { part, notes }: { part: string; notes: readonly string[] },
): Reliability | null {
  if (reliability == null || calibrationError == null) return null;
  return { of: counted(samples, `${part} sample`), bins: reliability, error: calibrationError, notes };
}
