/** @file What becomes of the windows of an image, channel by channel: their means, and their greatest entries. */
import type { Value } from '../emitter.js';
import type { Primitive } from '../primitive.js';
import { type Shape, samples, size } from '../shape.js';
import { byChannel, eachRow, flaw, imageSize, outputOf, type Windows, windowAttributes } from '../windows.js';

export const averagePool: Primitive<Windows> = {
  operands: 1,
  attributes: windowAttributes,
  shape: ([x], w) => imageProblem(x, w) ?? samples(pooledSize(w)),
  tangent: (b, w, _, [dx]) => b.averagePool(dx as Value, w),
  transpose: (b, w, _, __, u) => b.averagePoolToInput(u, w),
  columns: 'mixed',
  flops: (result, _, w) => size(result) * pixelsOf(w),
  show: ([x], w) => `averagePool ${x}${showWindows(w)}`,
  run: (w, [{ data: x, cols: inputs }], { rows, cols, data: out }) => {
    out.fill(0);
    eachPixel(w, rows, inputs, cols, (_, o, i) => {
      out[o] += x[i];
    });
    for (let o = 0; o < out.length; o++) out[o] /= pixelsOf(w);
  },
};

export const averagePoolToInput: Primitive<Windows> = {
  operands: 1,
  attributes: windowAttributes,
  shape: ([u], w) => pooledProblem(u, w) ?? samples(imageSize(w)),
  tangent: (b, w, _, [du]) => b.averagePoolToInput(du as Value, w),
  transpose: (b, w, _, __, v) => b.averagePool(v, w),
  columns: 'mixed',
  flops: (_, [u], w) => size(u) * pixelsOf(w),
  show: ([u], w) => `averagePoolToInput ${u}${showWindows(w)}`,
  run: (w, [{ data: u, cols: outputs }], { rows, cols, data: out }) => {
    out.fill(0);
    eachPixel(w, rows, cols, outputs, (_, o, i) => {
      out[i] += u[o] / pixelsOf(w);
    });
  },
};

export const maxPool: Primitive<Windows> = {
  operands: 1,
  attributes: windowAttributes,
  shape: averagePool.shape,
  tangent: (b, w, [x], [dx]) => b.pickPositions(dx as Value, b.maxPositions(x, w), w),
  columns: 'mixed',
  flops: averagePool.flops,
  show: ([x], w) => `maxPool ${x}${showWindows(w)}`,
  run: (w, [{ data: x, cols: inputs }], { rows, cols, data: out }) => {
    eachPixel(w, rows, inputs, cols, (place, o, i) => {
      if (place === 0 || isGreater(x[i], out[o])) out[o] = x[i];
    });
  },
};

/** The place, counted within its window, of the first of the greatest entries of each window; of the first NaN if there is one. */
export const maxPositions: Primitive<Windows> = {
  operands: 1,
  attributes: windowAttributes,
  shape: averagePool.shape,
  /** Constant but where two entries are equal. */
  tangent: () => null,
  columns: 'mixed',
  flops: averagePool.flops,
  show: ([x], w) => `maxPositions ${x}${showWindows(w)}`,
  run: (w, [{ data: x, cols: inputs }], { rows, cols, data: out }) => {
    const best = new Float64Array(out.length);
    eachPixel(w, rows, inputs, cols, (place, o, i) => {
      if (place > 0 && !isGreater(x[i], best[o])) return;
      best[o] = x[i];
      out[o] = place;
    });
  },
};

/** Of each window the entry at the given place; 0 where that is no place of a window. */
export const pickPositions: Primitive<Windows> = {
  operands: 2,
  attributes: windowAttributes,
  shape: ([x, at], w) => imageProblem(x, w) ?? pooledProblem(at, w) ?? samples(pooledSize(w)),
  tangent: (b, w, [, at], [dx]) => dx && b.pickPositions(dx, at, w),
  transpose: (b, w, [, at], _, u) => b.spreadPositions(u, at as Value, w),
  columns: 'mixed',
  flops: averagePool.flops,
  show: ([x, at], w) => `pickPositions ${x} at ${at}${showWindows(w)}`,
  run: (w, [{ data: x, cols: inputs }, { data: at }], { rows, cols, data: out }) => {
    out.fill(0);
    eachPixel(w, rows, inputs, cols, (place, o, i) => {
      if (at[o] === place) out[o] = x[i];
    });
  },
};

/** The transpose: adds each entry to the pixel at the given place of its window. */
export const spreadPositions: Primitive<Windows> = {
  operands: 2,
  attributes: windowAttributes,
  shape: ([u, at], w) => pooledProblem(u, w) ?? pooledProblem(at, w) ?? samples(imageSize(w)),
  tangent: (b, w, [, at], [du]) => du && b.spreadPositions(du, at, w),
  transpose: (b, w, [, at], _, v) => b.pickPositions(v, at as Value, w),
  columns: 'mixed',
  flops: averagePoolToInput.flops,
  show: ([u, at], w) => `spreadPositions ${u} at ${at}${showWindows(w)}`,
  run: (w, [{ data: u, cols: outputs }, { data: at }], { rows, cols, data: out }) => {
    out.fill(0);
    eachPixel(w, rows, cols, outputs, (place, o, i) => {
      if (at[o] === place) out[i] += u[o];
    });
  },
};

/** NaN is above all numbers: it stays. */
function isGreater(x: number, best: number): boolean {
  return x > best || (Number.isNaN(x) && !Number.isNaN(best));
}

/** Visits the pixels of all windows of all samples: their place in the window, the window's place, and the pixel's. */
function eachPixel(
  w: Windows,
  rows: number,
  inputs: number,
  outputs: number,
  visit: (place: number, output: number, input: number) => void,
): void {
  eachRow(byChannel(w), w.channels, (weight, output, input, columns) => {
    const place = weight % pixelsOf(w);
    for (let n = 0; n < rows; n++) {
      for (let j = 0; j < columns.length; j++) visit(place, n * outputs + output + j, n * inputs + input + columns[j]);
    }
  });
}

function pixelsOf({ kernelHeight, kernelWidth }: Windows): number {
  return kernelHeight * kernelWidth;
}

function pooledSize(w: Windows): number {
  return w.channels * outputOf(byChannel(w)).pixels;
}

function imageProblem(x: Shape, w: Windows): string | null {
  const problem = flaw(byChannel(w));
  if (problem !== null) return problem;
  return x.kind === 'samples' && x.cols === imageSize(w) ? null : `images of ${w.channels}×${w.height}×${w.width}`;
}

function pooledProblem(u: Shape, w: Windows): string | null {
  const problem = flaw(byChannel(w));
  if (problem !== null) return problem;
  return u.kind === 'samples' && u.cols === pooledSize(w) ? null : 'an entry for each window';
}

function showWindows(w: Windows): string {
  const size = `${w.channels}×${w.height}×${w.width}; ${w.kernelHeight}×${w.kernelWidth}`;
  return ` [${size}, stride ${w.strideHeight}×${w.strideWidth}]`;
}
