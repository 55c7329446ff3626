/**
 * @file A program run by the kernels of the `js` backend, and for each number how far another backend may be from it: a
 * running error analysis. An infinite bound stands for anything, e.g. where an overflow depends on the order of a sum.
 */
import type { ProgramArrays } from '../../../lib/backend/backend.js';
import { type Matrix, matrix } from '../../../lib/linalg/matrix.js';
import type { UnaryAttributes } from '../../../lib/program/functions.js';
import { primitives } from '../../../lib/program/primitives.js';
import type { Instruction, Program } from '../../../lib/program/program.js';
import { size } from '../../../lib/program/shape.js';
import { byChannel, eachRow, outputOf } from '../../../lib/program/windows.js';

/** A matrix and the bound of each of its entries. */
export interface Bounded extends Matrix {
  readonly error: Float64Array;
}

export interface BoundedArrays {
  readonly samples: Bounded[];
  readonly vectors: Bounded[];
}

/** Of one operation of either backend, relative: for arithmetic, and for an elementwise function. */
const rounding = 2 ** -51;
const functionRounding = 2 ** -49;
/** What is lost where a result is subnormal. */
const tiny = 2 ** -1072;
/** Where sums may overflow, or not, by their order. */
const huge = 1e307;

export function boundedRun(program: Program, samples: number, arrays: ProgramArrays): BoundedArrays {
  const values: Bounded[] = [];
  for (const instruction of program.instructions) values.push(evaluate(instruction, values, samples, arrays));
  const vectors = program.vectorOutputs.map(({ length }) => bounded(matrix(1, length)));
  const outputs: BoundedArrays = { samples: [], vectors };
  for (const output of program.outputs) {
    const value = values[output.value];
    if (output.kind === 'samples') outputs.samples[output.index] = value;
    else {
      vectors[output.index].data.set(value.data, output.offset);
      vectors[output.index].error.set(value.error, output.offset);
    }
  }
  return outputs;
}

/** The first entry that is further off than it may be, in words, or null. */
export function mismatch(actual: Float64Array, { data, error }: Bounded): string | null {
  if (actual.length !== data.length) return `${actual.length} entries instead of ${data.length}`;
  for (let i = 0; i < data.length; i++) {
    const equal = Object.is(actual[i], data[i]) || Math.abs(actual[i] - data[i]) <= error[i];
    if (!equal && error[i] !== Number.POSITIVE_INFINITY) {
      return `entry ${i} is ${actual[i]} instead of ${data[i]} ± ${error[i]}`;
    }
  }
  return null;
}

function bounded(values: Matrix): Bounded {
  return { ...values, error: new Float64Array(values.data.length) };
}

function evaluate(
  instruction: Instruction,
  values: readonly Bounded[],
  samples: number,
  arrays: ProgramArrays,
): Bounded {
  const { op, attributes, shape } = instruction;
  const rows = shape.kind === 'samples' ? samples : shape.rows;
  switch (op) {
    case 'sampleInput':
      return bounded(matrix(rows, shape.cols, arrays.samples[attributes.array]));
    case 'vectorInput': {
      const { vector, offset } = attributes;
      return bounded(matrix(rows, shape.cols, arrays.vectors[vector].subarray(offset, offset + size(shape))));
    }
    case 'constant':
      return bounded(matrix(rows, shape.cols, attributes.values));
    default: {
      const operands = instruction.operands.map((operand) => values[operand]);
      const result = matrix(rows, shape.cols);
      primitives[op].run?.(attributes, operands, result, shape);
      return { ...result, error: errorsOf(instruction, operands, result) };
    }
  }
}

function errorsOf(instruction: Instruction, operands: readonly Bounded[], result: Matrix): Float64Array {
  const [a, b] = operands;
  const { rows, cols } = result;
  const each = (bound: (i: number, column: number) => number) =>
    Float64Array.from({ length: rows * cols }, (_, i) => bound(i, i % cols));
  switch (instruction.op) {
    case 'matmul':
      return productErrors(instruction.attributes, a, b, result);
    case 'add':
    case 'sub':
      return each((i) => plus(a.data[i], a.error[i], b.data[i], b.error[i]));
    case 'addRow':
      return each((i, j) => plus(a.data[i], a.error[i], b.data[j], b.error[j]));
    case 'mul':
      return each((i) => times(a.data[i], a.error[i], b.data[i], b.error[i]));
    case 'mulRow':
      return each((i, j) => times(a.data[i], a.error[i], b.data[j], b.error[j]));
    case 'scale':
      return each((i) => times(a.data[i], a.error[i], instruction.attributes.factor, 0));
    case 'broadcastRow':
      return each((_, j) => a.error[j]);
    case 'sumSamples':
      return sumErrors(result, a, (i) => i % cols);
    case 'unary':
      return each((i) => unaryError(instruction.attributes, a.data[i], a.error[i], result.data[i]));
    case 'unaryDerivative':
      return each((i) =>
        derivativeError(instruction.attributes, a.data[i], a.error[i], b.data[i], b.error[i], result.data[i]),
      );
    case 'outer':
      return each((i, j) => {
        const row = Math.floor(i / cols);
        const [x, y] = [row * a.cols + Math.floor(j / b.cols), row * b.cols + (j % b.cols)];
        return times(a.data[x], a.error[x], b.data[y], b.error[y]);
      });
    case 'concat': {
      const out = matrix(rows, cols);
      primitives.concat.run?.({}, operands.map(asMatrix), out, instruction.shape);
      return out.data;
    }
    case 'gather': {
      const out = matrix(rows, cols);
      primitives.gather.run?.(instruction.attributes, [asMatrix(a)], out, instruction.shape);
      return out.data;
    }
    case 'scatter': {
      const { indices } = instruction.attributes;
      const [from, to] = [indices.length, size(instruction.shape)];
      return sumErrors(result, a, (i) => {
        const target = indices[i % from];
        return target < 0 ? -1 : Math.floor(i / from) * to + target;
      });
    }
    case 'addChannels': {
      const length = cols / b.cols;
      return each((i, j) =>
        plus(a.data[i], a.error[i], b.data[Math.floor(j / length)], b.error[Math.floor(j / length)]),
      );
    }
    case 'sumChannels': {
      const length = a.cols / instruction.attributes.channels;
      return sumErrors(result, a, (i) => Math.floor((i % a.cols) / length));
    }
    case 'conv2d':
    case 'conv2dToInput':
    case 'conv2dToKernel':
      return convolutionErrors(instruction, operands, result);
    case 'averagePool':
    case 'averagePoolToInput':
    case 'maxPool':
    case 'maxPositions':
    case 'pickPositions':
    case 'spreadPositions':
      return poolingErrors(instruction, operands, result);
    default:
      throw new Error(`internal: no bound for ${instruction.op}`);
  }
}

function asMatrix({ rows, cols, error }: Bounded): Matrix {
  return matrix(rows, cols, error);
}

function plus(a: number, ea: number, b: number, eb: number): number {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return ea + eb;
  if (Math.abs(a) + Math.abs(b) > huge) return Number.POSITIVE_INFINITY;
  return ea + eb + rounding * Math.abs(a + b) + tiny;
}

function times(a: number, ea: number, b: number, eb: number): number {
  if (ea === Number.POSITIVE_INFINITY || eb === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (Number.isNaN(a) || Number.isNaN(b)) return 0;
  if (!Number.isFinite(a)) return signIsKnown(b, eb) ? 0 : Number.POSITIVE_INFINITY;
  if (!Number.isFinite(b)) return signIsKnown(a, ea) ? 0 : Number.POSITIVE_INFINITY;
  const size = Math.abs(a * b);
  if (size > huge) return Number.POSITIVE_INFINITY;
  return Math.abs(a) * eb + Math.abs(b) * ea + ea * eb + rounding * size + tiny;
}

/** Whether an infinity times x is known. */
function signIsKnown(x: number, error: number): boolean {
  return error === 0 || Math.abs(x) > error;
}

/** The bound of a sum of terms, in any order. */
class Sum {
  #size = 0;
  #error = 0;
  #terms = 0;

  add(value: number, error: number): void {
    this.#terms++;
    this.#error += error;
    if (Number.isFinite(value)) this.#size += Math.abs(value);
  }

  bound(): number {
    if (this.#size > huge) return Number.POSITIVE_INFINITY;
    return this.#error + rounding * (this.#terms + 8) * this.#size + tiny;
  }
}

function sumErrors(result: Matrix, a: Bounded, target: (i: number) => number): Float64Array {
  const sums = Array.from(result.data, () => new Sum());
  for (let i = 0; i < a.data.length; i++) {
    const to = target(i);
    if (to >= 0) sums[to].add(a.data[i], a.error[i]);
  }
  return Float64Array.from(sums, (sum) => sum.bound());
}

type Of<O extends Instruction['op']> = Extract<Instruction, { op: O }>;

function convolutionErrors(
  { op, attributes }: Of<'conv2d' | 'conv2dToInput' | 'conv2dToKernel'>,
  operands: readonly Bounded[],
  out: Matrix,
): Float64Array {
  const sums = Array.from(out.data, () => new Sum());
  const add = (to: number, a: Bounded, i: number, b: Bounded, j: number) =>
    sums[to].add(a.data[i] * b.data[j], times(a.data[i], a.error[i], b.data[j], b.error[j]));
  for (let term = 0; term < operands.length; term += 2) {
    const [a, b] = operands.slice(term);
    const filters = op === 'conv2dToKernel' ? b.cols / outputOf(attributes).pixels : b.rows;
    const stride = op === 'conv2dToKernel' && attributes.bySample ? out.cols : 0;
    eachRow(attributes, filters, (weight, output, input, columns) => {
      for (let n = 0; n < a.rows; n++) {
        columns.forEach((column, j) => {
          if (column < 0) return;
          if (op === 'conv2d') add(n * out.cols + output + j, a, n * a.cols + input + column, b, weight);
          else if (op === 'conv2dToInput') add(n * out.cols + input + column, a, n * a.cols + output + j, b, weight);
          else add(n * stride + weight, a, n * a.cols + input + column, b, n * b.cols + output + j);
        });
      }
    });
  }
  return Float64Array.from(sums, (sum) => sum.bound());
}

/** Of entry i of the result, from the pairs (place, o, p) of windows and pixels that meet in it. */
function poolingErrors(
  {
    op,
    attributes: w,
  }: Of<'averagePool' | 'averagePoolToInput' | 'maxPool' | 'maxPositions' | 'pickPositions' | 'spreadPositions'>,
  [a, b]: readonly Bounded[],
  out: Matrix,
): Float64Array {
  const area = w.kernelHeight * w.kernelWidth;
  const sums = Array.from(out.data, () => new Sum());
  const worst = new Float64Array(out.data.length);
  const toImage = op === 'averagePoolToInput' || op === 'spreadPositions';
  eachRow(byChannel(w), w.channels, (weight, output, input, columns) => {
    for (let n = 0; n < a.rows; n++) {
      columns.forEach((column, j) => {
        const [image, windows] = toImage ? [out.cols, a.cols] : [a.cols, out.cols];
        const [pixel, o] = [n * image + input + column, n * windows + output + j];
        const [from, to] = toImage ? [o, pixel] : [pixel, o];
        const isPlaced = op === 'pickPositions' || op === 'spreadPositions';
        if (isPlaced && b.error[o] > 0) worst[to] = Number.POSITIVE_INFINITY;
        if (isPlaced && b.data[o] !== weight % area) return;
        const share = op === 'averagePoolToInput' ? a.data[from] / area : a.data[from];
        sums[to].add(
          share,
          op === 'averagePoolToInput' ? a.error[from] + rounding * Math.abs(share) + tiny : a.error[from],
        );
        const unsure = op === 'maxPositions' && a.error[from] > 0 ? Number.POSITIVE_INFINITY : a.error[from];
        worst[to] = Math.max(worst[to], unsure);
      });
    }
  });
  const isSum = op !== 'maxPool' && op !== 'maxPositions' && op !== 'pickPositions';
  if (!isSum) return worst;
  return Float64Array.from(sums, (sum, i) =>
    Math.max(worst[i] === Number.POSITIVE_INFINITY ? worst[i] : 0, sum.bound() + rounding * Math.abs(out.data[i])),
  );
}

function productErrors({ ta, tb }: { ta: boolean; tb: boolean }, a: Bounded, b: Bounded, out: Matrix): Float64Array {
  const inner = ta ? a.rows : a.cols;
  const error = new Float64Array(out.data.length);
  for (let i = 0; i < out.rows; i++) {
    for (let j = 0; j < out.cols; j++) {
      const sum = new Sum();
      for (let k = 0; k < inner; k++) {
        const x = ta ? k * a.cols + i : i * a.cols + k;
        const y = tb ? j * b.cols + k : k * b.cols + j;
        sum.add(a.data[x] * b.data[y], times(a.data[x], a.error[x], b.data[y], b.error[y]));
      }
      error[i * out.cols + j] = sum.bound();
    }
  }
  return error;
}

/** The steepest slope of each function but `exp` and `inverseSqrt`. */
function slope({ kind, parameter }: UnaryAttributes, derivative: boolean): number {
  if (kind === 'smoothRelu' && derivative) return 0.5 / (parameter as number);
  return kind === 'sigmoid' || derivative ? 0.25 : 1;
}

function unaryError(attributes: UnaryAttributes, x: number, ex: number, y: number): number {
  if (!Number.isFinite(x)) return ex;
  const { kind, parameter } = attributes;
  // With a parameter that is none, the function jumps.
  if (kind === 'smoothRelu' && !((parameter as number) > 1e-100) && ex > 0) return Number.POSITIVE_INFINITY;
  if (Math.abs(y) > huge) return Number.POSITIVE_INFINITY;
  if (kind === 'inverseSqrt') return inverseSqrtError(x, ex, y);
  if (kind === 'exp') return (y + tiny) * Math.expm1(ex) + functionRounding * y + tiny;
  return slope(attributes, false) * ex + functionRounding * Math.abs(y) + tiny;
}

/** The slope ½ x^(−3/2) is steepest where x is smallest; at 0 the function ends. */
function inverseSqrtError(x: number, ex: number, y: number): number {
  if (Number.isNaN(y)) return ex === 0 || x + ex < 0 ? 0 : Number.POSITIVE_INFINITY;
  if (ex === 0) return functionRounding * y + tiny;
  if (!(x > ex)) return Number.POSITIVE_INFINITY;
  return 0.5 * (x - ex) ** -1.5 * ex + functionRounding * y + tiny;
}

function derivativeError(attributes: UnaryAttributes, x: number, ex: number, y: number, ey: number, d: number): number {
  if (ex === Number.POSITIVE_INFINITY || ey === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  const { kind, parameter } = attributes;
  const own = Number.isFinite(d) ? functionRounding * Math.abs(d) + tiny : 0;
  if (kind === 'tanh' || kind === 'sigmoid') {
    if (!Number.isFinite(y)) return ey;
    if (!(Math.abs(y) < 1e150)) return Number.POSITIVE_INFINITY;
    const steepness = kind === 'tanh' ? 2 * Math.abs(y) : Math.abs(1 - 2 * y);
    return ey === 0 ? own : steepness * ey + ey * ey + own;
  }
  if (kind === 'inverseSqrt') {
    if (!Number.isFinite(y)) return ey;
    if (!(Math.abs(y) + ey < 1e100)) return Number.POSITIVE_INFINITY;
    return 1.5 * (Math.abs(y) + ey) ** 2 * ey + own;
  }
  if (kind === 'exp') return ey + own;
  if (!Number.isFinite(x)) return ex;
  if (ex === 0) return own;
  if (kind === 'relu') return Math.abs(x) <= ex ? 1 : 0;
  if (kind === 'smoothRelu' && !((parameter as number) > 1e-100)) return Number.POSITIVE_INFINITY;
  return (kind === 'sine' ? 1 : slope(attributes, true)) * ex + own;
}
