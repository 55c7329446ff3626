/** @file A finished training as a report document. */
import { basename, resolve } from 'node:path';
import type { Samples } from '../../data/samples.js';
import { GnvproError } from '../../errors.js';
import { type AnyMetrics, type CallOptions, Model } from '../../model/model.js';
import type { ClassificationMetrics } from '../../report/classification.js';
import type { Confusion, ReportDocument } from '../../report/html/document.js';
import type { Job } from '../../schema/job.js';
import { type JobData, loadData } from '../data.js';
import { filesBelow } from '../job.js';
import type { SavedReport, SavedResults } from '../savedResults.js';
import { targetsOf } from '../targets.js';
import { fieldsOf, type GridSize, mapOf, predictionPoints } from './samples.js';
import { timingOf, tracesOf } from './traces.js';
import { factsOf, judgedPart, metricLabel, summaryOf, tableOf } from './words.js';

export interface PageOptions {
  readonly title: string | undefined;
  /** Of the outputs. */
  readonly unit: string;
  /** What the outputs are; null for a plain list. */
  readonly field: GridSize | null;
  /** What the rows of the inputs are, where they are the pixels of an image. */
  readonly map: GridSize | null;
  /** Where the data files lie now, below it as they lay below the folder that they have in common; null for there. */
  readonly data: string | null;
}

type Shown = Pick<ReportDocument, 'predictions' | 'fields' | 'map' | 'missing'>;

/** @throws what reading the model does; data that cannot be read are told in `missing` */
export async function documentOf(
  results: SavedResults,
  folder: string,
  options: PageOptions,
  call: CallOptions,
): Promise<ReportDocument> {
  const { report, history } = results;
  using model = await Model.load<AnyMetrics>(results.model);
  return {
    title: options.title ?? `Training: ${basename(resolve(folder))}`,
    summary: summaryOf(report, history.filter(({ iteration }) => iteration > 0).length),
    facts: factsOf(report, resolve(folder)),
    options: { job: report.job, used: report.used },
    metric: { label: metricLabel(report) },
    traces: tracesOf(results),
    timings: [timingOf(report)],
    table: tableOf(report),
    choice: null,
    confusion: confusionOf(report),
    ...(await shownOf(report, model as Model, options, call)),
  };
}

function confusionOf(report: SavedReport): Confusion | null {
  const metrics = report.metrics[judgedPart(report)];
  if (metrics === null || !('confusion' in metrics)) return null;
  const { classes, confusion } = metrics as ClassificationMetrics;
  return { classes: classes.map((one) => String(one.class)), counts: confusion };
}

/** What needs the data. */
async function shownOf(report: SavedReport, model: Model, options: PageOptions, call: CallOptions): Promise<Shown> {
  const missing: string[] = [];
  const nothing: Shown = { predictions: null, fields: [], map: null, missing };
  const regression = report.used.loss === 'leastSquares';
  checkOptions(options, model, regression);
  if (!regression && options.map === null) return nothing;
  const job = dataJob(report.job, options.data);
  try {
    if (!regression)
      return { ...nothing, map: await mapOf(model, await wholeImage(job), options.map as GridSize, call) };
    return { ...nothing, ...(await regressionParts(report, model, await loadData(job), options, call, missing)) };
  } catch (error) {
    if (
      !(error instanceof GnvproError) ||
      !['ERR_DATA_FILE', 'ERR_SHAPE', 'ERR_LABEL', 'ERR_NONFINITE'].includes(error.code)
    )
      throw error;
    missing.push(
      `${regression ? 'Predicted against true values and single samples' : 'The map of the classes'}: the data of the training are needed for this. ${error.message}`,
    );
    return nothing;
  }
}

function checkOptions({ field, map }: PageOptions, model: Model, regression: boolean): void {
  if (field !== null && !regression)
    throw new GnvproError('ERR_OPTION', 'Expected a model of least squares for --field.');
  if (map !== null && model.classes === null) throw new GnvproError('ERR_OPTION', 'Expected a classifier for --map.');
}

async function regressionParts(
  report: SavedReport,
  model: Model,
  data: JobData,
  { field, unit }: PageOptions,
  call: CallOptions,
  missing: string[],
): Promise<Pick<Shown, 'predictions' | 'fields'>> {
  const part = judgedPart(report);
  const { inputs, targets } = partOf(data, part);
  const predicted = await model.predict(inputs, call);
  const saved = report.metrics[part];
  const { rmse } = await model.evaluate(inputs, targetsOf(targets, null) as Samples['targets'], call);
  if (saved !== null && !sameMeasure(rmse, (saved as { rmse: number }).rmse)) {
    missing.push(
      `The data files have changed since the training: what is drawn of the ${part} samples is of the data as they are now.`,
    );
  }
  const points = predictionPoints(targets, predicted);
  const share =
    points.length < targets.data.length
      ? `, ${points.length.toLocaleString('en-US')} of ${targets.data.length.toLocaleString('en-US')} values`
      : '';
  return {
    predictions: { title: `Predicted against true: ${part} samples${share}`, unit, points },
    fields: fieldsOf(targets, predicted, field, unit),
  };
}

function partOf({ training, validation, test }: JobData, part: 'training' | 'validation' | 'test'): Samples {
  if (part === 'training') return training;
  return (part === 'test' ? test : validation) as Samples;
}

/** Another machine may round otherwise. */
function sameMeasure(now: number, then: number): boolean {
  return Math.abs(now - then) <= 1e-6 * Math.abs(then) + 1e-300;
}

/** All rows of the inputs, in the order of their file. */
async function wholeImage(job: Job): Promise<Samples> {
  const { split: _, validation: __, test: ___, ...whole } = job;
  return (await loadData(whole)).training;
}

/** Only what names data. */
function dataJob(job: Job, folder: string | null): Job {
  const { sampleWeights: _, initialize: __, initial: ___, ...rest } = job;
  return folder === null ? rest : filesBelow(rest, folder);
}
