/**
 * @file Affine scaling of columns, (x − shift) / scale, and of inputs their rotation besides; fitted on training data only
 * and saved with the model.
 */
import { types } from 'node:util';
import { noCancel } from '../backend/cancel.js';
import type { Steps } from '../backend/job.js';
import { inSlices } from '../backend/slices.js';
import { GnvproError } from '../errors.js';
import { checkInteger, checkOneOf, checkOptions, invalid } from '../validate/check.js';
import { checkAttached } from './buffers.js';
import type { Matrix } from './matrix.js';

/**
 * - `none`
 * - `standardize`: every column to mean 0 and standard deviation 1 (constant columns are only shifted)
 * - `uniform`: every column to mean 0, then all divided by one number, the mean norm of the centred rows
 * - `pooled`: every column to mean 0, then all divided by one number, their pooled standard deviation: the root of the mean
 *   variance of the columns that vary
 * - `{ type: 'pca', components: k }`, of inputs only: the k leading principal components of the centred columns, all
 *   divided by one number, the largest standard deviation among them (not whitened)
 * - `auto`, of inputs only: `pooled` for columns of one kind (pixels, bands, sites), else `standardize`. Of one kind are 16
 *   columns or more of which at most one in fifty spans less than a tenth of the widest range
 * - `{ shift, scale }`: given, one number a column; of inputs also with a `rotation`
 */
export type ScalingOption = 'auto' | ChosenScaling;

/** What `auto` leaves. */
export type ChosenScaling = ColumnScaling | PcaScaling;

/** Column by column, but for a rotation. */
export type ColumnScaling = 'none' | 'standardize' | 'pooled' | 'uniform' | Scaling;

export interface PcaScaling {
  readonly type: 'pca';
  /** k, at most the rank of the centred inputs. */
  readonly components: number;
}

export const scalingNames = ['none', 'standardize', 'uniform', 'pooled'] as const;

export const inputScalingNames = [...scalingNames, 'auto'] as const;

export interface Scaling {
  readonly shift: Float64Array | readonly number[];
  readonly scale: Float64Array | readonly number[];
  /** Of inputs: V, cols × k row-major; k columns ((x − shift) / scale) V come out. */
  readonly rotation?: Float64Array | readonly number[];
}

export type RotatedScaling = Scaling & Required<Pick<Scaling, 'rotation'>>;

export function isRotated(scaling: Scaling): scaling is RotatedScaling {
  return scaling.rotation !== undefined;
}

export function isPca(option: ScalingOption): option is PcaScaling {
  return typeof option === 'object' && option !== null && 'type' in option;
}

/** How many columns come out of a scaling of `cols`. */
export function scaledColumns(option: ScalingOption, cols: number): number {
  if (typeof option === 'string') return cols;
  if (isPca(option)) return option.components;
  return option.rotation === undefined ? cols : option.rotation.length / cols;
}

/** Checked; given numbers come back on memory of their own. Throws ERR_OPTION or ERR_DETACHED. */
export function checkScaling(
  option: ScalingOption,
  name: string,
  cols: number,
  names: readonly string[] = scalingNames,
): ScalingOption {
  if (typeof option !== 'object' || option === null) {
    checkOneOf(option, name, names);
    return option;
  }
  if (isPca(option)) return checkPca(option, name, cols);
  checkOptions(option, ['shift', 'scale', 'rotation'], name);
  return {
    shift: readNumbers(option.shift, 'shift', name, cols),
    scale: readNumbers(option.scale, 'scale', name, cols),
    ...(option.rotation !== undefined && { rotation: readRotation(option.rotation, name, cols) }),
  };
}

/** Throws ERR_OPTION for what only inputs can have: targets are scaled column by column. */
export function checkColumnwise(option: ScalingOption, name: string): asserts option is ColumnScaling {
  if (typeof option === 'string' || !(isPca(option) || option.rotation !== undefined)) return;
  throw invalid(`one of ${scalingNames.map((known) => `"${known}"`).join(', ')} or { shift, scale }`, name, option);
}

function checkPca(option: PcaScaling, name: string, cols: number): PcaScaling {
  checkOptions(option, ['type', 'components'], name);
  checkOneOf(option.type, `type of ${name}`, ['pca']);
  checkInteger(option.components, `components of ${name}`, { min: 1, max: cols });
  return { type: 'pca', components: option.components };
}

function readRotation(values: ArrayLike<number>, name: string, cols: number): Float64Array {
  if (types.isTypedArray(values)) checkAttached(values as Float64Array, `rotation of ${name}`);
  const components = values?.length / cols;
  if (!(Number.isInteger(components) && components >= 1 && components <= cols)) {
    throw invalid(`${cols} × k numbers, k from 1 to ${cols},`, `rotation of ${name}`, values);
  }
  return readNumbers(values, 'rotation', name, cols * components);
}

function readNumbers(values: ArrayLike<number>, key: keyof Scaling, name: string, cols: number): Float64Array {
  if (types.isTypedArray(values)) checkAttached(values as Float64Array, `${key} of ${name}`);
  const numbers = values?.length === cols ? Array.from(values) : [];
  const right =
    numbers.length === cols && numbers.every((v) => Number.isFinite(v) && (key !== 'scale' || Number.isFinite(1 / v)));
  if (right) return Float64Array.from(numbers);
  throw invalid(`${cols} finite${key === 'scale' ? ', non-zero' : ''} numbers`, `${key} of ${name}`, values);
}

export function* fitScaling(option: ColumnScaling, m: Matrix, cancelFlag = noCancel()): Steps<Scaling> {
  if (typeof option === 'object') return option;
  const [rows, cols] = m.shape;
  const shift = new Float64Array(cols);
  const scale = new Float64Array(cols).fill(1);
  if (option === 'none') return { shift, scale };
  yield* eachRow(m, cancelFlag, (data, start) => {
    for (let j = 0; j < cols; j++) shift[j] += data[start + j] / rows;
  });
  if (option === 'uniform') scale.fill(yield* meanNorm(m, shift, cancelFlag));
  else yield* standardDeviations(m, shift, scale, cancelFlag);
  if (option === 'pooled') scale.fill(pooledDeviation(scale));
  checkFitted(shift, scale);
  return { shift, scale: scale.map((deviation) => deviation || 1) };
}

/** Throws ERR_NONFINITE where sums of squares overflowed. */
export function checkFitted(...fitted: Float64Array[]): void {
  if (fitted.every((numbers) => numbers.every(Number.isFinite))) return;
  throw new GnvproError(
    'ERR_NONFINITE',
    'Expected numbers whose squares are finite, to fit a scaling, but some are too large.',
  );
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
    into[j] = deviation > 1e-14 * Math.abs(mean[j]) ? deviation : 0;
  }
}

/** The root of the mean variance of the columns that vary. */
function pooledDeviation(deviations: Float64Array): number {
  const varying = deviations.filter((deviation) => deviation > 0);
  const largest = varying.reduce((most, deviation) => Math.max(most, deviation), 0);
  const sum = varying.reduce((total, deviation) => total + (deviation / largest) ** 2, 0);
  return varying.length === 0 ? 0 : largest * Math.sqrt(sum / varying.length);
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

/** (x − shift) / scale, in place, of a scaling without rotation. */
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
