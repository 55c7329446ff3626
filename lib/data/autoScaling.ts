/** @file `scaling.inputs: 'auto'`: one number for columns of one kind (pixels, bands, sites), else one for each. */
import type { Steps } from '../job/job.js';
import type { Rows } from '../job/rows.js';
import { columnRanges } from './moments.js';
import type { ChosenScaling, ScalingOption } from './scaling.js';
import type { SampleWeights } from './weights.js';

/** A table of fewer columns is more likely one of quantities of their own. */
const manyColumns = 16;

/** Columns of one kind span at least this share of the widest range … */
const commonSpan = 0.1;

/** … but for some that hardly vary, as pixels in the corners of images. */
const exceptions = 0.02;

/** `auto` becomes `pooled` or `standardize`. `weights`: of the rows, or null; rows of weight 0 do not count. */
export function* chooseScaling(
  option: ScalingOption,
  m: Rows,
  weights: SampleWeights,
  cancelFlag: Int32Array,
): Steps<ChosenScaling> {
  if (option !== 'auto') return option;
  if (m.shape[1] < manyColumns) return 'standardize';
  return areOfOneKind(yield* columnRanges(m, weights, cancelFlag)) ? 'pooled' : 'standardize';
}

/** Constant columns tell nothing. */
export function areOfOneKind(ranges: Float64Array): boolean {
  const varying = ranges.filter((range) => range > 0);
  const widest = varying.reduce((most, range) => Math.max(most, range), 0);
  const narrow = varying.filter((range) => range < commonSpan * widest);
  return narrow.length <= exceptions * varying.length;
}
