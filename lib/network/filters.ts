/** @file What convolution layers share: how their filters lie on an image. */
import { GnvproError } from '../errors.js';
import { type Convolution, outputOf, padded, taps } from '../program/windows.js';
import { checkInteger, checkOneOf } from '../validate/check.js';
import { both, checkExtent, type Extent, type ImageShape } from './image.js';
import { distribution, drawnBlock, type Initializer } from './initializer.js';
import { checkWidth } from './layer.js';

/** What lies around an image: zeros, or the image again, its right side left of it. */
export const boundaries = ['zero', 'periodic'] as const;
export const paddings = ['same', 'valid'] as const;

export interface FilterOptions {
  /** Height and width of the filters (default 3). */
  kernel?: Extent;
  /** Pixels from one place of a filter to the next (default 1). */
  stride?: Extent;
  /**
   * Pixels around the image: `same` (default) as many as give an output of ⌈extent / stride⌉, at the bottom and the right
   * one more where they are odd; `valid` none; or a number for each side.
   */
  padding?: (typeof paddings)[number] | Extent;
  /** Default `zero`. */
  boundary?: (typeof boundaries)[number];
  /** The channels and the filters fall into so many groups; a filter meets its own group alone (default 1). */
  groups?: number;
}

export const filterOptionNames = ['kernel', 'stride', 'padding', 'boundary', 'groups'];

/** Checked, and with defaults. */
export function filterOptions(filters: number, options: FilterOptions): Required<FilterOptions> {
  const { kernel = 3, stride = 1, padding = 'same', boundary = 'zero', groups = 1 } = options;
  checkWidth(filters, 'filters');
  checkExtent(kernel, 'kernel', 1);
  checkExtent(stride, 'stride', 1);
  if (typeof padding === 'string') checkOneOf(padding, 'padding', paddings);
  else checkExtent(padding, 'padding', 0);
  checkOneOf(boundary, 'boundary', boundaries);
  checkInteger(groups, 'groups', { min: 1 });
  return { kernel, stride, padding, boundary, groups };
}

/** Throws ERR_SHAPE where the filters do not fit the image. */
export function geometryOf(image: ImageShape, filters: number, options: Required<FilterOptions>, label: string) {
  const { groups, padding, boundary } = options;
  const [kernel, stride] = [both(options.kernel), both(options.stride)];
  const sides = [image.height, image.width].map((extent, i) => border(extent, kernel[i], stride[i], padding, i));
  const geometry: Convolution = {
    channels: image.channels,
    height: image.height,
    width: image.width,
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
    strideHeight: stride[0],
    strideWidth: stride[1],
    padTop: sides[0][0],
    padLeft: sides[1][0],
    padBottom: sides[0][1],
    padRight: sides[1][1],
    periodic: boundary === 'periodic',
    groups,
  };
  checkFit(geometry, filters, label);
  const { height, width } = outputOf(geometry);
  return { geometry, outputs: { height, width, channels: filters } };
}

/** Before and behind the image, in one direction. */
function border(
  extent: number,
  kernel: number,
  stride: number,
  padding: Required<FilterOptions>['padding'],
  direction: number,
): [number, number] {
  if (padding === 'valid') return [0, 0];
  if (padding !== 'same') return [both(padding)[direction], both(padding)[direction]];
  const total = Math.max((Math.ceil(extent / stride) - 1) * stride + kernel - extent, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

function checkFit(g: Convolution, filters: number, label: string): void {
  const { height, width } = padded(g);
  const kernel = `${g.kernelHeight}×${g.kernelWidth}`;
  if (g.kernelHeight > height || g.kernelWidth > width) {
    throw shapeError(label, `a kernel within the image of ${height}×${width}, its border included,`, kernel);
  }
  if (Math.max(g.padTop, g.padBottom) >= g.kernelHeight || Math.max(g.padLeft, g.padRight) >= g.kernelWidth) {
    throw shapeError(label, `a padding smaller than the kernel of ${kernel}`, `${g.padTop}×${g.padLeft}`);
  }
  if (g.channels % g.groups !== 0 || filters % g.groups !== 0) {
    const received = `${g.channels} channels and ${filters} filters`;
    throw shapeError(label, `channels and filters that divide into ${g.groups} groups`, received);
  }
}

function shapeError(label: string, expected: string, received: string): GnvproError {
  return new GnvproError('ERR_SHAPE', `Layer ${label}: expected ${expected} but received ${received}.`);
}

/** The weights of the filters, a row each, and how to draw a bias. */
export function kernels(geometry: Convolution, filters: number, initializer: Initializer) {
  const { kernelHeight, kernelWidth, groups } = geometry;
  const draw = distribution(initializer, taps(geometry), (filters / groups) * kernelHeight * kernelWidth);
  return { K: drawnBlock('K', filters, taps(geometry), draw.weight), drawBias: draw.bias };
}
