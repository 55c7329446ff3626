/** @file A finished training as a report document. */
import { basename, resolve } from 'node:path';
import type { ColumnNames } from '../../data/names.js';
import type { PartName } from '../../data/split.js';
import { sumOfWeights } from '../../data/weights.js';
import { GnvproError } from '../../errors.js';
import type { AnyMetrics } from '../../loss/meaning.js';
import { lossFacts } from '../../loss/registry.js';
import type { ClassificationMetrics } from '../../metrics/classification.js';
import { metrics } from '../../metrics/metrics.js';
import type { CallOptions } from '../../model/callOptions.js';
import { Model } from '../../model/model.js';
import type { Outputs, ReportDocument } from '../../page/document.js';
import type { Job } from '../../schema/job.js';
import { type JobSamples, loadData } from '../data.js';
import { filesBelow } from '../job.js';
import { kindOf } from '../kinds.js';
import { judgedPart } from '../parts.js';
import type { SavedReport, SavedResults } from '../savedResults.js';
import { calibrationOf, certaintyOf, reliabilityOf } from './calibration.js';
import { confusionOf } from './facts.js';
import { type ImageLayout, imageOfInputs, imagesOf, kernelsOf, mostPixels } from './images.js';
import { fieldsOf, type GridSize, type LabelledSamples, mapOf, outputsOf } from './samples.js';
import { timingOf, tracesOf } from './traces.js';
import { factsOf, metricLabel, summaryOf, tableOf } from './words.js';

export interface PageOptions {
  readonly title?: string;
  /** The unit of the outputs. */
  readonly unit: string;
  /** What the outputs are; a plain list where it is not given. */
  readonly field?: GridSize;
  /** What the rows of the inputs are, where they are the pixels of an image. */
  readonly map?: GridSize;
  /** Where the data files lie now, below it as they lay below the folder that they have in common. Default: there. */
  readonly data?: string;
}

type Shown = Pick<ReportDocument, 'outputs' | 'calibration' | 'fields' | 'map' | 'images' | 'missing'>;

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
    choice: report.choice ?? null,
    ...classesIn(report),
    kernels: kernelsOf(model),
    ...(await shownOf(report, model as Model, options, call)),
  };
}

function classesIn(report: SavedReport): Pick<ReportDocument, 'confusion' | 'reliability'> {
  const part = judgedPart(report.metrics);
  const metrics = report.metrics[part];
  if (metrics === null || !('confusion' in metrics)) return { confusion: null, reliability: null };
  const classes = metrics as ClassificationMetrics;
  const wasFitted = part === 'validation' && report.temperature != null;
  const temperature = wasFitted ? ['The temperature of the logits was chosen for these samples.'] : [];
  const notes = [...seenNotes(report, part), ...temperature];
  return { confusion: confusionOf(classes), reliability: reliabilityOf(classes, { part, notes }) };
}

/** What is not new to a model is no test of how sure it is. */
function seenNotes({ runs }: SavedReport, part: PartName): string[] {
  const isRefit = part === 'validation' && runs.some(({ purpose }) => purpose === 'refit');
  if (part !== 'training' && !isRefit) return [];
  return [
    `The model was trained on these samples${isRefit ? ' in the refit' : ''}: it is nearer to them than to new ones, of which this says less.`,
  ];
}

/** Of labels that do not exclude each other; classes have the confusion matrix. */
function labelsOf({ metrics }: SavedReport, { targets }: ColumnNames): Outputs | null {
  const part = judgedPart(metrics);
  const of = metrics[part];
  if (of === null || !('labels' in of)) return null;
  const [[[, ...columns], ...rows]] = kindOf(of).outputs(of, part, targets);
  const each = rows.map(([name, ...errors]) => ({ name, errors, unit: '', points: [] }));
  return { title: `Labels: ${part} samples`, columns, each, notes: [] };
}

/** What needs the data. */
async function shownOf(report: SavedReport, model: Model, options: PageOptions, call: CallOptions): Promise<Shown> {
  const { field, map } = options;
  const regression = lossFacts(report.used.loss as string).sharesUnits;
  if (field !== undefined && !regression)
    throw new GnvproError('ERR_OPTION', 'Expected a model of least squares for --field.');
  if (map !== undefined && model.classes === null)
    throw new GnvproError('ERR_OPTION', 'Expected a classifier for --map.');
  const shown: Shown = {
    outputs: labelsOf(report, model.names),
    calibration: null,
    fields: [],
    map: null,
    images: null,
    missing: [],
  };
  const job = dataJob(report.job, options.data);
  const part = judgedPart(report.metrics);
  const load = () => loadOrTell(() => partOf(job, model.names, part), model);
  const image = imageOfInputs(model);
  const isLarge = report.job.stream === true && !regression;
  const streamed = 'A training that reads its data piece by piece may have more than memory holds.';
  const samples = isLarge ? streamed : regression || image !== null ? await load() : null;
  const parts: Partial<Shown>[] = [];
  if (regression) parts.push(await regressionShown(report, model, samples as Loaded, options, call));
  if (image !== null) parts.push(await imagesShown(model, image, samples as Loaded, part, call));
  if (map !== undefined) {
    const all = await loadOrTell(() => wholeImage(job, model.names), model);
    parts.push(
      typeof all === 'string' ? needed('The map of the classes', all) : { map: await mapOf(model, all, map, call) },
    );
  }
  return Object.assign({}, shown, ...parts, { missing: parts.flatMap(({ missing = [] }) => missing) });
}

/** Samples, or why there are none. */
type Loaded = LabelledSamples | string;

/** What is not shown without data, and why there are none. */
function needed(what: string, why: string): Pick<Shown, 'missing'> {
  return { missing: [`${what}, for which the data of the training are needed. ${why}`] };
}

async function regressionShown(
  report: SavedReport,
  model: Model,
  data: Loaded,
  options: PageOptions,
  call: CallOptions,
): Promise<Partial<Shown>> {
  if (typeof data !== 'string') return regressionParts(report, model, data, options, call);
  const sure = model.hasPosterior ? ', whether the error bars are true' : '';
  return needed(`Predicted against true values${sure}, and outputs of single samples`, data);
}

async function imagesShown(
  model: Model,
  image: ImageLayout,
  data: Loaded,
  part: PartName,
  call: CallOptions,
): Promise<Partial<Shown>> {
  const what = 'Images with predictions';
  if (typeof data === 'string') return needed(what, data);
  const columns = data.targets.shape[1];
  if (columns !== model.outputs && !(model.classes !== null && data.classes !== null))
    return { missing: [`${what}: the model has ${model.outputs} outputs, but the files ${columns} now.`] };
  const images = await imagesOf(model, image, data, part, call);
  return images === null ? { missing: [`${what}: they are larger than ${mostPixels} pixels.`] } : { images };
}

/** Samples that the model can take, or why there are none. */
async function loadOrTell(load: () => Promise<LabelledSamples>, model: Model): Promise<Loaded> {
  try {
    const data = await load();
    const columns = data.inputs.shape[1];
    return columns === model.inputs
      ? data
      : `The model takes ${model.inputs} inputs, but the files have ${columns} now.`;
  } catch (error) {
    if (!(error instanceof GnvproError) || error.code === 'ERR_MEMORY') throw error;
    return error.message;
  }
}

async function regressionParts(
  report: SavedReport,
  model: Model,
  data: LabelledSamples,
  { field, unit }: PageOptions,
  call: CallOptions,
): Promise<Pick<Shown, 'outputs' | 'calibration' | 'fields' | 'missing'>> {
  const { inputs, targets, sampleWeights } = data;
  const part = judgedPart(report.metrics);
  const predicted = await model.predict(inputs, call);
  if (predicted.shape[1] !== targets.shape[1]) {
    const missing = `Predicted against true values: the model has ${predicted.shape[1]} outputs, but the files ${targets.shape[1]} now.`;
    return { outputs: null, calibration: null, fields: [], missing: [missing] };
  }
  const { rmse } = metrics(predicted.data, targets.data, targets.shape[1], { sampleWeights });
  const then = (report.metrics[part] as { rmse?: number } | null)?.rmse ?? Number.NaN;
  // Another machine may round otherwise.
  const changed = Math.abs(rmse - then) > 1e-6 * then;
  const title = `Predicted against true: ${part} samples`;
  const certainty = await certaintyOf(model, data, call);
  const names = model.names.targets;
  return {
    outputs: outputsOf(targets, predicted, { title, names, unit, sampleWeights, certainty }),
    calibration: certainty && calibrationOf(certainty, { part, notes: seenNotes(report, part) }),
    fields: fieldsOf(targets, predicted, field, unit),
    missing: changed
      ? [
          `The data files have changed since the training: the figures of the ${part} samples are of the data as they are now.`,
        ]
      : [],
  };
}

async function partOf(job: Job, known: ColumnNames, part: PartName): Promise<LabelledSamples> {
  const { training, validation, test, classes } = await loadData(job, known);
  const samples = part === 'training' ? training : ((part === 'test' ? test : validation) as JobSamples);
  return { ...samples, classes, noiseWeights: noiseWeights(samples, training) };
}

/** A training divides its weights by the mean of those above 0. */
function noiseWeights(samples: JobSamples, training: JobSamples): Float64Array | undefined {
  const counted = training.sampleWeights?.filter((weight) => weight > 0);
  const mean = counted === undefined ? 1 : sumOfWeights(counted, counted.length) / counted.length;
  return samples.sampleWeights?.map((weight) => weight / mean);
}

/** All rows of the inputs, in the order of their file. */
async function wholeImage(job: Job, known: ColumnNames): Promise<LabelledSamples> {
  const { split: _, validation: __, test: ___, sampleWeights: ____, ...whole } = job;
  const { training, classes } = await loadData(whole, known);
  return { ...training, classes };
}

/** The keys of a job that name data. */
function dataJob(job: Job, folder: string | undefined): Job {
  const { initialize: _, initial: __, ...rest } = job;
  return folder === undefined ? rest : filesBelow(rest, folder);
}
