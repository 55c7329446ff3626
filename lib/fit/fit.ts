/** @file A fit without settings: what an expert would try, judged on samples that were held out. */
import type { BackendName } from '../backend/select.js';
import type { Labels } from '../data/classes.js';
import type { FlatNumbers } from '../data/flat.js';
import { type MatrixLike, takeRows } from '../data/matrix.js';
import { type NamesOption, noNames, readNames } from '../data/names.js';
import { applyScaling } from '../data/scaling.js';
import { GnvproError } from '../errors.js';
import type { AnyMetrics } from '../loss/meaning.js';
import { foldsOf } from '../many/folds.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Model } from '../model/model.js';
import { Random } from '../random.js';
import type { Report } from '../report/report.js';
import { checkFunction, checkInteger, checkOneOf, checkOptions, checkSignal } from '../validate/check.js';
import { adviceOf, cautionsOf } from './advice.js';
import { importanceOf } from './importance.js';
import { measureOf } from './measure.js';
import { nearest } from './neighbours.js';
import type { Beaten, FitResult, InputRange, Tried } from './result.js';
import { type FitSamples, kinds, readSamples, type TargetKind } from './samples.js';
import { type Found, Search } from './search.js';
import { type Bench, type Call, rowsWhere, type Trial, trainOn } from './trial.js';
import { mostSearched } from './work.js';

export interface FitProgress {
  /** The network that was tried last, or that the model is trained with. */
  readonly name: string;
  readonly step: 'search' | 'model';
  /** Trainings that have ended. */
  readonly done: number;
  readonly seconds: number;
}

export interface FitOptions {
  /**
   * What the targets are (default `auto`: texts are labels, one column of two different integers is labels, and all else
   * is numbers; `result.notes` tells where another reading is thinkable).
   */
  readonly as?: TargetKind | 'auto';
  /** The names of the columns, which the model keeps. */
  readonly names?: NamesOption;
  /** Default 0. */
  readonly seed?: number;
  /** Ends the search: what is best so far comes back, and `result.stop` says so. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FitProgress) => void;
  /** Results do not depend on it. */
  readonly threads?: number;
  readonly backend?: BackendName;
}

export interface Fitting<M extends AnyMetrics = Metrics> {
  readonly model: Model<M>;
  readonly result: FitResult;
}

const optionNames = ['as', 'names', 'seed', 'signal', 'onProgress', 'threads', 'backend'];
const mostFolds = 5;

/**
 * A model of `targets`, N × t numbers or N labels, by N × d `inputs`. It tries a linear model and networks of rising size,
 * regularised by evidence, judges them on samples that they were not trained on, and trains the best with all samples.
 * NaN is a gap: rows with one are left out and counted. The same data give the same model, whatever the machine.
 *
 * All data are read before the promise is returned.
 *
 * @throws GnvproError ERR_OPTION, ERR_SHAPE, ERR_NONFINITE, ERR_LABEL, ERR_DETACHED, ERR_MEMORY; the signal's reason where it
 *   is aborted before there is a model
 */
export async function fit<M extends AnyMetrics = Metrics>(
  inputs: MatrixLike | FlatNumbers,
  targets: Labels,
  options: FitOptions = {},
): Promise<Fitting<M>> {
  const started = performance.now();
  checkOptions(options, optionNames, 'fit');
  const { as = 'auto', names, seed = 0, signal, onProgress = () => undefined, threads, backend } = options;
  checkOneOf(as, 'as', ['auto', ...kinds]);
  checkInteger(seed, 'seed', { min: 0, max: Number.MAX_SAFE_INTEGER });
  checkSignal(signal);
  checkFunction(onProgress, 'onProgress');
  const samples = readSamples(inputs, targets, as);
  const counts = { inputs: samples.inputs.shape[1], outputs: samples.targets.shape[1], classes: samples.classes };
  const columns = readNames(names, noNames, counts);
  const call: Call = { seed, signal, ...(threads === undefined ? {} : { threads }), ...(backend && { backend }) };
  const bench: Bench = { samples, measure: measureOf(samples), folds: foldsFor(samples, seed), names: columns, call };
  const seconds = () => (performance.now() - started) / 1000;
  const tell = (name: string, step: FitProgress['step'], done: number) =>
    onProgress({ name, step, done, seconds: seconds() });
  const search = new Search(bench, (trials) => {
    const last = trials[trials.length - 1];
    tell(last.candidate.name, 'search', sum(trials.map(({ folds }) => folds)));
  });
  const found = await search.run();
  const { chosen, trials } = found;
  tell(chosen.candidate.name, 'model', sum(trials.map(({ folds }) => folds)));
  const made = await lastTraining(bench, found, search);
  const told = await resultOf(bench, found, made);
  return { model: made.model as unknown as Model<M>, result: { ...told, seconds: seconds() } };
}

/** Rows of equal inputs are in one fold: else a model would be judged on what it has seen. */
function foldsFor({ inputs, targets, classes, sameAs }: FitSamples, seed: number): Int32Array {
  const rows = inputs.shape[0];
  const searched = rows <= mostSearched ? null : new Random(seed).permutation(rows).slice(0, mostSearched).sort();
  const some = searched ?? Int32Array.from(Array(rows).keys());
  const groups = Array.from(some, (n) => sameAs[n]);
  const different = new Set(groups).size;
  if (different < 2) {
    throw new GnvproError('ERR_SHAPE', 'Expected samples of different inputs but those of all are the same.');
  }
  const own = foldsOf(some.length, classes === null ? null : takeRows(targets, some), {
    ...(different < some.length ? { groups } : {}),
    folds: Math.min(mostFolds, different),
    seed,
  });
  if (searched === null) return own;
  const folds = new Int32Array(rows).fill(-1);
  some.forEach((n, i) => {
    folds[n] = own[i];
  });
  return folds;
}

interface Made {
  readonly model: Model<AnyMetrics>;
  readonly report: Report | null;
  readonly stop: FitResult['stop'];
}

/** The chosen network on all samples; where the fit is aborted, the best model that there is. */
async function lastTraining(bench: Bench, { chosen, isAborted, folds }: Found, { work }: Search): Promise<Made> {
  const { samples, call } = bench;
  const { candidate } = chosen;
  const before = (): Made => ({
    model: chosen.models[0],
    report: null,
    stop: {
      status: 'aborted',
      message: `The fit was aborted: the model is "${candidate.name}" as it was for the search, without ${folds === 0 ? 'judgement' : 'the samples of a fold'}.`,
    },
  });
  if (isAborted) return before();
  const rows = samples.inputs.shape[0];
  const starts = work.startsOfLast(rows, candidate);
  try {
    const { model, report } = await trainOn(bench, Int32Array.from(Array(rows).keys()), candidate, { starts });
    const stop = { status: 'done', message: 'All networks that were worth it have been tried.' } as const;
    if (!call.signal?.aborted) return { model, report, stop };
    const message = `The fit was aborted in the training of "${candidate.name}" with all samples, whose best model so far this is.`;
    return { model, report, stop: { status: 'aborted', message } };
  } catch (error) {
    if (call.signal?.aborted) return before();
    throw error;
  }
}

async function resultOf(
  bench: Bench,
  found: Found,
  { model, report, stop }: Made,
): Promise<Omit<FitResult, 'seconds'>> {
  const { samples, call } = bench;
  const { chosen, trials, folds } = found;
  const { kind, classes, leftOut, inputs, targets } = samples;
  const judged = rowsWhere(bench.folds, (fold) => fold >= 0 && fold < folds);
  const isLinear = chosen.candidate.weights === 0;
  const baselines = baselinesOf(bench, found);
  const known = {
    ...{ kind, baselines, samples: inputs.shape[0], inputs: inputs.shape[1] },
    expected: { ...chosen.figures(folds), judged: judged.length },
    coverage: kind === 'numbers' ? await chosen.coverage(folds) : null,
  };
  return {
    ...known,
    notes: notesOf(samples, bench.names.inputs),
    ...{ leftOut, classes, outputs: targets.shape[1] },
    chosen: chosen.candidate.name,
    network: model.network,
    tried: trials.filter((trial) => trial.folds > 0).map(triedOf),
    failed: trials.flatMap(({ candidate, failure }) =>
      failure === null ? [] : [{ name: candidate.name, reason: failure }],
    ),
    noise:
      kind === 'numbers' && model.hasPosterior
        ? Array.from(
            (await model.predict(inputs.data.slice(0, inputs.shape[1]), { uncertainty: true, over: 'W' })).noise,
          )
        : null,
    importance: await importanceOf(model, samples, bench.names.inputs, { seed: call.seed, threads: call.threads }),
    ranges: rangesOf(samples),
    isLinearEnough: isLinear,
    advice: adviceOf({ ...known, isLinear }),
    cautions: cautionsOf(known),
    stop,
    report,
  };
}

function triedOf(trial: Trial): Tried {
  const { candidate, folds, seconds } = trial;
  const { name, network, weights } = candidate;
  return { name, network, weights, folds, seconds, ...trial.figures() };
}

function baselinesOf(bench: Bench, { linear, folds }: Found): Beaten[] {
  const { samples, measure } = bench;
  const t = samples.targets.shape[1];
  const [means, near] = [0, 1].map(() => new Float64Array(samples.targets.data.length));
  const answered: number[] = [];
  const counts: number[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const [held, kept] = [rowsWhere(bench.folds, fold), rowsWhere(bench.folds, (f) => f !== fold && f !== -1)];
    for (const n of held) means.set(measure.constant(kept), n * t);
    const { k, asked, predictions } = neighboursOf(bench, linear.models[fold], kept, held, fold);
    counts.push(k);
    answered.push(...asked);
    asked.forEach((n, i) => {
      near.set(predictions.subarray(i * t, (i + 1) * t), n * t);
    });
  }
  const judged = rowsWhere(bench.folds, (fold) => fold >= 0 && fold < folds);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return [
    { name: samples.kind === 'numbers' ? 'mean' : 'most frequent class', ...measure.figures(means, judged) },
    { name: 'linear model', ...linear.figures(folds) },
    {
      name: `nearest neighbours (${least === most ? least : `${least} to ${most}`})`,
      ...measure.figures(near, answered),
    },
  ];
}

/** In the inputs as the model of the fold scales them. */
function neighboursOf(
  { samples, measure, call }: Bench,
  model: Model<AnyMetrics>,
  kept: Int32Array,
  held: Int32Array,
  fold: number,
) {
  const scaling = model.scaling.inputs;
  const scaled = (rows: Int32Array) => {
    const { data, shape } = takeRows(samples.inputs, rows);
    return { data: applyScaling(scaling, data), shape };
  };
  const shuffled = (rows: Int32Array) => new Random(call.seed + fold).permutation(rows.length).map((i) => rows[i]);
  const [from, asked] = [shuffled(kept), shuffled(held)];
  const points = { inputs: scaled(from), targets: takeRows(samples.targets, from) };
  const { k, predictions, answered } = nearest(points, scaled(asked), (said, i) => measure.wrongness(said, from[i]));
  return { k, predictions, asked: asked.subarray(0, answered) };
}

function notesOf({ note, leftOut, constant, inputs }: FitSamples, names: readonly string[] | null): string[] {
  const rows = inputs.shape[0] + leftOut;
  const listed = constant.map((j) => names?.[j] ?? `column ${j}`).join(', ');
  return [
    ...(note === null ? [] : [note]),
    ...(leftOut === 0 ? [] : [`${leftOut} of ${rows} rows have a gap and were left out.`]),
    ...(constant.length === 0 ? [] : [`Inputs that never change say nothing: ${listed}.`]),
  ];
}

function rangesOf({ inputs: { data, shape } }: FitSamples): InputRange[] {
  const [rows, d] = shape;
  return Array.from({ length: d }, (_, j) => {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let n = 0; n < rows; n++) {
      least = Math.min(least, data[n * d + j]);
      most = Math.max(most, data[n * d + j]);
    }
    return { least, most };
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
