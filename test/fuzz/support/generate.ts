/** @file Random programs with a given interface, made by the builder as layers are: legal by construction. */
import { ProgramBuilder } from '../../../lib/program/builder.js';
import { eliminateDeadCode } from '../../../lib/program/eliminate.js';
import type { Value } from '../../../lib/program/emitter.js';
import { functionOf, type UnaryAttributes, unaryKinds } from '../../../lib/program/functions.js';
import type { Program } from '../../../lib/program/program.js';
import { fixed, type Shape, sameShape, samples, size } from '../../../lib/program/shape.js';
import { byChannel, type Convolution, imageSize, outputOf, taps } from '../../../lib/program/windows.js';
import type { Choice } from './choice.js';

/** The columns of sample arrays and the lengths of vectors. */
export interface Interface {
  readonly sampleInputs: readonly number[];
  readonly vectorInputs: readonly number[];
  readonly sampleOutputs: readonly number[];
  readonly vectorOutputs: readonly number[];
}

/** Entries of a value that others are made from, so that sizes do not multiply up. */
const largest = 100;

const widths = [1, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33];

function width(choice: Choice): number {
  return choice.chance(0.03) ? 0 : choice.pick(widths);
}

export function randomInterface(choice: Choice): Interface {
  const list = (low: number, high: number, one: () => number) => Array.from({ length: choice.integer(low, high) }, one);
  return {
    sampleInputs: list(choice.chance(0.05) ? 0 : 1, 3, () => width(choice)),
    vectorInputs: list(0, 2, () => choice.integer(0, 40)),
    sampleOutputs: list(0, 3, () => width(choice)),
    vectorOutputs: list(0, 2, () => choice.integer(0, 40)),
  };
}

/** One array of inputs and the weights to features: what `predict` runs. */
export function forwardInterface(choice: Choice): Interface {
  return {
    sampleInputs: [width(choice)],
    vectorInputs: [choice.integer(0, 40)],
    sampleOutputs: [width(choice)],
    vectorOutputs: [],
  };
}

export function randomProgram(choice: Choice, shape: Interface, instructions: number): Program {
  const generator = new Generator(choice, shape);
  for (let i = 0; i < instructions; i++) generator.grow();
  const program = generator.finish();
  return choice.chance(0.7) ? eliminateDeadCode(program) : program;
}

class Generator {
  readonly #choice: Choice;
  readonly #interface: Interface;
  readonly #b = new ProgramBuilder('random');
  readonly #samples: Value[] = [];
  readonly #fixed: Value[] = [];
  /** Fixed values that follow from sums over samples: they cannot become samples again. */
  readonly #late = new Set<number>();

  constructor(choice: Choice, shape: Interface) {
    this.#choice = choice;
    this.#interface = shape;
    shape.sampleInputs.forEach((cols, i) => {
      this.#keep(this.#b.sampleInput(this.#b.declareSamples(`x${i}`, cols)));
    });
    shape.vectorInputs.forEach((length, i) => {
      this.#b.declareVector(`v${i}`, length);
    });
    if (this.#samples.length === 0) this.#keep(this.#b.broadcastRow(this.#constant(1, width(choice))));
  }

  /** One more instruction, or more where it needs operands of other shapes. */
  grow(): void {
    const operation = this.#choice.pick(operations);
    this.#keep(this[operation]());
  }

  finish(): Program {
    const b = this.#b;
    this.#interface.sampleOutputs.forEach((cols, i) => {
      b.declareSampleOutput(`z${i}`, this.#samplesOf(cols));
    });
    for (const length of this.#interface.vectorOutputs) this.#writeVector(length);
    return b.build();
  }

  #keep(value: Value): Value {
    const { operands } = this.#b.instructions[value.id];
    const fixedValue = value.shape.kind === 'fixed';
    const sums = operands.some((operand) => this.#b.instructions[operand].shape.kind === 'samples');
    if (fixedValue && (sums || operands.some((operand) => this.#late.has(operand)))) this.#late.add(value.id);
    if (size(value.shape) <= largest) (fixedValue ? this.#fixed : this.#samples).push(value);
    return value;
  }

  /** Up to a few slices of a vector output, some of which overlap. */
  #writeVector(length: number): void {
    const b = this.#b;
    const index = b.declareVectorOutput(`g${length}`, length);
    for (let n = this.#choice.integer(0, 3); n > 0; n--) {
      const count = this.#choice.integer(0, length);
      b.writeVector(index, this.#choice.integer(0, length - count), this.#anyFixed(1, count));
    }
  }

  // Operands.

  #sample(): Value {
    return this.#choice.pick(this.#samples);
  }

  #constant(rows: number, cols: number): Value {
    return this.#b.constant(rows, cols, this.#choice.reals(rows * cols));
  }

  #slice(rows: number, cols: number): Value | null {
    const { vectorInputs } = this.#interface;
    const vector = vectorInputs.findIndex((length) => length >= rows * cols && this.#choice.chance(0.7));
    if (vector < 0) return null;
    return this.#b.vectorInput(vector, this.#choice.integer(0, vectorInputs[vector] - rows * cols), rows, cols);
  }

  /** A fixed value known before the samples. */
  #early(rows: number, cols: number): Value {
    const early = this.#fixed.filter(({ id }) => !this.#late.has(id));
    const alike = early.filter(({ shape }) => sameShape(shape, fixed(rows, cols)));
    if (alike.length > 0 && this.#choice.chance(0.5)) return this.#choice.pick(alike);
    if (early.length > 0 && this.#choice.chance(0.3)) return this.#reshape(this.#choice.pick(early), fixed(rows, cols));
    return this.#keep(this.#slice(rows, cols) ?? this.#constant(rows, cols));
  }

  #anyFixed(rows: number, cols: number): Value {
    if (this.#fixed.length === 0 || this.#choice.chance(0.2)) return this.#early(rows, cols);
    return this.#reshape(this.#choice.pick(this.#fixed), fixed(rows, cols));
  }

  #samplesOf(cols: number): Value {
    const alike = this.#samples.filter(({ shape }) => shape.cols === cols);
    if (alike.length > 0 && this.#choice.chance(0.9)) return this.#choice.pick(alike);
    return this.#reshape(this.#sample(), samples(cols));
  }

  /** By a table of random indices, or the identity of the builder. */
  #reshape(value: Value, shape: Shape): Value {
    const from = size(value.shape);
    const to = size(shape);
    const index = (count: number) => (this.#choice.chance(0.1) ? -1 : this.#choice.integer(0, count) - 1);
    const run = this.#choice.chance(0.5); // consecutive indices, as the columns of a concat have
    const start = this.#choice.integer(0, 2);
    const table = (length: number, count: number) =>
      Int32Array.from({ length }, (_, i) => (run && start + i < count ? start + i : index(count)));
    const scatter = this.#choice.chance(0.4);
    return this.#keep(
      scatter ? this.#b.scatter(value, table(from, to), shape) : this.#b.gather(value, table(to, from), shape),
    );
  }

  #unaryAttributes(): UnaryAttributes {
    const kind = this.#choice.pick(unaryKinds);
    return { kind, parameter: functionOf(kind).parameter ? this.#choice.uniform(0.01, 2) : null };
  }

  /** x, or mostly its square where the function wants positive numbers: NaN everywhere would test nothing. */
  #argument(x: Value, { kind }: UnaryAttributes): Value {
    return functionOf(kind).domain === 'positive' && this.#choice.chance(0.9) ? this.#keep(this.#b.mul(x, x)) : x;
  }

  #pair(): [Value, Value] {
    if (this.#fixed.length > 0 && this.#choice.chance(0.2)) {
      const a = this.#choice.pick(this.#fixed);
      const { rows, cols } = a.shape as { rows: number; cols: number };
      return [a, this.#anyFixed(rows, cols)];
    }
    const a = this.#sample();
    return [a, this.#samplesOf(a.shape.cols)];
  }

  #any(): Value {
    return this.#fixed.length > 0 && this.#choice.chance(0.2) ? this.#choice.pick(this.#fixed) : this.#sample();
  }

  // Operations: each gives a value.

  matmul(): Value {
    const tb = this.#choice.chance(0.5);
    if (this.#choice.chance(0.8)) {
      const a = this.#sample();
      const cols = width(this.#choice);
      return this.#b.matmul(a, tb ? this.#early(cols, a.shape.cols) : this.#early(a.shape.cols, cols), { tb });
    }
    const ta = this.#choice.chance(0.5);
    const [rows, inner, cols] = [width(this.#choice), width(this.#choice), width(this.#choice)];
    const a = ta ? this.#anyFixed(inner, rows) : this.#anyFixed(rows, inner);
    return this.#b.matmul(a, tb ? this.#anyFixed(cols, inner) : this.#anyFixed(inner, cols), { ta, tb });
  }

  sumOfProducts(): Value {
    return this.#b.matmul(this.#sample(), this.#sample(), { ta: true });
  }

  sumSamples(): Value {
    return this.#b.sumSamples(this.#sample());
  }

  elementwise(): Value {
    const [a, b] = this.#pair();
    return this.#b[this.#choice.pick(['add', 'sub', 'mul'] as const)](a, b);
  }

  scale(): Value {
    return this.#b.scale(this.#any(), this.#choice.real());
  }

  row(): Value {
    const a = this.#sample();
    return this.#b[this.#choice.pick(['addRow', 'mulRow'] as const)](a, this.#early(1, a.shape.cols));
  }

  broadcastRow(): Value {
    return this.#b.broadcastRow(this.#early(1, width(this.#choice)));
  }

  unary(): Value {
    const attributes = this.#unaryAttributes();
    return this.#b.unary(this.#argument(this.#any(), attributes), attributes);
  }

  unaryDerivative(): Value {
    const attributes = this.#unaryAttributes();
    if (this.#choice.chance(0.3)) return this.#b.unaryDerivative(...this.#pair(), attributes);
    const x = this.#argument(this.#any(), attributes);
    return this.#b.unaryDerivative(x, this.#keep(this.#b.unary(x, attributes)), attributes);
  }

  concat(): Value {
    return this.#b.concat(Array.from({ length: this.#choice.integer(1, 3) }, () => this.#sample()));
  }

  reshapeSamples(): Value {
    return this.#reshape(this.#sample(), samples(width(this.#choice)));
  }

  reshapeFixed(): Value {
    return this.#reshape(this.#anyFixed(width(this.#choice), 2), fixed(width(this.#choice), width(this.#choice)));
  }

  /** Of up to 3 × 4 × 4 pixels, the windows anywhere on them. */
  #convolution(): Convolution {
    const [height, width, groups] = [1, 1, 1]
      .map(() => this.#choice.integer(1, 4))
      .map((n, i) => (i === 2 ? Math.min(n, 2) : n));
    const [kernelHeight, kernelWidth] = [height, width].map((extent) => this.#choice.integer(1, Math.min(extent, 3)));
    const border = (kernel: number) => (this.#choice.chance(0.5) ? this.#choice.integer(0, kernel - 1) : 0);
    return {
      ...{ channels: groups * this.#choice.integer(1, 2), height, width, kernelHeight, kernelWidth },
      ...{ strideHeight: this.#choice.integer(1, 3), strideWidth: this.#choice.integer(1, 3) },
      ...{ padTop: border(kernelHeight), padLeft: border(kernelWidth) },
      ...{ padBottom: border(kernelHeight), padRight: border(kernelWidth) },
      ...{ periodic: this.#choice.chance(0.5), groups },
    };
  }

  convolution(): Value {
    const b = this.#b;
    const g = this.#convolution();
    const filters = g.groups * this.#choice.integer(1, 2);
    const image = () => this.#samplesOf(imageSize(g));
    const kernels = () => this.#early(filters, taps(g));
    const output = () => this.#samplesOf(filters * outputOf(g).pixels);
    switch (this.#choice.pick(['conv2d', 'sum', 'toInput', 'toKernel', 'bySample'] as const)) {
      case 'conv2d':
        return b.conv2d([image(), kernels()], g);
      case 'sum':
        return b.conv2d([image(), kernels(), image(), kernels()], g);
      case 'toInput':
        return b.conv2dToInput(output(), kernels(), g);
      case 'toKernel':
        return b.conv2dToKernel(image(), output(), g);
      case 'bySample':
        return b.conv2dToKernel(image(), output(), { ...g, bySample: true });
    }
  }

  pooling(): Value {
    const b = this.#b;
    const {
      padTop: _,
      padLeft: __,
      padBottom: ___,
      padRight: ____,
      periodic: _____,
      groups: ______,
      ...w
    } = this.#convolution();
    const image = () => this.#samplesOf(imageSize(w));
    const pooled = () => this.#samplesOf(w.channels * outputOf(byChannel(w)).pixels);
    const places = () => (this.#choice.chance(0.7) ? this.#keep(b.maxPositions(image(), w)) : pooled());
    switch (this.#choice.pick(['average', 'spreadAverage', 'max', 'pick', 'spread'] as const)) {
      case 'average':
        return b.averagePool(image(), w);
      case 'spreadAverage':
        return b.averagePoolToInput(pooled(), w);
      case 'max':
        return b.maxPool(image(), w);
      case 'pick':
        return b.pickPositions(image(), places(), w);
      case 'spread':
        return b.spreadPositions(pooled(), places(), w);
    }
  }

  channels(): Value {
    const a = this.#sample();
    const divisors = Array.from({ length: a.shape.cols }, (_, i) => i + 1).filter((n) => a.shape.cols % n === 0);
    if (divisors.length === 0) return a;
    const count = this.#choice.pick(divisors);
    return this.#choice.chance(0.5) ? this.#b.addChannels(a, this.#early(1, count)) : this.#b.sumChannels(a, count);
  }

  outer(): Value {
    const narrow = this.#samples.filter(({ shape }) => shape.cols <= 9);
    if (narrow.length === 0) return this.#samplesOf(width(this.#choice));
    return this.#b.outer(this.#choice.pick(narrow), this.#choice.pick(narrow));
  }
}

const operations = [
  'matmul',
  'matmul',
  'sumOfProducts',
  'sumSamples',
  'elementwise',
  'elementwise',
  'scale',
  'row',
  'broadcastRow',
  'unary',
  'unary',
  'unaryDerivative',
  'concat',
  'reshapeSamples',
  'reshapeFixed',
  'outer',
  'convolution',
  'pooling',
  'channels',
] as const;
