/** @file Layers one after the other. */
import { join } from '../linalg/vector.js';
import { checkLayers } from './checkLayers.js';
import {
  applyLayer,
  initialWeights,
  type Layer,
  type LayerDescription,
  registerLayer,
  resolve,
  weightCount,
} from './layer.js';

/** Applies `layers` in order; θ holds their weights in order. */
export function sequential(layers: readonly LayerDescription[]): LayerDescription {
  checkLayers(layers, 'sequential');
  return { type: 'sequential', layers };
}

registerLayer('sequential', (given, inputs) => {
  const description = sequential(given.layers as LayerDescription[]);
  const descriptions = description.layers as LayerDescription[];
  const layers: Layer[] = [];
  let outputs = inputs;
  for (const inner of descriptions) {
    layers.push(resolve(inner, outputs));
    outputs = layers[layers.length - 1].outputs;
  }
  return {
    label: 'sequential',
    outputs,
    blocks: layers.flatMap((layer, i) => namedBlocks(layer, i)),
    apply: (b, x, weights) => {
      let y = x;
      let first = 0;
      layers.forEach((layer, i) => {
        y = applyLayer(b, layer, y, weights.slice(first, first + layer.blocks.length), `${i}: `);
        first += layer.blocks.length;
      });
      return y;
    },
    initialize: (random) => join(...layers.map((layer) => initialWeights(layer, random))),
    prolongate: (weights) => {
      const parts = prolongateEach(layers, descriptions, weights);
      return { network: { ...description, layers: parts.networks }, weights: parts.weights };
    },
  };
});

/** The blocks of layer i of a composite, its index before their names. */
export function namedBlocks(layer: Layer, i: number) {
  return layer.blocks.map((block) => ({ ...block, name: `${i}.${block.name}` }));
}

/** Prolongates the parts of a composite; those without depth stay as they are. */
export function prolongateEach(
  layers: readonly Layer[],
  descriptions: readonly LayerDescription[],
  weights: Float64Array,
) {
  let offset = 0;
  const parts = layers.map((layer, i) => {
    const own = weights.subarray(offset, offset + weightCount(layer));
    offset += own.length;
    return layer.prolongate?.(own) ?? { network: descriptions[i], weights: own };
  });
  return { networks: parts.map((part) => part.network), weights: join(...parts.map((part) => part.weights)) };
}
