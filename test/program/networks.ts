/** @file Programs of every kind for the tests of scheduling and encoding. */
import { identity, smoothRelu, tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { concat } from '../../lib/network/concat.js';
import { connector } from '../../lib/network/connector.js';
import { dense } from '../../lib/network/dense.js';
import { doubleSymmetricDense } from '../../lib/network/doubleSymmetricDense.js';
import { Network, type NetworkPrograms } from '../../lib/network/network.js';
import { normalization } from '../../lib/network/normalization.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import type { Program } from '../../lib/program/program.js';

export function programsOf({ perSample, columnsInFlight: _, ...programs }: NetworkPrograms) {
  return perSample === null ? programs : { ...programs, perSample: perSample.program };
}

export function programsOfNetworks(): { name: string; program: Program }[] {
  const networks = {
    identity: identity(),
    tanh: tanh(),
    concat: concat([identity(), dense(4, { activation: 'tanh' }), identity()]),
    bottleneck: sequential([dense(2, { bias: false }), concat([identity(), dense(7), smoothRelu()])]),
    rk4: sequential([dense(5), tanh(), residual(antisymmetricDense(), { steps: 2, nodes: 3 })]),
    leapfrog: residual(doubleSymmetricDense(2), { integrator: 'leapfrog', steps: 2 }),
    normalised: sequential([dense(4), normalization({ channels: 2 }), connector({ units: 3 })]),
    euler: residual(dense(3, { activation: 'relu' }), { integrator: 'euler', steps: 3 }),
  };
  return Object.entries(networks).flatMap(([networkName, description]) => {
    return Object.entries(programsOf(new Network(description, 3).programs)).map(([name, program]) => ({
      name: `${networkName}: ${name}`,
      program,
    }));
  });
}
