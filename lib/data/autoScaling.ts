/** @file `scaling.inputs: 'auto'`: one number for columns of one kind (pixels, bands, sites), else one for each. */
import type { Steps } from '../backend/job.js';
import { inSlices } from '../backend/slices.js';
import type { Matrix } from './matrix.js';
import type { ChosenScaling, ScalingOption } from './scaling.js';

/** A table of fewer columns is more likely one of quantities of their own. */
const manyColumns = 16;

/** Columns of one kind span at least this share of the widest range … */
const commonSpan = 0.1;

/** … but for some that hardly vary, as pixels in the corners of images. */
const exceptions = 0.02;

/** `auto` becomes `pooled` or `standardize`. `weights`: of the rows, or null; rows of weight 0 do not count. */
export function* chooseScaling(
  option: ScalingOption,
  m: Matrix,
  weights: Float64Array | null,
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

function* columnRanges(
  { data, shape: [rows, cols] }: Matrix,
  weights: Float64Array | null,
  cancelFlag: Int32Array,
): Steps<Float64Array> {
  const least = new Float64Array(cols).fill(Number.POSITIVE_INFINITY);
  const most = new Float64Array(cols).fill(Number.NEGATIVE_INFINITY);
  yield* inSlices(rows, cols, cancelFlag, (begin, end) => {
    for (let n = begin; n < end; n++) {
      if (weights !== null && weights[n] === 0) continue;
      for (let j = 0; j < cols; j++) {
        const x = data[n * cols + j];
        if (x < least[j]) least[j] = x;
        if (x > most[j]) most[j] = x;
      }
    }
  });
  return most.map((x, j) => x - least[j]);
}
