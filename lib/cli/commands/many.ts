/** @file `gnvpro cross-validate`, `ensemble` and `search`: a job in, a folder with what its trainings come to out. */
import { join } from 'node:path';
import { GnvproError } from '../../errors.js';
import { checkWritable, type FileContent, writeTogether } from '../../files/atomic.js';
import { quoted } from '../../files/csvHeader.js';
import { makeFolder } from '../../files/folder.js';
import { readLabels } from '../../files/labels.js';
import type { AnyMetrics } from '../../loss/meaning.js';
import { machineFacts } from '../../machine.js';
import { type CrossValidation, crossValidate } from '../../many/crossValidate.js';
import { type EnsembleTraining, ensemble } from '../../many/ensemble.js';
import type { PoolOptions, PoolStop, Progress } from '../../many/pool.js';
import { type Search, search } from '../../many/search.js';
import { Model } from '../../model/model.js';
import type { TrainOptions } from '../../options/trainOptions.js';
import type { Job } from '../../schema/job.js';
import { version } from '../../version.js';
import { loadData } from '../data.js';
import { exit } from '../exit.js';
import { Interruption, onInterrupt } from '../interrupt.js';
import { readJob, type Setting } from '../job.js';
import { duration, short } from '../numbers.js';
import { type Format, isJson, log, remark } from '../output.js';
import { barOn } from '../progress.js';
import { metricsTable, table } from '../text.js';
import { trainOptions } from './train.js';

interface ManyCommand {
  readonly job: string | undefined;
  readonly out: string;
  readonly settings: readonly Setting[];
  readonly format: Format;
}

/** What a command makes of a job. */
interface Made {
  readonly stop: PoolStop;
  readonly seconds: number;
  /** In words, for a terminal. */
  readonly text: string;
  /** For programs, and the file NAME.json. */
  readonly facts: object;
  /** Errors of trainings that did not come off. */
  readonly errors: readonly (GnvproError | null)[];
  /** By name. */
  readonly files: Readonly<Record<string, FileContent>>;
}

type Make = (training: TrainOptions, job: Job, pool: PoolOptions) => Promise<Made>;

/** Name of the command; all files that it writes. */
const manyCommands: Readonly<Record<string, { make: Make; files: readonly string[] }>> = {
  'cross-validate': { make: makeCrossValidation, files: ['cross-validate.json', 'predictions.csv'] },
  ensemble: { make: makeEnsemble, files: ['ensemble.json', 'ensemble.gnvpro'] },
  search: { make: makeSearch, files: ['search.json', 'model.gnvpro'] },
};

export async function manyCommand(name: string, { job: file, out, settings, format }: ManyCommand): Promise<number> {
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  const { make, files } = manyCommands[name];
  const started = new Date();
  const job = await readJob(file, settings);
  await makeFolder(out);
  for (const file of files) await checkWritable(join(out, file));
  const initial = job.initial === undefined ? undefined : await Model.load<AnyMetrics>(job.initial);
  const data = await loadData(job, initial?.names);
  for (const note of data.notes) remark(note);
  signal.throwIfAborted();
  const progress = progressOf(format);
  const {
    stop,
    seconds,
    text,
    facts,
    errors,
    files: content,
  } = await make(await trainOptions(job, data, initial), job, { signal, onProgress: progress.show }).finally(
    progress.end,
  );
  const about = { gnvpro: version, date: started.toISOString(), machine: machineFacts(), job, stop, seconds };
  await writeTogether([
    ...Object.entries(content).map(([file, content]) => ({ path: join(out, file), content })),
    { path: join(out, `${name}.json`), content: `${JSON.stringify({ ...about, ...facts }, null, 2)}\n` },
  ]);
  if (isJson(format)) log(JSON.stringify({ event: 'done', stop, seconds, ...facts, out }));
  else if (format !== 'none') log(`${text}\n\n${stop.message} ${duration(seconds)}\nSaved in ${out}`);
  for (const message of new Set(errors.flatMap((error) => error?.message ?? []))) {
    remark(
      `${errors.filter((error) => error?.message === message).length} of ${errors.length} trainings failed: ${message}`,
    );
  }
  return signal.reason instanceof Interruption ? signal.reason.exitCode : exit.done;
}

async function makeCrossValidation(training: TrainOptions, job: Job, pool: PoolOptions): Promise<Made> {
  const { groups: source, ...options } = job.crossValidate ?? {};
  if (source !== undefined && job.split !== undefined) {
    throw new GnvproError(
      'ERR_OPTION',
      'Expected no split with crossValidate.groups, which are of all rows of the file.',
    );
  }
  const groups = source && (await readLabels(source));
  const result = await crossValidate(training, { ...options, ...pool, ...(groups && { groups }) });
  const { stop, seconds, metric, metrics, folds, baselines } = result as CrossValidation<AnyMetrics>;
  const own = { name: 'model', metric, metrics };
  const facts = {
    metric,
    metrics,
    folds: folds.map(({ report, ...fold }) => ({ ...fold, stop: report?.stop ?? null, error: told(fold.error) })),
    baselines: baselines.map(({ predictions: _, ...baseline }) => baseline),
  };
  const lines = [own, ...baselines].map(({ name, metric }) => [
    name,
    short(metric.mean),
    `± ${short(metric.standardError)}`,
  ]);
  const text = [
    table([['', `${metric.name}, mean over folds`, 'standard error'], ...lines]),
    metricsTable(
      { 'all held-out samples': metrics },
      Object.fromEntries(baselines.map(({ name, metrics }) => [name, metrics])),
    ),
  ].join('\n\n');
  const errors = folds.map(({ error }) => error);
  return {
    stop,
    seconds,
    text,
    facts,
    errors,
    files: { 'predictions.csv': outOfFold(result as CrossValidation<AnyMetrics>, training) },
  };
}

/** A row a sample: its fold, then what the model said that had not seen it. */
function outOfFold({ foldOf, predictions, metrics }: CrossValidation<AnyMetrics>, { names }: TrainOptions): string {
  const { data, shape } = predictions;
  const [, t] = shape;
  const classes = 'confusion' in metrics ? metrics.classes : null;
  const targets = names?.targets?.length === t ? names.targets : null;
  const columns =
    classes?.map((one) => String(one.class)) ?? targets ?? Array.from({ length: t }, (_, j) => `output ${j}`);
  const rows = Array.from(foldOf, (fold, n) => [fold, ...data.subarray(n * t, (n + 1) * t)].join(','));
  return `${['fold', ...columns].map(quoted).join(',')}\n${rows.join('\n')}\n`;
}

async function makeEnsemble(training: TrainOptions, job: Job, pool: PoolOptions): Promise<Made> {
  const { from = 'seeds' } = job.ensemble ?? {};
  const isLeft = from !== 'seeds' && training.validation !== undefined; // of a job for all commands
  if (isLeft)
    remark(`The validation samples of the job are left out: those that members from ${from} hold back decide.`);
  const given = { ...training, ...(isLeft ? { validation: undefined } : {}), baselines: false };
  const result = await ensemble(given, { ...job.ensemble, ...pool });
  const { ensemble: made, members, stop, seconds } = result as EnsembleTraining<AnyMetrics>;
  const facts = {
    members: members.map(({ seed, report, error }) => ({
      seed,
      validation: report?.heldOut ?? null,
      stop: report?.stop ?? null,
      error: told(error),
    })),
  };
  const rows = facts.members.map(({ seed, validation, stop, error }) => [
    `seed ${seed}`,
    validation === null ? '–' : short(validation),
    stop?.status ?? error?.code ?? '',
  ]);
  const text = table([['member', 'validation', 'end'], ...rows]);
  const errors = members.map(({ error }) => error);
  return { stop, seconds, text, facts, errors, files: { 'ensemble.gnvpro': made.toBytes() } };
}

async function makeSearch(training: TrainOptions, job: Job, pool: PoolOptions): Promise<Made> {
  const { space, ...options } = job.search ?? {};
  if (space === undefined)
    throw new GnvproError('ERR_OPTION', 'Expected search.space in the job: what to search through.');
  const result = await search({ ...training, baselines: false }, space, { ...options, ...pool });
  const { best, trials, metric, stop, seconds } = result as Search<AnyMetrics>;
  const facts = {
    metric,
    best: trials.findIndex(({ options }) => options === best.options),
    trials: trials.map(({ report, ...trial }) => ({ ...trial, stop: report?.stop ?? null, error: told(trial.error) })),
  };
  const order = [...trials.keys()].sort(
    (a, b) => (trials[a].metric ?? Infinity) - (trials[b].metric ?? Infinity) || a - b,
  );
  const shown = order.slice(0, mostTrials).map((k) => {
    const { metric, rungs, status, options } = trials[k];
    return [JSON.stringify(options), metric === null ? '–' : short(metric), String(rungs.length), status];
  });
  const rest = trials.length > mostTrials ? `\n… and ${trials.length - mostTrials} more in search.json` : '';
  const text = `${table([['trial', metric, 'rungs', 'end'], ...shown])}${rest}`;
  return {
    stop,
    seconds,
    text,
    facts,
    errors: trials.map(({ error }) => error),
    files: { 'model.gnvpro': best.model.toBytes() },
  };
}

/** Rows that a terminal bears. */
const mostTrials = 10;

function told(error: GnvproError | null) {
  return error && { code: error.code, message: error.message };
}

function progressOf(format: Format) {
  if (isJson(format)) {
    const show = (progress: Progress) => log(JSON.stringify({ event: 'progress', ...progress }));
    return { show, end: () => undefined };
  }
  if (format === 'none' || !process.stderr.isTTY) return { show: () => undefined, end: () => undefined };
  const widget = barOn(process.stderr);
  widget.start('starting');
  const show = ({ done, of, failed, rung, seconds }: Progress) => {
    const texts = [`${done} of ${of}`, duration(seconds)];
    if (rung > 1) texts.push(`rung ${rung}`);
    if (failed > 0) texts.push(`${failed} failed`);
    widget.update(done / of, ...texts);
  };
  return { show, end: () => widget.stop() };
}
