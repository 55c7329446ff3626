/** @file The fixed front of a network: fitted to the inputs, and computed once for all of a training. */
import { sharedArray } from '../../data/buffers.js';
import type { Matrix } from '../../data/matrix.js';
import type { AnyMatrix } from '../../data/stored.js';
import { throwIfCancelled } from '../../job/cancel.js';
import { perform, type Steps } from '../../job/job.js';
import { pieces, someRows } from '../../job/rows.js';
import { splitFront } from '../../network/front.js';
import type { LayerDescription } from '../../network/layer.js';
import { Network } from '../../network/network.js';
import type { Program } from '../../program/program.js';
import type { Machine } from './fitDictionary.js';
import { fitLayers } from './fitLayers.js';

/** What a training works on in place of its network and inputs. */
export interface Front {
  /** The layers that are trained, on the features of the front. */
  readonly network: Network;
  /** N × features of the front, in memory; the inputs themselves where there is no front. */
  featuresOf(inputs: AnyMatrix, machine: Machine): Steps<AnyMatrix>;
  /** The network of a model, on the inputs, and its program. */
  whole(network: Network): { readonly description: LayerDescription; readonly forward: Program };
}

/** `inputs`: scaled, of the training. */
export function* fitFront(network: Network, inputs: AnyMatrix, seed: number, machine: Machine): Steps<Front> {
  const description = yield* fitLayers(network.description, inputs, seed, machine);
  const split = splitFront(description, network.inputs);
  if (split === null) return withoutFront(description === network.description ? network : remade(network, description));
  const front = remade(network, split.front);
  return {
    network: new Network(split.rest, front.features),
    featuresOf: (some, machine) => featuresOf(front, some, machine),
    whole: ({ description }) => {
      const whole = remade(network, split.whole(description));
      return { description: whole.description, forward: whole.trace() };
    },
  };
}

function remade({ inputs }: Network, description: LayerDescription): Network {
  return new Network(description, inputs);
}

function withoutFront(network: Network): Front {
  return {
    network,
    // biome-ignore lint/correctness/useYield: there is no work to do
    *featuresOf(inputs) {
      return inputs;
    },
    whole: ({ description, programs: { forward } }) => ({ description, forward }),
  };
}

function* featuresOf(front: Network, inputs: AnyMatrix, { backend, threads, cancelFlag }: Machine): Steps<Matrix> {
  const [rows, cols] = inputs.shape;
  const { features } = front;
  const data = sharedArray(rows * features);
  const runner = backend.prepare(front.trace());
  for (const [begin, end] of pieces(rows, Math.max(cols, features))) {
    throwIfCancelled(cancelFlag);
    const arrays = { samples: [someRows(inputs, begin, end)], vectors: [new Float64Array(0)] };
    data.set((yield* perform(runner.run(end - begin, arrays, threads))).samples[0], begin * features);
  }
  return { data, shape: [rows, features] };
}
