import { GnvproError } from '../errors.js';
import type { AnyMetrics, ValidationMetric } from '../loss/meaning.js';
import type { MetricsByLoss } from '../loss/registry.js';
import type { Metrics } from '../metrics/metrics.js';
import { Model } from '../model/model.js';
import { optionNames, readOptions } from '../options/options.js';
import type { TrainOptions } from '../options/trainOptions.js';
import { Random } from '../random.js';
import type { Report } from '../report/report.js';
import { checkInteger, checkNumber, checkOptions, invalid } from '../validate/check.js';
import { type CommonOptions, checkKnown, fitOf, namesOfOne, plainCopy, readCommon } from './common.js';
import {
  type Fitted,
  interrupted,
  isFitted,
  type Outcome,
  Pool,
  type PoolOptions,
  type PoolStop,
  poolOptionNames,
  requireSome,
} from './pool.js';

/** Options that a trial may have in place of the common ones: all but the data, the seed and what judges. */
export type TrialOptions = Partial<Omit<TrainOptions, (typeof common)[number]>>;

/** Trials one by one, or lists of values by the name of the option, of which every combination is a trial. */
export type Space =
  | readonly TrialOptions[]
  | { readonly [K in keyof TrialOptions]?: readonly NonNullable<TrialOptions[K]>[] };

const common = [
  ...(['inputs', 'targets', 'names', 'sampleWeights', 'validation', 'validationMetric', 'loss', 'initial'] as const),
  ...(['seed', 'backend', 'threads', 'precision'] as const),
  ...namesOfOne,
] as const;
export const searchable = optionNames.filter((name) => !(common as readonly string[]).includes(name));

export interface SearchOptions extends PoolOptions {
  /** So many of the trials, drawn with the seed (default all). */
  readonly trials?: number;
  /** Of that draw (default 0). */
  readonly seed?: number;
  /** Work units of a trial in the first rung (default 100). */
  readonly first?: number;
  /** In each rung the best 1/factor go on, with factor times the work units; as few as factor go on to their own ends (default 3). */
  readonly factor?: number;
}

/** How far a trial came in a rung. */
export interface RungResult {
  /** What it might use; Infinity in the last rung. */
  readonly mostWorkUnits: number;
  readonly workUnits: number;
  /** The best validation metric until there. */
  readonly metric: number;
}

export interface Trial {
  /** What it has in place of the common options. */
  readonly options: TrialOptions;
  readonly rungs: readonly RungResult[];
  /** The last metric; null where there is none. */
  readonly metric: number | null;
  /** `finished`: by its own rules. `stopped`: others were better in a rung. */
  readonly status: 'finished' | 'stopped' | 'failed' | 'aborted';
  readonly report: Report | null;
  readonly error: GnvproError | null;
}

export interface Search<M extends AnyMetrics = Metrics> {
  /** Of the trial with the best metric: `train({ ...training, ...options })` gives the same model, where it is finished. */
  readonly best: Trial & { readonly model: Model<M> };
  readonly metric: ValidationMetric;
  /** In the order of the space. */
  readonly trials: readonly Trial[];
  readonly stop: PoolStop;
  readonly seconds: number;
}

/**
 * Looks for the options that give the best validation metric, by successive halving (Jamieson & Talwalkar 2016): all trials
 * get a little work, the best of them more, and few are trained to their ends. What goes on follows from the metrics alone,
 * the earlier trial where they are equal: the same bits for any `concurrency`.
 *
 * @throws GnvproError what `train` throws at once for any of the trials, ERR_OPTION; where no trial came off, the error of
 *   the first, or the signal's reason
 */
export function search<L extends keyof MetricsByLoss>(
  training: Partial<CommonOptions> & { loss: L } & Pick<CommonOptions, 'inputs' | 'targets'>,
  space: Space,
  options?: SearchOptions,
): Promise<Search<MetricsByLoss[L]>>;
export function search(training: CommonOptions, space: Space, options?: SearchOptions): Promise<Search>;
export async function search(
  training: CommonOptions,
  space: Space,
  options: SearchOptions = {},
): Promise<Search<AnyMetrics>> {
  checkOptions(options, ['trials', 'seed', 'first', 'factor', ...poolOptionNames], 'search');
  const { first = 100, factor = 3 } = options;
  checkNumber(first, 'first', { above: 0 });
  checkNumber(factor, 'factor', { min: 1.5, max: 1000 });
  if (training?.validation === undefined) {
    throw new GnvproError('ERR_OPTION', 'Expected validation data with search, which decide.');
  }
  const candidates = drawn(trialsOf(space), options).map((candidate) => {
    checkOptions(candidate, searchable, 'a trial');
    checkKnown(candidate, readOptions({ ...training, ...candidate }).loss.name, options.modules);
    return plainCopy(candidate);
  });
  const given = readCommon(training, options, { caller: 'search', splits: true, completion: candidates[0] });
  const fits = candidates.map((candidate) => fitOf(given, { options: { ...given.options, ...candidate } }));
  const { backend, threads, validationMetric } = given.task;
  const pool = new Pool(options, given.task);
  try {
    const trials = candidates.map((options) => new Course(options));
    for (const { mostWorkUnits, rung, going } of rungs(trials, first, factor)) {
      const outcomes = await pool.run(
        going.map((k) => ({ ...fits[k], mostWorkUnits })),
        rung,
      );
      for (const [i, k] of going.entries()) trials[k].add(outcomes[i], mostWorkUnits, pool);
      if (pool.stop.status !== 'done') break;
    }
    requireSome(
      trials.map(({ last }) => last),
      pool,
    );
    const best = ranked(trials)[0];
    const model = Model.fromBytes<AnyMetrics>((trials[best].last as Fitted).model, {
      backend,
      ...(threads === null ? {} : { threads }),
    });
    const told = trials.map((trial) => trial.told());
    return {
      best: { ...told[best], model },
      metric: validationMetric,
      trials: told,
      stop: pool.stop,
      seconds: pool.seconds,
    };
  } finally {
    pool.end();
  }
}

/** The way of a trial through the rungs. */
class Course {
  readonly #rungs: RungResult[] = [];
  #last: Outcome = new GnvproError('ERR_ABORTED', 'The search ended before this trial.');
  #error: GnvproError | null = null;

  constructor(readonly options: TrialOptions) {}

  /** The training of each rung goes the way of the one before again, and further. */
  add(outcome: Outcome, mostWorkUnits: number, pool: Pool): void {
    if (!isFitted(outcome)) {
      this.#error = outcome;
      return;
    }
    const { workUnits } = outcome.report;
    if (workUnits < mostWorkUnits) this.#error = interrupted(outcome, pool);
    // What was interrupted may not have come as far as in the rung before.
    if (this.#error === null || metricOf(outcome) < this.metric) this.#last = outcome;
    this.#rungs.push({ mostWorkUnits, workUnits, metric: metricOf(outcome) });
  }

  get last(): Outcome {
    return isFitted(this.#last) ? this.#last : (this.#error ?? this.#last);
  }

  get metric(): number {
    return isFitted(this.#last) ? metricOf(this.#last) : Number.POSITIVE_INFINITY;
  }

  /** Whether more work would lead no further. */
  get hasEnded(): boolean {
    return this.#error !== null || (isFitted(this.#last) && this.#last.report.stop.status !== 'aborted');
  }

  told(): Trial {
    const { last, options } = this;
    const [fitted, error] = isFitted(last) ? [last, this.#error] : [null, last];
    const failure = error?.code === 'ERR_ABORTED' ? 'aborted' : 'failed';
    return {
      options,
      rungs: this.#rungs,
      metric: fitted && metricOf(fitted),
      status: error !== null ? failure : this.hasEnded ? 'finished' : 'stopped',
      report: fitted?.report ?? null,
      error,
    };
  }
}

/** On samples that no run has fitted. Numbers that are not finite come last. */
function metricOf({ report }: Fitted): number {
  const metric = report.heldOut ?? Number.NaN;
  return Number.isNaN(metric) ? Number.POSITIVE_INFINITY : metric;
}

/** Numbers of trials, the best first, the earlier where they are equal. */
function ranked(trials: readonly Course[]): number[] {
  return [...trials.keys()]
    .filter((k) => isFitted(trials[k].last))
    .sort((a, b) => (trials[a].metric === trials[b].metric ? a - b : trials[a].metric - trials[b].metric));
}

/** The rungs, one after the other: each is asked for when the results of the one before are there. */
function* rungs(trials: readonly Course[], first: number, factor: number) {
  let alive = [...trials.keys()];
  for (let rung = 1; ; rung++) {
    const isLast = alive.length <= factor;
    const mostWorkUnits = isLast ? Number.POSITIVE_INFINITY : first * factor ** (rung - 1);
    yield { rung, mostWorkUnits, going: alive.filter((k) => !trials[k].hasEnded) };
    if (isLast) return;
    const order = ranked(trials).filter((k) => alive.includes(k));
    alive = order.slice(0, Math.ceil(alive.length / factor));
  }
}

function trialsOf(space: Space): TrialOptions[] {
  if (Array.isArray(space)) {
    if (space.length === 0) throw invalid('at least one trial', 'the space', space);
    return [...space];
  }
  checkOptions(space, searchable, 'the space');
  return Object.entries(space).reduce<TrialOptions[]>(
    (trials, [name, values]) => {
      if (!Array.isArray(values) || values.length === 0)
        throw invalid('an array of values', `${name} of the space`, values);
      return trials.flatMap((trial) => values.map((value) => ({ ...trial, [name]: value })));
    },
    [{}],
  );
}

/** In the order of the space. */
function drawn(all: readonly TrialOptions[], { trials = all.length, seed = 0 }: SearchOptions): TrialOptions[] {
  checkInteger(trials, 'trials', { min: 1 });
  checkInteger(seed, 'seed', { min: 0, max: Number.MAX_SAFE_INTEGER });
  if (trials >= all.length) return [...all];
  return Array.from(new Random(seed).permutation(all.length).subarray(0, trials).sort(), (k) => all[k]);
}
