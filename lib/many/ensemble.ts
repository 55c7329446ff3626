import type { SampleWeights } from '../data/weights.js';
import type { GnvproError } from '../errors.js';
import type { AnyMetrics } from '../loss/meaning.js';
import type { MetricsByLoss } from '../loss/registry.js';
import type { Metrics } from '../metrics/metrics.js';
import { Ensemble } from '../model/ensemble.js';
import { Model } from '../model/model.js';
import { Random } from '../random.js';
import type { Report } from '../report/report.js';
import { checkInteger, checkOneOf, checkOptions } from '../validate/check.js';
import { type Common, type CommonOptions, fitOf, readCommon, weightsOf } from './common.js';
import { foldsOfCommon } from './crossValidate.js';
import type { Fit } from './fit.js';
import { isFitted, type PoolOptions, type PoolStop, poolOptionNames, trainAll } from './pool.js';

export const diversities = ['seeds', 'bootstrap', 'folds'] as const;

/**
 * What members differ in, besides their seeds. `seeds`: nothing else. `bootstrap`: each draws as many samples as there are,
 * with replacement, and those that it has not drawn decide which iterate is best. `folds`: each leaves out a fold, which
 * decides likewise.
 */
export type Diversity = (typeof diversities)[number];

export interface EnsembleOptions extends PoolOptions {
  /** How many (default 5). */
  readonly members?: number;
  /** Default `seeds`. */
  readonly from?: Diversity;
}

export interface MemberResult {
  readonly seed: number;
  /** Null for a member that failed, or was not trained before the end: `error` says why. */
  readonly report: Report | null;
  readonly error: GnvproError | null;
}

export interface EnsembleTraining<M extends AnyMetrics = Metrics> {
  /** Of the members that came off, in the order of their seeds. */
  readonly ensemble: Ensemble<M>;
  readonly members: readonly MemberResult[];
  readonly stop: PoolStop;
  readonly seconds: number;
}

/**
 * Trains members of an ensemble, each as `train` does with the seed `seed + k`. The same bits for any `concurrency`. A member
 * that fails leaves the others; aborted or out of time, those that are complete come back.
 *
 * @throws GnvproError what `train` throws at once, ERR_OPTION; where no member came off, the error of the first, or the
 *   signal's reason
 */
export function ensemble<L extends keyof MetricsByLoss>(
  training: CommonOptions & { loss: L },
  options?: EnsembleOptions,
): Promise<EnsembleTraining<MetricsByLoss[L]>>;
export function ensemble(training: CommonOptions, options?: EnsembleOptions): Promise<EnsembleTraining>;
export async function ensemble(
  training: CommonOptions,
  options: EnsembleOptions = {},
): Promise<EnsembleTraining<AnyMetrics>> {
  checkOptions(options, ['members', 'from', ...poolOptionNames], 'ensemble');
  const { members = 5, from = 'seeds' } = options;
  checkOneOf(from, 'from', diversities);
  checkInteger(members, 'members', { min: 2, max: 10_000 });
  const common = readCommon(training, options, { caller: 'ensemble', validates: from !== 'seeds' });
  const { seed, backend, threads } = common.task;
  const seeds = Array.from({ length: members }, (_, k) => seed + k);
  const parts = partsOf[from](common, seeds);
  const fits = seeds.map((seed, k) => fitOf(common, { ...parts[k], options: { ...common.options, seed } }));
  const { outcomes, ...end } = await trainAll(fits, options, common.task);
  const models = outcomes.flatMap((outcome) =>
    isFitted(outcome)
      ? [Model.fromBytes<AnyMetrics>(outcome.model, { backend, ...(threads === null ? {} : { threads }) })]
      : [],
  );
  return {
    ensemble: new Ensemble(models),
    members: outcomes.map((outcome, k) => {
      const result = isFitted(outcome) ? { report: outcome.report, error: null } : { report: null, error: outcome };
      return { seed: seeds[k], ...result };
    }),
    ...end,
  };
}

/** What each member is fitted to, and judged on, where that is not as the training says. */
const partsOf: Record<Diversity, (common: Common, seeds: readonly number[]) => Partial<Fit>[]> = {
  seeds: (_, seeds) => seeds.map(() => ({})),
  bootstrap: (common, seeds) => {
    const weights = weightsOf(common);
    return seeds.map((seed) => {
      const counts = new Float64Array(weights.length);
      const random = new Random(seed);
      for (let n = 0; n < counts.length; n++) counts[random.integer(counts.length)]++;
      return split(
        common,
        (n) => counts[n] * weights[n],
        (n) => (counts[n] === 0 ? weights[n] : 0),
      );
    });
  },
  folds: (common, seeds) => {
    const weights = weightsOf(common);
    const folds = foldsOfCommon(common, { folds: seeds.length, seed: seeds[0] });
    return seeds.map((_, k) =>
      split(
        common,
        (n) => (folds[n] === k ? 0 : weights[n]),
        (n) => (folds[n] === k ? weights[n] : 0),
      ),
    );
  },
};

function split({ samples }: Common, trains: (n: number) => number, validates: (n: number) => number): Partial<Fit> {
  const [rows] = samples.inputs.shape;
  const each = (weight: (n: number) => number): SampleWeights =>
    Float64Array.from({ length: rows }, (_, n) => weight(n));
  return { weights: each(trains), validation: { samples, weights: each(validates) } };
}
