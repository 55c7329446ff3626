/** @file Every kind of network through a whole training: levels, both solvers, and a saved model. */
import t from 'tap';
import {
  affineScaling,
  connector,
  dense,
  doubleDense,
  doubleHamiltonian,
  doubleSymmetricDense,
  gnvpro,
  hamiltonian,
  type LayerDescription,
  Model,
  normalization,
  residual,
  sequential,
} from '../../lib/index.js';
import { trainSync } from '../../lib/train/train.js';
import { options, smooth } from './problem.js';

const parabolic = doubleSymmetricDense(5, { initializer: 'lecun' });
const half = doubleSymmetricDense(3, { initializer: 'lecun', outputBias: true });
const networks: Record<string, LayerDescription> = {
  'Euler, double symmetric': residual(parabolic, { integrator: 'euler', steps: 2 }),
  leapfrog: residual(parabolic, { integrator: 'leapfrog', steps: 2 }),
  'on a basis': residual(parabolic, {
    steps: 1,
    basis: [
      [1, 0.5],
      [0, 1],
    ],
  }),
  Hamiltonian: hamiltonian({ initializer: 'lecun', steps: 2 }),
  'double Hamiltonian': doubleHamiltonian(half, half, { steps: 2 }),
  'double dense': doubleDense(5, 4, { initializer: 'lecun', outputBias: [[1, 1, 1, 1]] }),
  normalised: sequential([normalization({ epsilon: 1 }), affineScaling()]),
};

for (const [name, inner] of Object.entries(networks)) {
  t.test(name, async (t) => {
    const opening = dense(4, { activation: 'tanh', initializer: 'lecun', outputBias: true });
    const network = sequential([opening, inner, connector({ units: 6 })]);
    for (const linearSolver of ['dense', 'krylov'] as const) {
      const optimizer = gnvpro({ linearSolver });
      const more = { network, optimizer, levels: 2, stop: { iterations: 20 }, backend: 'native' } as const;
      const { model, report } = trainSync(options(more));
      const [first, last] = [report.iterations[0], report.iterations[report.iterations.length - 1]];
      t.ok(last.objective < 0.5 * first.objective, `${linearSolver}: ${first.objective} → ${last.objective}`);
      t.ok(report.levels.length === 2 && report.levels.every(({ stop }) => stop.status === 'iterationLimit'));
      const { inputs } = smooth(5, 2);
      const copy = Model.fromBytes(model.toBytes());
      t.same(copy.predictSync(inputs).data, model.predictSync(inputs).data, 'the saved model predicts the same');
    }
  });
}
