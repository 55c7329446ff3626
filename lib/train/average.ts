/** @file Several models as one whose outputs are the means of theirs. */
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
    W: averageOfW(members, first),
    posterior: joinPosteriors(members.map(({ posterior = null }) => posterior)),
  };
}

/** outputs × (features of the first, of the second, …, bias), all divided by their number. */
function averageOfW(members: readonly ModelParts[], { outputs, bias, W }: ModelParts): Float64Array {
  const columns = W.length / outputs;
  const features = columns - Number(bias);
  const all = features * members.length + Number(bias);
  const result = new Float64Array(outputs * all);
  members.forEach((member, k) => {
    for (let o = 0; o < outputs; o++) {
      for (let j = 0; j < features; j++) {
        result[o * all + k * features + j] = member.W[o * columns + j] / members.length;
      }
      if (bias) result[o * all + all - 1] += member.W[o * columns + features] / members.length;
    }
  });
  return result;
}
