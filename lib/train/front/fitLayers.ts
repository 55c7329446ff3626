/** @file Layers that take their filters from the training inputs, fitted to them before anything is trained. */
import { takeRows } from '../../data/matrix.js';
import { type AnyMatrix, isStored } from '../../data/stored.js';
import { GnvproError } from '../../errors.js';
import { throwIfCancelled } from '../../job/cancel.js';
import { perform, type Steps } from '../../job/job.js';
import { pieces, someRows } from '../../job/rows.js';
import { dictionariesIn } from '../../network/front.js';
import { imageOf } from '../../network/image.js';
import { type FeatureShape, type LayerDescription, resolve } from '../../network/layer.js';
import { Network } from '../../network/network.js';
import {
  type PatchDictionary,
  type Patches,
  patchesOf,
  readDictionary,
  withFilters,
} from '../../network/patchDictionary.js';
import { sequential } from '../../network/sequential.js';
import { Random } from '../../random.js';
import { chosenInOrder } from './drawn.js';
import { fitDictionary, type Machine } from './fitDictionary.js';

/** The description with the filters of every dictionary that has none. Throws ERR_LAYER for one at a place without inputs of its own. */
export function* fitLayers(
  network: LayerDescription,
  inputs: AnyMatrix,
  seed: number,
  machine: Machine,
): Steps<LayerDescription> {
  if (dictionariesIn(network).every(isFitted)) return network;
  const random = new Random(seed);
  const fitted = yield* fitIn(network, [], { inputs, random, machine });
  if (dictionariesIn(fitted).every(isFitted)) return fitted;
  throw new GnvproError(
    'ERR_LAYER',
    'Expected patchDictionary within sequential and concat alone but received it within another layer.',
  );
}

function isFitted({ fitted }: LayerDescription): boolean {
  return fitted !== undefined;
}

interface Source {
  readonly inputs: AnyMatrix;
  readonly random: Random;
  readonly machine: Machine;
}

/** `before`: the layers, fitted, that the inputs go through before they come to this one. */
function* fitIn(layer: LayerDescription, before: readonly LayerDescription[], source: Source): Steps<LayerDescription> {
  if (layer.type === 'patchDictionary') return isFitted(layer) ? layer : yield* fitted(layer, before, source);
  if (layer.type !== 'sequential' && layer.type !== 'concat') return layer;
  const layers: LayerDescription[] = [];
  for (const inner of layer.layers as LayerDescription[]) {
    layers.push(yield* fitIn(inner, layer.type === 'sequential' ? [...before, ...layers] : before, source));
  }
  return { ...layer, layers };
}

function* fitted(
  layer: LayerDescription,
  before: readonly LayerDescription[],
  { inputs, random, machine }: Source,
): Steps<LayerDescription> {
  const dictionary = readDictionary(layer);
  const prefix = before.length === 0 ? null : new Network(sequential(before), inputs.shape[1]);
  if (prefix !== null && prefix.weights > 0) {
    throw new GnvproError(
      'ERR_LAYER',
      `Expected layers without weights before patchDictionary, which is fitted before the training, but they have ${prefix.weights}.`,
    );
  }
  const label = `${layer.type}(${dictionary.filters})`;
  const patches = patchesOf(imageOf(shapeBehind(before, inputs.shape[1]), label), dictionary, label);
  const P = yield* drawPatches(patches, dictionary, prefix, { inputs, random, machine });
  return withFilters(dictionary, yield* fitDictionary(P, patches.entries, dictionary, random, machine));
}

function shapeBehind(before: readonly LayerDescription[], count: number): FeatureShape {
  return before.reduce<FeatureShape>((shape, layer) => resolve(layer, shape).outputs, { count });
}

/** As many from each of the images, or as many images as there are to be patches. */
function* drawPatches(
  { entries, height, width, pixels }: Patches,
  { patches }: PatchDictionary,
  prefix: Network | null,
  { inputs, random, machine }: Source,
): Steps<Float64Array> {
  const [samples, cols] = inputs.shape;
  const count = Math.min(samples, patches);
  const chosen = chosenInOrder(samples, count, random);
  const P = new Float64Array(patches * entries);
  const places = height * width;
  const forward = prefix && machine.backend.prepare(prefix.trace());
  let at = 0;
  for (const [begin, end] of pieces(count, cols)) {
    throwIfCancelled(machine.cancelFlag);
    let images = rowsAt(inputs, chosen.subarray(begin, end));
    if (forward !== null) {
      const arrays = { samples: [images], vectors: [new Float64Array(0)] };
      [images] = (yield* perform(forward.run(end - begin, arrays, machine.threads))).samples;
    }
    const features = images.length / (end - begin);
    for (let n = 0; n < end - begin; n++) {
      const own = Math.floor(patches / count) + Number(begin + n < patches % count);
      for (let k = 0; k < own; k++, at += entries) {
        const place = random.integer(places);
        for (let j = 0; j < entries; j++) P[at + j] = images[n * features + pixels[j * places + place]];
      }
    }
  }
  return P;
}

function rowsAt(m: AnyMatrix, rows: Int32Array): Float64Array {
  return isStored(m) ? someRows(m.take(rows), 0, rows.length) : takeRows(m, rows).data;
}
