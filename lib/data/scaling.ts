/** @file Affine scaling of columns, (x − shift) / scale, fitted on training data only and saved with the model. */
import { types } from 'node:util';
import { noCancel } from '../backend/cancel.js';
import type { Steps } from '../backend/job.js';
import { inSlices } from '../backend/slices.js';
import { GnvproError } from '../errors.js';
import { checkOneOf, checkOptions, invalid } from '../validate/check.js';
import { checkAttached } from './buffers.js';
import type { Matrix } from './matrix.js';

/**
 * - `none`
 * - `standardize`: every column to mean 0 and standard deviation 1 (constant columns are only shifted)
 * - `uniform`: every column to mean 0, then all divided by one number, the mean norm of the centred rows
 * - `{ shift, scale }`: given, one number a column
 */
export type ScalingOption = 'none' | 'standardize' | 'uniform' | Scaling;

export const scalingNames = ['none', 'standardize', 'uniform'] as const;

export interface Scaling {
  readonly shift: Float64Array | readonly number[];
  readonly scale: Float64Array | readonly number[];
}

/** Checked; given numbers come back on memory of their own. Throws ERR_OPTION or ERR_DETACHED. */
export function checkScaling(option: ScalingOption, name: string, cols: number): ScalingOption {
  if (typeof option !== 'object' || option === null) {
    checkOneOf(option, name, scalingNames);
    return option;
  }
  checkOptions(option, ['shift', 'scale'], name);
  return {
    shift: readNumbers(option.shift, 'shift', name, cols),
    scale: readNumbers(option.scale, 'scale', name, cols),
  };
}

function readNumbers(values: ArrayLike<number>, key: 'shift' | 'scale', name: string, cols: number): Float64Array {
  if (types.isTypedArray(values)) checkAttached(values as Float64Array, `${key} of ${name}`);
  const numbers = values?.length === cols ? Array.from(values) : [];
  const right =
    numbers.length === cols && numbers.every((v) => Number.isFinite(v) && (key === 'shift' || Number.isFinite(1 / v)));
  if (right) return Float64Array.from(numbers);
  throw invalid(`${cols} finite${key === 'scale' ? ', non-zero' : ''} numbers`, `${key} of ${name}`, values);
}

export function* fitScaling(option: ScalingOption, m: Matrix, cancelFlag = noCancel()): Steps<Scaling> {
  if (typeof option === 'object') return option;
  const [rows, cols] = m.shape;
  const shift = new Float64Array(cols);
  const scale = new Float64Array(cols).fill(1);
  if (option === 'none') return { shift, scale };
  yield* eachRow(m, cancelFlag, (data, start) => {
    for (let j = 0; j < cols; j++) shift[j] += data[start + j] / rows;
  });
  if (option === 'standardize') yield* standardDeviations(m, shift, scale, cancelFlag);
  else scale.fill((yield* meanNorm(m, shift, cancelFlag)) || 1);
  if (!(shift.every(Number.isFinite) && scale.every(Number.isFinite))) {
    throw new GnvproError(
      'ERR_NONFINITE',
      'Expected numbers whose squares are finite, to fit a scaling, but some are too large.',
    );
  }
  return { shift, scale };
}

function* eachRow(
  { data, shape: [rows, cols] }: Matrix,
  cancelFlag: Int32Array,
  work: (data: Float64Array, start: number) => void,
): Steps<void> {
  yield* inSlices(rows, cols, cancelFlag, (begin, end) => {
    for (let n = begin; n < end; n++) work(data, n * cols);
  });
}

function* standardDeviations(m: Matrix, mean: Float64Array, into: Float64Array, cancelFlag: Int32Array): Steps<void> {
  const [rows, cols] = m.shape;
  const squares = new Float64Array(cols);
  yield* eachRow(m, cancelFlag, (data, start) => {
    for (let j = 0; j < cols; j++) squares[j] += (data[start + j] - mean[j]) ** 2;
  });
  for (let j = 0; j < cols; j++) {
    const deviation = Math.sqrt(squares[j] / rows);
    // A column that is constant up to rounding carries no information to scale.
    into[j] = deviation > 1e-14 * Math.abs(mean[j]) ? deviation : 1;
  }
}

function* meanNorm(m: Matrix, mean: Float64Array, cancelFlag: Int32Array): Steps<number> {
  const [rows, cols] = m.shape;
  let sum = 0;
  yield* eachRow(m, cancelFlag, (data, start) => {
    let square = 0;
    for (let j = 0; j < cols; j++) square += (data[start + j] - mean[j]) ** 2;
    sum += Math.sqrt(square);
  });
  return sum / rows;
}

/** (x − shift) / scale, in place. */
export function applyScaling({ shift, scale }: Scaling, data: Float64Array): Float64Array {
  const cols = shift.length;
  for (let start = 0; start < data.length; start += cols) {
    for (let j = 0; j < cols; j++) data[start + j] = (data[start + j] - shift[j]) / scale[j];
  }
  return data;
}

/** x · scale + shift, in place. */
export function undoScaling({ shift, scale }: Scaling, data: Float64Array): Float64Array {
  const cols = shift.length;
  for (let start = 0; start < data.length; start += cols) {
    for (let j = 0; j < cols; j++) data[start + j] = data[start + j] * scale[j] + shift[j];
  }
  return data;
}
