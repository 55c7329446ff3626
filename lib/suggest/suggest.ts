/** @file Which samples to measure or simulate next: those that teach a model most. */
import { type Matrix, takeRows } from '../data/matrix.js';
import { GnvproError } from '../errors.js';
import { driveUntilAborted } from '../job/cancel.js';
import type { AnyMetrics } from '../loss/meaning.js';
import type { CallOptions } from '../model/callOptions.js';
import type { Factors } from '../model/factors.js';
import { type Inputs, Model } from '../model/model.js';
import { checkInteger, checkOptions, invalid } from '../validate/check.js';
import { type Box, pointsIn, readBox } from './candidates.js';
import { Conditioning } from './conditioning.js';

/** Points that are drawn in a box. */
const usual = 1000;

/** Among which inputs, in the forms that `predict` takes: rows of their own numbers. */
export interface CandidateOptions extends CallOptions {
  readonly candidates: Inputs;
  /** How many are chosen, at most as many as there are candidates. */
  readonly count: number;
}

/** Among points that fill a box evenly. */
export interface BoxOptions extends CallOptions {
  /** `[low, high]` of each input, or all `lower` and all `upper` ends. */
  readonly box: Box;
  /** How many points are drawn (default 1,000). */
  readonly candidates?: number;
  readonly count: number;
  /** Of that draw (default 0). */
  readonly seed?: number;
}

export interface Suggestion {
  /** Their numbers among the candidates, the one that teaches most first. */
  readonly rows: number[];
  /** count × inputs */
  readonly inputs: Matrix;
  /**
   * count × outputs, in original units, without the noise: how uncertain the model is of each, had it seen those before it.
   */
  readonly standardDeviation: Matrix;
}

/**
 * Chooses the inputs whose targets would teach a model most, one after the other: where the variance of its outputs, in
 * units of the noise and summed over them, is largest by its posterior; then that of all others is what it would be had
 * the model seen the one chosen, so that a batch does not pile up in one place (docs/uncertainty.md#next-samples). For a
 * training that found its regularisation by evidence. The same call gives the same rows.
 *
 * @throws GnvproError what `predict` with `uncertainty` throws; ERR_MEMORY for more candidates than 1 GiB holds the
 *   covariances of
 */
export async function suggest(model: Model<AnyMetrics>, options: CandidateOptions | BoxOptions): Promise<Suggestion> {
  if (!(model instanceof Model)) throw invalid('a model', 'model', model);
  const { candidates, count, call } = readOptions(options, model.inputs);
  const { inputs, noise, factors } = await model.joint(candidates, call, (rows) => {
    checkInteger(count, 'count', { min: 1, max: rows });
  });
  const { rows, variances } = await driveUntilAborted(call.signal, (cancelFlag) => choose(factors, count, cancelFlag));
  const deviations = variances.map((variance, i) => noise[i % noise.length] * Math.sqrt(variance));
  return {
    rows,
    inputs: takeRows(inputs, rows),
    standardDeviation: { data: deviations, shape: [count, noise.length] },
  };
}

function readOptions(options: CandidateOptions | BoxOptions, inputs: number) {
  const isBox = Object(options).box !== undefined;
  checkOptions(options, ['candidates', 'count', 'signal', 'threads', ...(isBox ? ['box', 'seed'] : [])], 'suggest');
  const { candidates, count, ...rest } = options;
  if (!isBox) return { candidates: candidates as Inputs, count, call: rest as CallOptions };
  const { box, seed = 0, ...call } = rest as Omit<BoxOptions, 'candidates' | 'count'>;
  checkInteger(candidates ?? usual, 'candidates', { min: 1, max: 1_000_000 });
  checkInteger(seed, 'seed', { min: 0, max: Number.MAX_SAFE_INTEGER });
  const points = pointsIn(readBox(box, inputs), (candidates as number | undefined) ?? usual, seed);
  return { candidates: points, count, call };
}

/** Greedily; `variances` are those of each at its turn, count × outputs, in units of the noise. */
function* choose(factors: Factors, count: number, cancelFlag: Int32Array) {
  const conditioning = new Conditioning(factors);
  const left = new Set(Array(factors.samples).keys());
  const rows: number[] = [];
  const variances = new Float64Array(count * factors.outputs);
  while (rows.length < count) {
    const totals = yield* conditioning.totals(cancelFlag);
    const next = largest(totals, left);
    variances.set(conditioning.variances(next), rows.length * factors.outputs);
    rows.push(next);
    left.delete(next);
    yield* conditioning.observe(next, cancelFlag);
  }
  return { rows, variances };
}

/** The first of them, where several are equal. Throws ERR_NONFINITE. */
function largest(values: Float64Array, among: Iterable<number>): number {
  let best = -1;
  for (const n of among) {
    if (!Number.isFinite(values[n])) {
      throw new GnvproError(
        'ERR_NONFINITE',
        `Expected candidates whose variance is finite, but that of row ${n} overflows.`,
      );
    }
    if (best === -1 || values[n] > values[best]) best = n;
  }
  return best;
}
