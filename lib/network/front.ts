/** @file The front of a network: its leading layers without weights, where they are dear enough to be computed only once. */
import { isPlain } from '../validate/depth.js';
import { identity } from './activation.js';
import { image } from './image.js';
import { type FeatureShape, type LayerDescription, resolve, weightCount } from './layer.js';
import { sequential } from './sequential.js';

/** A network as a fixed map of the inputs, and what is behind it. */
export interface Split {
  readonly front: LayerDescription;
  readonly rest: LayerDescription;
  /** The layers of both, one after the other. */
  readonly whole: (rest: LayerDescription) => LayerDescription;
}

/** Null where no dictionary is among the leading layers without weights. */
export function splitFront(network: LayerDescription, inputs: number): Split | null {
  const layers = layersIn(network);
  let outputs: FeatureShape = { count: inputs };
  let count = 0;
  for (; count < layers.length; count++) {
    const layer = resolve(layers[count], outputs);
    if (weightCount(layer) > 0) break;
    outputs = layer.outputs;
  }
  const [leading, behind] = [layers.slice(0, count), layers.slice(count)];
  if (!leading.some(hasDictionary)) return null;
  const images = outputs.image === undefined || behind.length === 0 ? [] : [image({ ...outputs.image, order: 'chw' })];
  return {
    front: sequential(leading),
    rest: behind.length === 0 ? identity() : sequential([...images, ...behind]),
    whole: (rest) => sequential([...leading, ...(behind.length === 0 ? [] : layersIn(rest).slice(images.length))]),
  };
}

function layersIn(network: LayerDescription): LayerDescription[] {
  if (network.type !== 'sequential') return [network];
  return (network.layers as LayerDescription[]).flatMap(layersIn);
}

/** Whether a layer takes its filters from the data. */
export function hasDictionary(description: unknown): boolean {
  return dictionariesIn(description).length > 0;
}

/** All patch dictionaries, wherever they are. */
export function dictionariesIn(description: unknown): LayerDescription[] {
  if (Array.isArray(description)) return description.flatMap(dictionariesIn);
  if (!isPlain(description)) return [];
  const layer = description as Partial<LayerDescription>;
  if (layer.type === 'patchDictionary') return [layer as LayerDescription];
  return Object.values(layer).flatMap(dictionariesIn);
}

/** The description without the filters that a training has put there: what is asked for. */
export function withoutFilters(description: LayerDescription): LayerDescription {
  return stripped(description) as LayerDescription;
}

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped);
  if (!isPlain(value)) return value;
  const isDictionary = (value as Partial<LayerDescription>).type === 'patchDictionary';
  const entries = Object.entries(value as object).filter(([name]) => !(isDictionary && name === 'fitted'));
  return Object.fromEntries(entries.map(([name, entry]) => [name, stripped(entry)]));
}
