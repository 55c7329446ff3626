/**
 * @file Convolution and pooling in ONNX. onnxruntime has Conv and AveragePool for float32 alone; for float64, and for what
 * ONNX has no operator, windows become rows of a matrix by a table of indices.
 */
import { type FixedShape, size } from '../../program/shape.js';
import {
  byChannel,
  type Convolution,
  eachRow,
  imageSize,
  outputOf,
  padded,
  taps,
  type Windows,
} from '../../program/windows.js';
import { gather, scatter } from './columns.js';
import type { Graph } from './graph.js';
import type { Operator } from './place.js';

export const images = {
  conv2d: (g, { operands, shapes, attributes }) => {
    const convolve = g.precision === 'float32' ? byOperator : byWindows;
    const terms = operands.flatMap((K, i) => {
      if (i % 2 === 0) return [];
      return [convolve(g, operands[i - 1], K, (shapes[i] as FixedShape).rows, attributes)];
    });
    return terms.reduce((sum, term) => g.node('Add', [sum, term]));
  },
  conv2dToInput: (g, { operands: [u, K], shapes: [{ cols }, shape], attributes }) => {
    const { groups } = attributes;
    const [filters, { pixels }] = [(shape as FixedShape).rows, outputOf(attributes)];
    const kernels = reshape(g, K, [groups, filters / groups, taps(attributes)]);
    const transposed = g.node('Transpose', [kernels], { perm: [0, 2, 1] });
    const ofWindows = g.node('MatMul', [transposed, reshape(g, u, [-1, groups, cols / pixels / groups, pixels])]);
    const count = groups * taps(attributes) * pixels;
    const flat = reshape(g, ofWindows, [-1, count]);
    return scatter(g, flat, count, windowTable(attributes), imageSize(attributes));
  },
  conv2dToKernel: (g, { operands: [x, u], shapes: [, { cols }], attributes }) => {
    const { groups } = attributes;
    const { pixels } = outputOf(attributes);
    const windows = g.node('Transpose', [windowsOf(g, x, attributes)], { perm: [0, 1, 3, 2] });
    const products = g.node('MatMul', [reshape(g, u, [-1, groups, cols / pixels / groups, pixels]), windows]);
    return reshape(g, products, [-1, (cols / pixels) * taps(attributes)]);
  },
  averagePool: (g, { operands: [x], attributes, shape }) => {
    const means =
      g.precision === 'float32'
        ? g.node('AveragePool', [planar(g, x, attributes)], windowAttributes(attributes))
        : g.node('ReduceMean', [windowsOf(g, x, byChannel(attributes))], { axes: [2], keepdims: 0 });
    return reshape(g, means, [-1, size(shape)]);
  },
  averagePoolToInput: (g, { operands: [u], shapes: [{ cols }], attributes }) => {
    const shares = g.node('Mul', [entries(g, u, attributes), g.scalar(1 / area(attributes))]);
    const each = g.node('Expand', [shares, g.integers([1, 1, area(attributes), 1])]);
    return spread(g, each, cols, attributes);
  },
  maxPool: (g, { operands: [x], attributes, shape }) =>
    reshape(g, g.node('MaxPool', [planar(g, x, attributes)], windowAttributes(attributes)), [-1, size(shape)]),
  maxPositions: (g, { operands: [x], attributes, shape }) => {
    const at = g.node('ArgMax', [windowsOf(g, x, byChannel(attributes))], { axis: 2, keepdims: 0 });
    return reshape(g, g.node('Cast', [at], { to: g.elementType }), [-1, size(shape)]);
  },
  pickPositions: (g, { operands: [x, at], attributes, shape }) => {
    const picked = g.node('Mul', [windowsOf(g, x, byChannel(attributes)), chosen(g, at, attributes)]);
    return reshape(g, g.node('ReduceSum', [picked, g.integers([2])], { keepdims: 0 }), [-1, size(shape)]);
  },
  spreadPositions: (g, { operands: [u, at], shapes: [{ cols }], attributes }) =>
    spread(g, g.node('Mul', [entries(g, u, attributes), chosen(g, at, attributes)]), cols, attributes),
  addChannels: (g, { operands: [a, row], shapes: [{ cols }, { cols: channels }] }) => {
    const sum = g.node('Add', [reshape(g, a, [-1, channels, cols / channels]), reshape(g, row, [channels, 1])]);
    return reshape(g, sum, [-1, cols]);
  },
} as const satisfies ImageOperators;

interface ImageOperators {
  readonly conv2d: Operator<Convolution>;
  readonly conv2dToInput: Operator<Convolution>;
  readonly conv2dToKernel: Operator<Convolution>;
  readonly averagePool: Operator<Windows>;
  readonly averagePoolToInput: Operator<Windows>;
  readonly maxPool: Operator<Windows>;
  readonly maxPositions: Operator<Windows>;
  readonly pickPositions: Operator<Windows>;
  readonly spreadPositions: Operator<Windows>;
  readonly addChannels: Operator<object>;
}

type Convolve = (g: Graph, x: string, K: string, filters: number, geometry: Convolution) => string;

const byOperator: Convolve = (g, x, K, filters, c) => {
  const kernel = [c.kernelHeight, c.kernelWidth];
  const weights = reshape(g, K, [filters, c.channels / c.groups, ...kernel]);
  const whole = padded(c);
  // ONNX pads with zeros alone (Pad with `wrap` came later).
  const wrapped = c.periodic && (whole.height > c.height || whole.width > c.width);
  const image = wrapped ? gather(g, x, imageSize(c), borderTable(c)) : x;
  const { height, width } = wrapped ? whole : c;
  const pads = wrapped ? [0, 0, 0, 0] : [c.padTop, c.padLeft, c.padBottom, c.padRight];
  const result = g.node('Conv', [planar(g, image, { channels: c.channels, height, width }), weights], {
    kernel_shape: kernel,
    strides: [c.strideHeight, c.strideWidth],
    pads,
    group: c.groups,
  });
  return reshape(g, result, [-1, filters * outputOf(c).pixels]);
};

const byWindows: Convolve = (g, x, K, filters, c) => {
  const weights = reshape(g, K, [c.groups, filters / c.groups, taps(c)]);
  return reshape(g, g.node('MatMul', [weights, windowsOf(g, x, c)]), [-1, filters * outputOf(c).pixels]);
};

function reshape(g: Graph, a: string, shape: readonly number[]): string {
  return g.node('Reshape', [a, g.integers(shape)]);
}

function planar(
  g: Graph,
  x: string,
  { channels, height, width }: Pick<Windows, 'channels' | 'height' | 'width'>,
): string {
  return reshape(g, x, [-1, channels, height, width]);
}

function windowAttributes(w: Windows) {
  return { kernel_shape: [w.kernelHeight, w.kernelWidth], strides: [w.strideHeight, w.strideWidth] };
}

function area({ kernelHeight, kernelWidth }: Windows): number {
  return kernelHeight * kernelWidth;
}

/** N × groups × taps × windows. */
function windowsOf(g: Graph, x: string, c: Convolution): string {
  const gathered = gather(g, x, imageSize(c), windowTable(c));
  return reshape(g, gathered, [-1, c.groups, taps(c), outputOf(c).pixels]);
}

/** The pixel that each tap of each window of each group meets, or −1. */
function windowTable(c: Convolution): Int32Array {
  const { pixels } = outputOf(c);
  const table = new Int32Array(c.groups * taps(c) * pixels).fill(-1);
  // With one filter a group, its weights are the taps of the groups in order.
  eachRow(c, c.groups, (weight, output, input, columns) => {
    const first = weight * pixels + (output % pixels);
    columns.forEach((column, j) => {
      if (column >= 0) table[first + j] = input + column;
    });
  });
  return table;
}

/** The pixel at each place of the image with its periodic border: what a kernel of one pixel meets. */
function borderTable(c: Convolution): Int32Array {
  const { height, width } = padded(c);
  const wrap = (at: number, extent: number) => ((at % extent) + extent) % extent;
  return Int32Array.from({ length: c.channels * height * width }, (_, i) => {
    const [channel, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
    return (channel * c.height + wrap(y - c.padTop, c.height)) * c.width + wrap(x - c.padLeft, c.width);
  });
}

/** N × channels × 1 × windows. */
function entries(g: Graph, u: string, w: Windows): string {
  return reshape(g, u, [-1, w.channels, 1, outputOf(byChannel(w)).pixels]);
}

/** N × channels × area × windows: 1 at the given places, else 0. */
function chosen(g: Graph, at: string, w: Windows): string {
  const places = g.matrix(
    Float64Array.from({ length: area(w) }, (_, k) => k),
    area(w),
    1,
  );
  return g.node('Cast', [g.node('Equal', [entries(g, at, w), places])], { to: g.elementType });
}

/** Adds what each place of each window has to its pixel. */
function spread(g: Graph, ofWindows: string, pooled: number, w: Windows): string {
  const count = pooled * area(w);
  return scatter(g, reshape(g, ofWindows, [-1, count]), count, windowTable(byChannel(w)), imageSize(w));
}
