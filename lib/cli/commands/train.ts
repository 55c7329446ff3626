/** @file `gnvpro train`: a job in, a folder with the model, its history and a report out. */
import { rm } from 'node:fs/promises';
import { targetsOf } from '../../data/classes.js';
import { GnvproError } from '../../errors.js';
import { FileMatrix } from '../../files/fileMatrix.js';
import { readMatrix } from '../../files/matrixFile.js';
import type { AnyMetrics } from '../../loss/meaning.js';
import { machineFacts } from '../../machine.js';
import { Model } from '../../model/model.js';
import { stopRules } from '../../options/stop.js';
import type { CheckpointEvent, TrainOptions } from '../../options/trainOptions.js';
import { type CheckpointReport, type Report, stopStatuses } from '../../report/report.js';
import type { Job } from '../../schema/job.js';
import { mostRuns } from '../../train/schedule/starts.js';
import { type Training, train } from '../../train/train.js';
import type { MeasuredBaseline } from '../baselines.js';
import { type JobData, type JobSamples, loadData } from '../data.js';
import { exit, NumericalFailure } from '../exit.js';
import { LiveHistory } from '../history.js';
import { Interruption, onInterrupt } from '../interrupt.js';
import { readJob, type Setting } from '../job.js';
import { duration } from '../numbers.js';
import { type Format, isJson, log, remark } from '../output.js';
import type { PartMetrics } from '../parts.js';
import { bar, jsonLines, type Limits, type Progress, silent } from '../progress.js';
import { prepareFolder, saveReport, saveTraining } from '../results.js';
import { type StreamedData, type StreamedSamples, streamedData } from '../streamedData.js';
import { describeTraining } from '../text.js';

interface TrainCommand {
  readonly job: string | undefined;
  readonly out: string;
  readonly settings: readonly Setting[];
  readonly format: Format;
}

/** Returns the exit code; throws what the user has to be told. */
export async function trainCommand({ job: file, out, settings, format }: TrainCommand): Promise<number> {
  using interrupt = onInterrupt();
  const started = new Date();
  const job = await readJob(file, settings);
  await prepareFolder(out);
  const initial = job.initial === undefined ? undefined : await Model.load<AnyMetrics>(job.initial);
  const data = await (job.stream ? streamedData : loadData)(job, initial?.names);
  for (const note of data.notes) remark(note);
  const { signal } = interrupt;
  const options = await trainOptions(job, data, initial);
  signal.throwIfAborted();
  const progress = progressOf(format, { rules: stopRules(job.stop), levels: job.levels ?? 1, runs: mostRuns(options) });
  const history = job.checkpoint === undefined ? null : new LiveHistory(out);
  const training = await run(options, signal, history === null ? progress : recordedIn(history, progress), format);
  const { model, report } = training;
  const facts = { gnvpro: report.version, date: started.toISOString(), machine: machineFacts(), job };
  const saved = await saveTraining(out, training, facts);
  const metrics = await measure(model, data);
  const baselines = await measureBaselines(training, data);
  await saveReport(out, { ...training, report: { ...report, baselines } }, { ...facts, ...saved, metrics });
  const { stop, best, workUnits, seconds } = report;
  if (isJson(format)) log(JSON.stringify({ event: 'done', stop, best, workUnits, seconds, metrics, baselines, out }));
  else if (format !== 'none') log(describeTraining(report, metrics, baselines, { out, names: model.names.targets }));
  const { exitCode } = stopStatuses[stop.status];
  if (exitCode !== exit.done) console.error(`The training failed. ${stop.message}`);
  if (signal.aborted) console.error(`${signal.reason.message} The best model so far is saved.`);
  if (report.checkpoint !== null) await concludeCheckpoint(report, history);
  return signal.reason instanceof Interruption ? signal.reason.exitCode : exitCode;
}

/** Files in place of values become the values. */
export async function trainOptions(
  job: Job,
  data: JobData | StreamedData,
  initial: TrainOptions['initial'],
): Promise<TrainOptions> {
  const {
    $schema,
    split,
    test,
    stream,
    inputs,
    targets,
    validation: _,
    sampleWeights,
    initialize,
    initial: __,
    crossValidate,
    ensemble,
    search,
    ...plain
  } = job;
  const { training, validation, classes, names } = data;
  const given = (samples: AnySamples) => ({ ...samples, targets: truthOf(samples, classes) });
  return {
    ...plain,
    ...given(training),
    names,
    validation: typeof validation === 'object' ? given(validation) : validation,
    initialize: typeof initialize === 'object' ? (await readMatrix(initialize)).data : initialize,
    initial,
    baselines: true,
  };
}

type AnySamples = JobSamples | StreamedSamples;

/** Of files the numbers themselves, which may be labels. */
function truthOf({ targets }: AnySamples, classes: JobData['classes']) {
  return targets instanceof FileMatrix ? targets : targetsOf(targets, classes);
}

async function run(options: TrainOptions, signal: AbortSignal, progress: Progress, format: Format): Promise<Training> {
  const onCheckpoint = (event: CheckpointEvent) => tellOfCheckpoint(event, format);
  try {
    return await train({ ...options, signal, onIteration: progress.record, onCheckpoint });
  } catch (error) {
    // Numbers from files are finite: what is not comes from the computation.
    if (error instanceof GnvproError && error.code === 'ERR_NONFINITE') {
      throw new NumericalFailure(error.message, { cause: error });
    }
    throw error;
  } finally {
    progress.end();
  }
}

function recordedIn(history: LiveHistory, progress: Progress): Progress {
  return {
    record: (record) => {
      history.add(record);
      progress.record(record);
    },
    end: () => {
      history.close();
      progress.end();
    },
  };
}

function tellOfCheckpoint(event: CheckpointEvent, format: Format): void {
  if (event.type === 'failed') {
    remark(`Warning: the training goes on, but its checkpoint could not be written. ${event.error.message}`);
  }
  if (event.type !== 'resumed') return;
  const { iteration, seconds, path } = event;
  if (isJson(format)) log(JSON.stringify({ event: 'resumed', iteration, seconds, checkpoint: path }));
  else if (format !== 'none') remark(`Goes on from ${path}: iteration ${iteration}, after ${duration(seconds)}.`);
}

/** What a training that has come to its end has left for another go serves no more: its results are saved. */
async function concludeCheckpoint({ checkpoint, stop }: Report, history: LiveHistory | null): Promise<void> {
  const { path, failed, written, resumedFrom } = checkpoint as CheckpointReport;
  if (!stopStatuses[stop.status].endsTraining) {
    await rm(path, { force: true });
    history?.remove();
  } else if (written > 0 || resumedFrom !== null) {
    const which = failed > 0 ? 'may hold an earlier iteration' : 'holds the training';
    remark(`${path} ${which}: the same command with --resume goes on.`);
  }
}

function progressOf(format: Format, limits: Limits): Progress {
  if (isJson(format)) return jsonLines();
  return format === 'none' || !process.stderr.isTTY ? silent : bar(limits);
}

async function measure(model: Model<AnyMetrics>, data: JobData | StreamedData): Promise<PartMetrics> {
  const { training, validation, test, classes } = data;
  const of = async (samples: AnySamples | null) => {
    if (samples === null) return null;
    const { inputs, sampleWeights } = samples;
    return await model.evaluate(inputs, truthOf(samples, classes), { sampleWeights });
  };
  return {
    training: await of(training),
    validation: await of(typeof validation === 'object' ? validation : null),
    test: await of(test),
  };
}

async function measureBaselines(
  { report, baselines }: Training,
  data: JobData | StreamedData,
): Promise<MeasuredBaseline[]> {
  const measured: MeasuredBaseline[] = [];
  for (const [k, { model }] of baselines.entries()) {
    measured.push({ ...report.baselines[k], metrics: await measure(model, data) });
  }
  return measured;
}
