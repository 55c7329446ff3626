/** @file Features that are images: where a network is told so, and where it stops to matter. */
import { GnvproError } from '../errors.js';
import { samples } from '../program/shape.js';
import { checkInteger, checkOneOf, checkOptions, invalid } from '../validate/check.js';
import { isPlain, isTooDeep } from '../validate/depth.js';
import { checkWidth, type FeatureShape, type LayerDescription, registerLayer } from './layer.js';

export type ImageShape = NonNullable<FeatureShape['image']>;

/** How the numbers of an image follow one another: `hwc` pixel by pixel, `chw` channel by channel. */
export const imageOrders = ['hwc', 'chw'] as const;

export interface ImageOptions {
  height: number;
  width: number;
  /** Default 1. */
  channels?: number;
  /** Of the inputs, rows of pixels in both (default `hwc`, as files of images have it; of one channel they are the same). */
  order?: (typeof imageOrders)[number];
}

/** N × height·width·channels → the same, as images for the layers behind it; no weights. */
export function image(options: ImageOptions): LayerDescription {
  checkOptions(options, ['height', 'width', 'channels', 'order'], 'image');
  const { height, width, channels = 1, order = 'hwc' } = options;
  for (const [name, extent] of Object.entries({ height, width, channels })) checkWidth(extent, name);
  checkOneOf(order, 'order', imageOrders);
  return { type: 'image', height, width, channels, order };
}

/** Images → the same numbers as plain features, channel by channel; no weights. */
export function flatten(): LayerDescription {
  return { type: 'flatten' };
}

registerLayer('image', ({ type: _, ...options }, { count }) => {
  const { height, width, channels, order } = image(
    options as unknown as ImageOptions,
  ) as unknown as Required<ImageOptions>;
  const pixels = height * width;
  if (count !== pixels * channels) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Layer image: expected ${height}·${width}·${channels} = ${pixels * channels} features but received ${count}.`,
    );
  }
  return {
    label: 'image',
    outputs: { count, image: { height, width, channels } },
    blocks: [],
    apply: (b, x) => {
      if (order === 'chw') return x;
      const planar = Int32Array.from({ length: count }, (_, i) => (i % pixels) * channels + Math.floor(i / pixels));
      return b.gather(x, planar, samples(count));
    },
  };
});

registerLayer('flatten', ({ type: _, ...options }, { count }) => {
  checkOptions(options, [], 'flatten');
  return { label: 'flatten', outputs: { count }, blocks: [], apply: (_, x) => x };
});

/** Whether a layer of the network reads the inputs as pixels, so that they must not be mixed before. */
export function takesImages(description: unknown): boolean {
  return !isTooDeep(description) && hasImage(description);
}

function hasImage(description: unknown): boolean {
  if (Array.isArray(description)) return description.some(hasImage);
  if (!isPlain(description)) return false;
  return (description as Partial<LayerDescription>).type === 'image' || Object.values(description).some(hasImage);
}

/** The images that layer `label` needs. Throws ERR_SHAPE for plain features. */
export function imageOf({ count, image }: FeatureShape, label: string): ImageShape {
  if (image !== undefined) return image;
  throw new GnvproError(
    'ERR_SHAPE',
    `Layer ${label}: expected images but received ${count} plain features. ` +
      'Begin the network with image({ height, width, channels }), and keep layers that mix all features behind this one.',
  );
}

export function imageFeatures({ height, width, channels }: ImageShape): FeatureShape {
  return { count: height * width * channels, image: { height, width, channels } };
}

/** A number for both directions, or one for the vertical and one for the horizontal. */
export type Extent = number | readonly [vertical: number, horizontal: number];

export function checkExtent(value: unknown, name: string, min: number): void {
  const extents = Array.isArray(value) ? value : [value];
  if (extents.length > 2 || (Array.isArray(value) && extents.length < 2)) {
    throw invalid('an integer, or one for the vertical and one for the horizontal,', name, value);
  }
  for (const extent of extents) checkInteger(extent, name, { min });
}

export function both(extent: Extent): readonly [vertical: number, horizontal: number] {
  return typeof extent === 'number' ? [extent, extent] : extent;
}
