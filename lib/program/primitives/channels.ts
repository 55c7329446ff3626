/** @file A number for each channel: channels are groups of neighbouring columns, of equal length. */
import { index } from '../attributes.js';
import type { Value } from '../emitter.js';
import type { None, Primitive } from '../primitive.js';
import { fixed, type Shape, samples } from '../shape.js';
import { largest } from '../stored.js';

/** x + b, a number of the row b for all columns of a channel. */
export const addChannels: Primitive<None> = {
  operands: 2,
  attributes: {},
  inPlace: true,
  shape: ([a, row]) =>
    row.kind === 'fixed' && row.rows === 1 && isDivided(a, row.cols)
      ? a
      : 'samples N×c and a row 1×k, k a divisor of c',
  tangent: (b, _, [x], [dx, drow]) => {
    if (drow === null) return dx as Value;
    return b.addChannels(dx ?? b.zeros(x.shape.cols), drow);
  },
  transpose: (b, _, __, index, u, shapes) => (index === 0 ? u : b.sumChannels(u, shapes[1].cols)),
  run: (_, [{ data: a }, { cols: channels, data: row }], { rows, cols, data: out }) => {
    const length = cols / channels;
    for (let n = 0, i = 0; n < rows; n++) {
      for (let c = 0; c < channels; c++) for (let j = 0; j < length; j++, i++) out[i] = a[i] + row[c];
    }
  },
};

/** The sum of each channel, over its columns and all samples. */
export const sumChannels: Primitive<{ readonly channels: number }> = {
  operands: 1,
  attributes: { channels: index(() => largest) },
  shape: ([a], { channels }) =>
    isDivided(a, channels) ? fixed(1, channels) : 'samples of columns that divide into channels',
  bySample: (b, { channels }, [a]) => {
    const length = a.shape.cols / channels;
    const of = Int32Array.from({ length: a.shape.cols }, (_, j) => Math.floor(j / length));
    return b.scatter(a, of, samples(channels));
  },
  flops: (_, [a]) => a.cols,
  run: ({ channels }, [{ rows, cols, data: a }], { data: out }) => {
    const length = cols / channels;
    out.fill(0);
    for (let n = 0, i = 0; n < rows; n++) {
      for (let c = 0; c < channels; c++) for (let j = 0; j < length; j++, i++) out[c] += a[i];
    }
  },
};

function isDivided(a: Shape, channels: number): boolean {
  return a.kind === 'samples' && channels >= 1 && a.cols % channels === 0;
}
