/** @file Programs of every kind for the tests of scheduling and encoding. */
import { identity, smoothRelu, tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { concat } from '../../lib/network/concat.js';
import { dense } from '../../lib/network/dense.js';
import { Network } from '../../lib/network/network.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import type { Program } from '../../lib/program/program.js';

export function programsOfNetworks(): { name: string; program: Program }[] {
  const networks = {
    identity: identity(),
    tanh: tanh(),
    concat: concat([identity(), dense(4, { activation: 'tanh' }), identity()]),
    bottleneck: sequential([dense(2, { bias: false }), concat([identity(), dense(7), smoothRelu()])]),
    rk4: sequential([dense(5), tanh(), residual(antisymmetricDense(), { steps: 2, nodes: 3 })]),
    euler: residual(dense(3, { activation: 'relu' }), { integrator: 'euler', steps: 3 }),
  };
  return Object.entries(networks).flatMap(([networkName, description]) => {
    const { perSample, ...programs } = new Network(description, 3).programs;
    const all = perSample === null ? programs : { ...programs, perSample: perSample.program };
    return Object.entries(all).map(([name, program]) => ({ name: `${networkName}: ${name}`, program }));
  });
}
