/** @file Trainings on the genuine convection–diffusion–reaction data of the paper (GNVPRO_DATA_DIR), three splits. */
import t from 'tap';
import { takeRows } from '../../lib/data/matrix.js';
import {
  antisymmetricDense,
  dense,
  gnvpro,
  readMatrix,
  residual,
  sequential,
  type TrainOptions,
  tanh,
  train,
} from '../../lib/index.js';
import { dataFile, mean, permutationFile, recipes, seeds, skip, split } from './cdrRecipes.js';

async function parts(seed: number) {
  const files = [dataFile('inputs'), dataFile('targets'), permutationFile(seed)];
  const [inputs, targets, order] = await Promise.all(files.map((file) => readMatrix(file)));
  const part = ([from, to]: readonly [number, number]) => {
    const rows = order.data.slice(from, to);
    return { inputs: takeRows(inputs, rows), targets: takeRows(targets, rows) };
  };
  return { training: part(split.training), validation: part(split.validation), test: part(split.test) };
}

async function testErrors(
  options: Omit<TrainOptions, 'inputs' | 'targets'>,
  withValidation: boolean,
): Promise<number[]> {
  const errors: number[] = [];
  for (const seed of seeds) {
    const { training, validation, test } = await parts(seed);
    const { model } = await train({ ...training, ...(withValidation ? { validation } : {}), seed, ...options });
    errors.push((await model.evaluate(test.inputs, test.targets)).relativeError.mean);
    model.dispose();
  }
  return errors;
}

for (const { name, options, limits } of recipes) {
  t.test(name, { skip }, async (t) => {
    const errors = await testErrors(options, true);
    t.ok(mean(errors) <= limits.mean, `mean test error ${mean(errors)}`);
    t.ok(Math.max(...errors) <= limits.worst, `worst split ${Math.max(...errors)}`);
  });
}

t.test('the network and settings of the paper, from a random start', { skip }, async (t) => {
  const block = residual(antisymmetricDense(), { integrator: 'rk4', time: 1, steps: 1, nodes: 2, refine: 'nodes' });
  const options = {
    network: sequential([dense(8, { bias: false }), tanh(), block]),
    scaling: { inputs: 'none', targets: 'none' },
    optimizer: gnvpro({ jacobian: 'kaufman', linearSolver: 'krylov', preconditioner: 'none' }),
    regularization: { theta: 1e-6, W: 1e-6 },
    levels: 3,
    stop: { workUnits: 200, gradient: 0, objective: 0 },
  } as const;
  const errors = await testErrors(options, false);
  t.ok(mean(errors) <= 0.01, `mean test error ${mean(errors)}; the code of the authors reaches .0048 from its start`);
});
