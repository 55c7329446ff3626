/** @file Several models as one whose outputs are the means of theirs. */
import { lastLayerOfMean } from '../model/lastLayerOfMean.js';
import type { ModelParts } from '../model/parts.js';
import { joinPosteriors } from '../model/posterior.js';
import { concat } from '../network/concat.js';
import { Network } from '../network/network.js';

/** The models share data, scaling and shape of their networks: their features stand side by side. */
export function average(members: readonly ModelParts[]): ModelParts {
  const [first] = members;
  const network = new Network(concat(members.map((member) => member.network)), first.forward.sampleInputs[0].cols);
  const theta = new Float64Array(network.weights);
  let offset = 0;
  for (const member of members) {
    theta.set(member.theta, offset);
    offset += member.theta.length;
  }
  return {
    ...first,
    network: network.description,
    forward: network.programs.forward,
    theta,
    W: lastLayerOfMean(
      members.map(({ W }) => W),
      first.outputs,
      first.bias,
    ),
    posterior: joinPosteriors(members.map(({ posterior = null }) => posterior)),
  };
}
