/** @file The checks that composite layers share. */
import { GnvproError } from '../errors.js';
import { type FeatureShape, type Layer, type LayerDescription, resolve } from './layer.js';

export function checkLayers(layers: readonly LayerDescription[], name: string): void {
  if (!Array.isArray(layers) || layers.length === 0) {
    throw new GnvproError(
      'ERR_LAYER',
      `Expected a non-empty array of layers for ${name} but received ${show(layers)}.`,
    );
  }
  layers.forEach((layer, i) => {
    checkLayer(layer, `${name}, entry ${i}`);
  });
}

export function checkLayer(layer: LayerDescription, name: string): void {
  if (layer !== null && typeof layer === 'object' && typeof layer.type === 'string') return;
  const hint = typeof layer === 'function' ? ' Call it: write tanh() instead of tanh.' : '';
  throw new GnvproError('ERR_LAYER', `Expected a layer for ${name} but received ${show(layer)}.${hint}`);
}

/** A layer inside `owner` that must give as many features as it takes. Throws ERR_SHAPE. */
export function resolveSameWidth(description: LayerDescription, inputs: FeatureShape, owner: string): Layer {
  const layer = resolve(description, inputs);
  const { outputs } = layer;
  const [before, after] = [inputs.image, outputs.image].map((image) => image && showImage(image));
  const areOtherImages = before !== undefined && after !== undefined && before !== after;
  if (outputs.count === inputs.count && !areOtherImages) return layer;
  const received = areOtherImages
    ? `images of ${before} and of ${after}`
    : `${inputs.count} inputs, ${outputs.count} outputs`;
  throw new GnvproError(
    'ERR_SHAPE',
    `Layer ${owner}(${layer.label}): expected as many outputs as inputs but received ${received}.`,
  );
}

function showImage({ height, width, channels }: NonNullable<FeatureShape['image']>): string {
  return `${height}×${width}×${channels}`;
}

function show(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name}`;
  return Array.isArray(value) ? `an array of ${value.length}` : `${JSON.stringify(value) ?? String(value)}`;
}
