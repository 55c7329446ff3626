/** @file Several layers on the same input, their outputs side by side. */
import { join } from '../linalg/vector.js';
import { checkLayers } from './checkLayers.js';
import {
  applyLayer,
  type FeatureShape,
  initialWeights,
  type LayerDescription,
  registerLayer,
  resolve,
} from './layer.js';
import { namedBlocks, prolongateEach } from './sequential.js';

/** N × features → N × Σ outputs; images of one height and width become the channels of one image. With `identity()` among the layers the input itself is passed on. */
export function concat(layers: readonly LayerDescription[]): LayerDescription {
  checkLayers(layers, 'concat');
  return { type: 'concat', layers };
}

registerLayer('concat', (given, inputs) => {
  const description = concat(given.layers as LayerDescription[]);
  const descriptions = description.layers as LayerDescription[];
  const layers = descriptions.map((inner) => resolve(inner, inputs));
  return {
    label: 'concat',
    outputs: joined(layers.map(({ outputs }) => outputs)),
    blocks: layers.flatMap((layer, i) => namedBlocks(layer, i)),
    apply: (b, x, weights) => {
      let first = 0;
      const parts = layers.map((layer, i) => {
        first += layer.blocks.length;
        return applyLayer(b, layer, x, weights.slice(first - layer.blocks.length, first), `${i}: `);
      });
      return b.concat(parts);
    },
    initialize: (random) => join(...layers.map((layer) => initialWeights(layer, random))),
    prolongate: (weights) => {
      const parts = prolongateEach(layers, descriptions, weights);
      return { network: { ...description, layers: parts.networks }, weights: parts.weights };
    },
  };
});

function joined(parts: readonly FeatureShape[]): FeatureShape {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const [first] = parts;
  const fits = ({ image }: FeatureShape) =>
    image?.height === first.image?.height && image?.width === first.image?.width;
  if (first.image === undefined || !parts.every(fits)) return { count };
  const { height, width } = first.image;
  return { count, image: { height, width, channels: count / (height * width) } };
}
