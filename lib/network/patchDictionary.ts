/**
 * @file Features of images by a dictionary of patches that is taken from the data, not trained (Coates, Ng & Lee, AISTATS
 * 2011; Coates & Ng, ICML 2011): patches of one brightness and contrast, whitened filters, what is above a threshold, means.
 */
import type { ProgramBuilder } from '../program/builder.js';
import type { Value } from '../program/emitter.js';
import { samples } from '../program/shape.js';
import type { Convolution } from '../program/windows.js';
import { checkInteger, checkNumber, checkOneOf, checkOptions, invalid } from '../validate/check.js';
import { unaryAttributes } from './activation.js';
import { filterOptions, geometryOf } from './filters.js';
import { fromBase64, toBase64 } from './fittedNumbers.js';
import { both, checkExtent, type Extent, type ImageShape, imageFeatures, imageOf } from './image.js';
import { checkWidth, type LayerDescription, registerLayer, resolve, type WeightBlock } from './layer.js';
import { normalization } from './normalization.js';

/** Where the filters come from: spherical k-means of the patches, or patches as they are. */
export const dictionaryMethods = ['kmeans', 'patches'] as const;

export interface PatchDictionaryOptions {
  /** Height and width of a patch (default 6). */
  kernel?: Extent;
  /** Pixels from one patch to the next (default 1). */
  stride?: Extent;
  /** Regions that the features are averaged over: vertically and horizontally (default 2, the quadrants). */
  regions?: Extent;
  /** b ≥ 0 of max(0, ±z − b) (default 0.25). */
  threshold?: number;
  /** ε > 0 of the contrast (y − mean)/√(variance + ε) of a patch, in units of the scaled inputs squared (default 0.0025). */
  epsilon?: number;
  /** Default `kmeans`. */
  method?: (typeof dictionaryMethods)[number];
  /** ε > 0 that is added to the variances that whitening divides by, of patches of contrast 1 (default 0.1). */
  whitening?: number;
  /** Patches that the filters are taken from, drawn from the training data (default 50,000). */
  patches?: number;
  /** Of k-means (default 10). */
  iterations?: number;
  /** Whether the filters are weights that the training goes on from (default false: they stay). */
  trainable?: boolean;
  /** The filters, as a training has put them here; whoever describes a network leaves it out. */
  fitted?: string;
}

export interface PatchDictionary extends Required<Omit<PatchDictionaryOptions, 'fitted'>> {
  readonly type: string;
  readonly filters: number;
  readonly fitted?: string;
}

const optionNames = [
  'kernel',
  'stride',
  'regions',
  'threshold',
  'epsilon',
  'method',
  'whitening',
  'patches',
  'iterations',
  'trainable',
  'fitted',
];

/**
 * Images → images of `regions` pixels and 2 · `filters` channels: the means over each region of max(0, z − b) and
 * max(0, −z − b), z = K p̂ + c for every patch p̂ of brightness 0 and contrast 1. `train()` fits K = D W and c = −K μ, W
 * whitening the patches around their mean μ and D of rows of length 1, to the training inputs before it begins; unless
 * `trainable`, they are no weights. In `sequential` and `concat` alone, behind layers without weights.
 */
export function patchDictionary(filters: number, options: PatchDictionaryOptions = {}): LayerDescription {
  checkOptions(options, optionNames, 'patchDictionary');
  const { kernel = 6, stride = 1, regions = 2, threshold = 0.25, epsilon = 0.0025, trainable = false } = options;
  const { method = 'kmeans', whitening = 0.1, patches = 50_000, iterations = 10, fitted } = options;
  checkWidth(filters, 'filters');
  checkExtent(kernel, 'kernel', 1);
  checkExtent(stride, 'stride', 1);
  checkExtent(regions, 'regions', 1);
  checkNumber(threshold, 'threshold', { min: 0 });
  checkNumber(epsilon, 'epsilon', { above: 0 });
  checkOneOf(method, 'method', dictionaryMethods);
  checkNumber(whitening, 'whitening', { above: 0 });
  checkInteger(patches, 'patches', { min: Math.max(2, filters), max: 10_000_000 });
  checkInteger(iterations, 'iterations', { min: 0, max: 1000 });
  checkOneOf(trainable, 'trainable', [true, false]);
  if (fitted !== undefined && typeof fitted !== 'string') throw invalid('a text', 'fitted', fitted);
  const description = {
    kernel,
    stride,
    regions,
    threshold,
    epsilon,
    method,
    whitening,
    patches,
    iterations,
    trainable,
  };
  return { type: 'patchDictionary', filters, ...description, ...(fitted !== undefined && { fitted }) };
}

/** The filters of a dictionary: K row by row, filters × entries of a patch (channel, row, column), and c. */
export interface Filters {
  readonly K: Float64Array;
  readonly c: Float64Array;
}

export function readDictionary({ type: _, filters, ...options }: LayerDescription): PatchDictionary {
  return patchDictionary(filters as number, options) as unknown as PatchDictionary;
}

/** The same with its filters, which become floats. */
export function withFilters({ type: _, filters, ...options }: PatchDictionary, { K, c }: Filters): LayerDescription {
  return patchDictionary(filters, { ...options, fitted: toBase64([K, c]) });
}

/** Filters that are applied, pooled and forgotten before the next ones, so that no image of all of them is kept. */
const filtersAtOnce = 64;

registerLayer('patchDictionary', (given, inputs) => {
  const description = readDictionary(given);
  const { filters, threshold, epsilon, trainable, regions } = description;
  const label = `patchDictionary(${filters})`;
  const patches = patchesOf(imageOf(inputs, label), description, label);
  const { entries, height, width } = patches;
  const windows = regionsOf(both(regions), patches);
  const parts = partsOf(filters, filtersOf(description, entries), entries);
  const normalize = resolve(
    normalization({ channels: entries, by: 'pixel', epsilon }),
    imageFeatures({ channels: entries, height, width }),
  );
  return {
    label,
    outputs: imageFeatures({ height: both(regions)[0], width: both(regions)[1], channels: 2 * filters }),
    blocks: trainable ? parts.flatMap(blocksOf) : [],
    apply: (b, x, weights) => {
      const p = normalize.apply(b, b.gather(x, patches.pixels, samples(patches.pixels.length)), []);
      return b.concat(
        parts.flatMap(({ count, K, c }, i) => {
          const [kernel, shift] = trainable
            ? weights.slice(2 * i, 2 * i + 2)
            : [b.constant(count, entries, K), b.constant(1, count, c)];
          const geometry = pointwise({ channels: entries, height, width }, count, label);
          const z = b.addChannels(b.conv2d([p, kernel], geometry), shift);
          const above = rectifier(b, count, threshold);
          return [z, b.scale(z, -1)].map((signed) => b.averagePool(above(signed), { ...windows, channels: count }));
        }),
      );
    },
  };
});

/** max(0, y − threshold) */
function rectifier(b: ProgramBuilder, channels: number, threshold: number): (y: Value) => Value {
  const relu = (y: Value) => b.unary(y, unaryAttributes('relu'));
  if (threshold === 0) return relu;
  const shift = b.constant(1, channels, new Float64Array(channels).fill(-threshold));
  return (y) => relu(b.addChannels(y, shift));
}

/** How the patches of an image lie on it. */
export interface Patches {
  /** Numbers of a patch: channels · height · width. */
  readonly entries: number;
  /** How many there are. */
  readonly height: number;
  readonly width: number;
  /** The feature that each entry of each patch is, entry by entry. */
  readonly pixels: Int32Array;
}

/** Throws ERR_SHAPE where the patches do not fit the image, or fewer than the regions do. */
export function patchesOf(
  image: ImageShape,
  { kernel, stride, regions }: Pick<PatchDictionary, 'kernel' | 'stride' | 'regions'>,
  label: string,
): Patches {
  const placed = filterOptions(1, { kernel, stride, padding: 'valid' });
  const { outputs } = geometryOf(image, 1, placed, label);
  const { height, width } = outputs;
  if (both(regions)[0] > height || both(regions)[1] > width) {
    throw invalid(`at most ${height}×${width}, as there are patches,`, `regions of ${label}`, both(regions).join('×'));
  }
  const [kernelHeight, kernelWidth] = both(kernel);
  const [strideHeight, strideWidth] = both(stride);
  const entries = image.channels * kernelHeight * kernelWidth;
  const places = height * width;
  const pixels = Int32Array.from({ length: entries * places }, (_, i) => {
    const [entry, place] = [Math.floor(i / places), i % places];
    const channel = Math.floor(entry / (kernelHeight * kernelWidth));
    const y = Math.floor(place / width) * strideHeight + (Math.floor(entry / kernelWidth) % kernelHeight);
    const x = (place % width) * strideWidth + (entry % kernelWidth);
    return (channel * image.height + y) * image.width + x;
  });
  return { entries, height, width, pixels };
}

/** Of equal extent; neighbours share a row or column of patches where the patches do not divide into them. */
function regionsOf([rows, cols]: readonly [number, number], { height, width }: Patches) {
  const [kernelHeight, strideHeight] = parted(height, rows);
  const [kernelWidth, strideWidth] = parted(width, cols);
  return { height, width, kernelHeight, kernelWidth, strideHeight, strideWidth };
}

function parted(extent: number, count: number): [size: number, stride: number] {
  const size = Math.ceil(extent / count);
  return [size, count === 1 ? size : Math.max(1, Math.floor((extent - size) / (count - 1)))];
}

/** A filter meets one patch. */
function pointwise(image: ImageShape, filters: number, label: string): Convolution {
  return geometryOf(image, filters, filterOptions(filters, { kernel: 1, padding: 'valid' }), label).geometry;
}

/** Zeros where nothing is fitted yet: sizes and costs are those of the network that will be. */
function filtersOf({ filters, fitted }: PatchDictionary, entries: number): Filters {
  if (fitted === undefined) return { K: new Float64Array(filters * entries), c: new Float64Array(filters) };
  const [K, c] = fromBase64(fitted, [filters * entries, filters], 'fitted of patchDictionary');
  return { K, c };
}

interface Part extends Filters {
  readonly count: number;
}

function partsOf(filters: number, { K, c }: Filters, entries: number): Part[] {
  return Array.from({ length: Math.ceil(filters / filtersAtOnce) }, (_, i) => {
    const begin = i * filtersAtOnce;
    const end = Math.min(filters, begin + filtersAtOnce);
    return { count: end - begin, K: K.subarray(begin * entries, end * entries), c: c.subarray(begin, end) };
  });
}

function blocksOf({ count, K, c }: Part, i: number): WeightBlock[] {
  const block = (name: string, rows: number, cols: number, values: Float64Array): WeightBlock => ({
    name: `${name}${i}`,
    rows,
    cols,
    initialize: (_, weights) => weights.set(values),
  });
  return [block('K', count, K.length / count, K), block('c', 1, count, c)];
}
