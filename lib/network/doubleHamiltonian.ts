/** @file The double Hamiltonian network: dY/dt = first(Z), dZ/dt = −second(Y), by the Verlet scheme. */

import { GnvproError } from '../errors.js';
import { join } from '../linalg/vector.js';
import { columns } from '../program/primitives/columns.js';
import { checkOptions } from '../validate/check.js';
import { checkLayer, resolveSameWidth } from './checkLayers.js';
import { type FlowOptions, flowLayer, flowOptionNames, type TimeGrids, timeGrids } from './flow.js';
import { steps } from './integrators.js';
import { initialWeights, type LayerDescription, registerLayer } from './layer.js';
import { namedBlocks } from './sequential.js';

interface DoubleHamiltonianDescription extends LayerDescription, TimeGrids {
  readonly first: LayerDescription;
  readonly second: LayerDescription;
}

/**
 * N × n → N × n, n even: Y is the first half of the features, Z the second. Y ← Y + h·first(Z), Z ← Z − h·second(Y).
 * θ holds the weights of `first` and of `second`, node after node.
 */
export function doubleHamiltonian(
  first: LayerDescription,
  second: LayerDescription,
  options: FlowOptions = {},
): LayerDescription {
  checkLayer(first, 'first');
  checkLayer(second, 'second');
  checkOptions(options, flowOptionNames, 'doubleHamiltonian');
  return { type: 'doubleHamiltonian', first, second, ...timeGrids(options, false) };
}

registerLayer('doubleHamiltonian', ({ type: _, first: one, second: two, ...options }, inputs) => {
  const given = doubleHamiltonian(one as LayerDescription, two as LayerDescription, options);
  const description = given as DoubleHamiltonianDescription;
  const features = inputs.count;
  if (features % 2 !== 0) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Layer doubleHamiltonian: expected an even number of features but received ${features}.`,
    );
  }
  const half = features / 2;
  const layers = [description.first, description.second].map((inner) =>
    resolveSameWidth(inner, { count: half }, 'doubleHamiltonian'),
  );
  const [first, second] = layers;
  return flowLayer(
    {
      label: `doubleHamiltonian(${first.label}, ${second.label})`,
      state: inputs,
      weightsAtEnd: false,
      node: {
        blocks: layers.flatMap((layer, i) => namedBlocks(layer, i)),
        initialize: (random) => join(...layers.map((layer) => initialWeights(layer, random))),
      },
      integrate: (b, x, times, weightsAt) => {
        let y = columns(b, x, 0, half);
        let z = columns(b, x, half, half);
        for (const [from, to] of steps(times)) {
          const weights = weightsAt(from);
          y = b.add(y, b.scale(first.apply(b, z, weights.slice(0, first.blocks.length)), to - from));
          z = b.add(z, b.scale(second.apply(b, y, weights.slice(first.blocks.length)), from - to));
        }
        return b.concat([y, z]);
      },
    },
    description,
  );
});
