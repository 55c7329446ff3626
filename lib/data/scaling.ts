/**
 * @file Affine scaling of columns, (x − shift) / scale, and of inputs their rotation besides; fitted on training data only
 * and saved with the model.
 */
import { types } from 'node:util';
import { GnvproError } from '../errors.js';
import { noCancel } from '../job/cancel.js';
import type { Steps } from '../job/job.js';
import type { Rows } from '../job/rows.js';
import { CompensatedSums, SquareSum, unitOf } from '../linalg/sums.js';
import { checkInteger, checkOneOf, checkOptions, invalid } from '../validate/check.js';
import { checkAttached } from './buffers.js';
import { columnMoments, eachRow, type Moments } from './moments.js';
import { relativeWeights, type SampleWeights, sumOfWeights } from './weights.js';

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

/** 2⁻¹⁰²² */
const smallestNormal = 2 ** -1022;

export const scalingNames = ['none', 'standardize', 'uniform', 'pooled'] as const;

export const inputScalingNames = [...scalingNames, 'auto'] as const;

export interface Scaling {
  readonly shift: Float64Array | readonly number[];
  readonly scale: Float64Array | readonly number[];
  /** V of inputs, cols × k row-major; k columns ((x − shift) / scale) V come out. */
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

/** `weights`: of the rows, or null. Throws ERR_NONFINITE where differences of a column overflow. */
export function* fitScaling(
  option: ColumnScaling,
  m: Rows,
  weights: SampleWeights = null,
  cancelFlag = noCancel(),
): Steps<Scaling> {
  if (typeof option === 'object') return option;
  const cols = m.shape[1];
  if (option === 'none') return { shift: new Float64Array(cols), scale: new Float64Array(cols).fill(1) };
  const moments = yield* columnMoments(m, weights, cancelFlag);
  const { mean, deviation, range } = moments;
  const scale = deviation.slice();
  if (option === 'pooled') scale.fill(pooledDeviation(deviation));
  if (option === 'uniform') scale.fill(yield* meanNorm(m, moments, weights, cancelFlag));
  checkFitted(mean, range, scale);
  return { shift: mean, scale: scale.map(divisorOf) };
}

/** What has no deviation is only shifted, and what has next to none divided by a number that has an inverse. */
export function divisorOf(deviation: number): number {
  return deviation === 0 ? 1 : Math.max(deviation, smallestNormal);
}

/** Throws ERR_NONFINITE where a scaling overflowed. */
export function checkFitted(...fitted: Float64Array[]): void {
  if (fitted.every((numbers) => numbers.every(Number.isFinite))) return;
  throw new GnvproError(
    'ERR_NONFINITE',
    'Expected numbers whose differences are finite, to fit a scaling, but some are too large.',
  );
}

/** The root of the mean variance of the columns that vary. */
function pooledDeviation(deviations: Float64Array): number {
  const varying = deviations.filter((deviation) => deviation > 0);
  return new SquareSum().add(varying, 0, varying.length).rootMean(Math.max(1, varying.length));
}

/** The mean norm of the rows less their mean, without columns that are constant. */
function* meanNorm(
  m: Rows,
  { mean, deviation, range }: Moments,
  weights: SampleWeights,
  cancelFlag: Int32Array,
): Steps<number> {
  const [rows, cols] = m.shape;
  const relative = relativeWeights(weights);
  // Squares do not overflow in units of the largest difference.
  const unit = unitOf(range.reduce((most, x, j) => (deviation[j] === 0 ? most : Math.max(most, x)), 0));
  const inverse = deviation.map((x) => (x === 0 ? 0 : 1 / unit));
  const shift = mean.map((x, j) => x * inverse[j]);
  const sum = new CompensatedSums(1);
  yield* eachRow(m, relative, cancelFlag, (data, start, weight) => {
    let square = 0;
    for (let j = 0; j < cols; j++) square += (data[start + j] * inverse[j] - shift[j]) ** 2;
    sum.add(0, weight * Math.sqrt(square));
  });
  return (sum.values[0] / sumOfWeights(relative, rows)) * unit;
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
