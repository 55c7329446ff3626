/** @file Windows that slide over an image: where they lie, and which pixels they read. Images lie channel by channel. */
import { flag, index } from './attributes.js';
import { largest } from './stored.js';

/** Of images channels × height × width; windows that do not fit at the right or the bottom are left out. */
export interface Windows {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
}

/** Of a convolution, whose windows slide over the image with a border of zeros, or of its own pixels from the other side. */
export interface Convolution extends Windows {
  readonly padTop: number;
  readonly padLeft: number;
  readonly padBottom: number;
  readonly padRight: number;
  readonly periodic: boolean;
  /** The channels of each group meet filters of their own. */
  readonly groups: number;
}

const count = index(() => largest);

export const windowAttributes = {
  channels: count,
  height: count,
  width: count,
  kernelHeight: count,
  kernelWidth: count,
  strideHeight: count,
  strideWidth: count,
} as const;

export const convolutionAttributes = {
  ...windowAttributes,
  padTop: count,
  padLeft: count,
  padBottom: count,
  padRight: count,
  periodic: flag,
  groups: count,
} as const;

/** The convolution whose every channel is a group of its own, without a border: what pooling has in common with it. */
export function byChannel(windows: Windows): Convolution {
  const border = { padTop: 0, padLeft: 0, padBottom: 0, padRight: 0, periodic: false };
  return { ...windows, ...border, groups: windows.channels };
}

/** What the geometry should be, or null where it is well formed. */
export function flaw(g: Convolution): string | null {
  const sizes = [g.channels, g.height, g.width, g.kernelHeight, g.kernelWidth, g.strideHeight, g.strideWidth, g.groups];
  if (!sizes.every((size) => size >= 1)) return 'windows of at least one pixel';
  const { height, width } = padded(g);
  if (g.kernelHeight > height || g.kernelWidth > width) return 'windows within the image and its border';
  const isNarrow = Math.max(g.padTop, g.padBottom) < g.kernelHeight && Math.max(g.padLeft, g.padRight) < g.kernelWidth;
  if (!isNarrow) return 'a border narrower than the windows';
  return g.channels % g.groups === 0 ? null : 'channels that divide into the groups';
}

export function padded(g: Convolution): { height: number; width: number } {
  return { height: g.padTop + g.height + g.padBottom, width: g.padLeft + g.width + g.padRight };
}

/** The image that the windows make. */
export function outputOf(g: Convolution): { height: number; width: number; pixels: number } {
  const whole = padded(g);
  const height = Math.floor((whole.height - g.kernelHeight) / g.strideHeight) + 1;
  const width = Math.floor((whole.width - g.kernelWidth) / g.strideWidth) + 1;
  return { height, width, pixels: height * width };
}

export function imageSize({ channels, height, width }: Windows): number {
  return channels * height * width;
}

/** Weights of a filter. */
export function taps({ channels, groups, kernelHeight, kernelWidth }: Convolution): number {
  return (channels / groups) * kernelHeight * kernelWidth;
}

/**
 * Visits, for each weight and each row of the windows' image, the row of pixels that the weight meets there. `weight`,
 * `output` and `input` are places in the kernels (filters × taps), and of the first numbers of both rows in a sample;
 * column j of the output's row meets column columns[j] of the input's, or nothing (−1). In the order of the weights.
 */
export function eachRow(
  g: Convolution,
  filters: number,
  visit: (weight: number, output: number, input: number, columns: Int32Array) => void,
): void {
  const { height, width, pixels } = outputOf(g);
  const [ofGroup, share] = [g.channels / g.groups, filters / g.groups];
  const { rows, columns } = meetings(g);
  let weight = 0;
  for (let f = 0; f < filters; f++) {
    const first = Math.floor(f / share) * ofGroup;
    for (let c = first; c < first + ofGroup; c++) {
      for (let i = 0; i < g.kernelHeight; i++) {
        for (let j = 0; j < g.kernelWidth; j++, weight++) {
          for (let y = 0; y < height; y++) {
            if (rows[i][y] < 0) continue;
            visit(weight, f * pixels + y * width, (c * g.height + rows[i][y]) * g.width, columns[j]);
          }
        }
      }
    }
  }
}

/** By row of the windows, the row of the image that it meets in each row of windows, or −1; and the same of columns. */
export function meetings(g: Convolution): { rows: Int32Array[]; columns: Int32Array[] } {
  const { height, width } = outputOf(g);
  const tables = (kernel: number, count: number, stride: number, pad: number, extent: number) =>
    Array.from({ length: kernel }, (_, i) =>
      Int32Array.from({ length: count }, (_, k) => inside(k * stride + i - pad, extent, g.periodic)),
    );
  return {
    rows: tables(g.kernelHeight, height, g.strideHeight, g.padTop, g.height),
    columns: tables(g.kernelWidth, width, g.strideWidth, g.padLeft, g.width),
  };
}

/** A coordinate of the image, or −1 for one of a border of zeros. */
function inside(at: number, extent: number, periodic: boolean): number {
  if (periodic) return ((at % extent) + extent) % extent;
  return at >= 0 && at < extent ? at : -1;
}
