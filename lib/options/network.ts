/** @file The network: given, or that of the model to go on from. */
import { scaledColumns } from '../data/scaling.js';
import { GnvproError } from '../errors.js';
import type { AnyMetrics } from '../loss/meaning.js';
import type { Model } from '../model/model.js';
import { checkLayer } from '../network/checkLayers.js';
import { copyDescription, type LayerDescription } from '../network/layer.js';
import { Network } from '../network/network.js';
import { serialize } from '../program/serialize.js';
import { invalid } from '../validate/check.js';
import { ref } from '../validate/schema.js';
import { data } from './data.js';
import { loss } from './loss.js';
import { givenModel } from './model.js';
import { option, type Reading } from './option.js';
import { scaling } from './scaling.js';

export const network = option({
  name: 'network',
  help: 'Feature extractor; the affine last layer is added and projected out. Not needed with initial.',
  schema: ref('layer'),
  read(description, reading) {
    const initial = reading.of(givenModel);
    if (initial === undefined) checkLayer(description as LayerDescription, 'network');
    else checkFit(initial, description, reading);
    const layers = initial === undefined ? copyDescription(description as LayerDescription) : initial.network;
    const features = scaledColumns(reading.of(scaling).scaling.inputs, reading.of(data).columns.inputs);
    return { network: new Network(layers, features) };
  },
  used: ({ network }) => network.description,
  decides: ({ network }) => ({ layers: network.description, program: serialize(network.programs.forward) }),
});

function checkFit(initial: Model<AnyMetrics>, network: LayerDescription | undefined, reading: Reading): void {
  if (network !== undefined && JSON.stringify(network) !== JSON.stringify(initial.network)) {
    throw new GnvproError(
      'ERR_OPTION',
      'Expected either network or initial, or the same network in both; they differ.',
    );
  }
  const asked = reading.of(loss).loss.name;
  if (initial.loss !== asked) throw invalid(`"${initial.loss}", as initial has,`, 'loss', asked);
  const { inputs, targets } = reading.of(data).columns;
  if (initial.inputs === inputs && initial.outputs === targets) return;
  throw new GnvproError(
    'ERR_SHAPE',
    `Expected data of ${initial.inputs} inputs and ${initial.outputs} targets, as initial has, but received ${inputs} and ${targets}.`,
  );
}
