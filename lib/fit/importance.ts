/** @file Which inputs a model goes by. */
import { type Matrix, takeRows } from '../data/matrix.js';
import { columnMoments } from '../data/moments.js';
import { driveSync } from '../job/job.js';
import type { AnyMetrics } from '../loss/meaning.js';
import type { CallOptions } from '../model/callOptions.js';
import type { Model } from '../model/model.js';
import { Random } from '../random.js';
import type { Importance } from './result.js';

/** Derivatives of so many tell their mean. */
const mostSamples = 300;

/**
 * Mean |∂ output/∂ input| times the spread of the input, in spreads of the output, as shares of their sum; of a
 * classifier the outputs are logits, all in one unit. An input whose effect cancels by another counts for both.
 */
export async function importanceOf(
  model: Model<AnyMetrics>,
  { inputs, targets }: { readonly inputs: Matrix; readonly targets: Matrix },
  names: readonly string[] | null,
  { seed, ...call }: CallOptions & { readonly seed: number },
): Promise<Importance[]> {
  const rows = new Random(seed).permutation(inputs.shape[0]).subarray(0, mostSamples);
  const { data, shape } = await model.jacobian(takeRows(inputs, rows), call);
  const [samples, t, d] = shape;
  const spread = driveSync(columnMoments(inputs)).deviation;
  const unit = model.classes === null ? driveSync(columnMoments(targets)).deviation.map((s) => s || 1) : null;
  const sums = new Float64Array(d);
  for (let i = 0; i < samples * t; i++) {
    for (let j = 0; j < d; j++) sums[j] += (Math.abs(data[i * d + j]) * spread[j]) / (unit === null ? 1 : unit[i % t]);
  }
  const total = sums.reduce((sum, x) => sum + x, 0) || 1;
  return Array.from(sums, (sum, column) => ({ column, name: names?.[column] ?? null, share: sum / total })).sort(
    (a, b) => b.share - a.share,
  );
}
