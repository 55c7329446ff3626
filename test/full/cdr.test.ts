/** @file Trainings on the genuine convection–diffusion–reaction data of the paper (GNVPRO_DATA_DIR), three splits. */
import t from 'tap';
import { takeRows } from '../../lib/data/matrix.js';
import {
  antisymmetricDense,
  concat,
  dense,
  gnvpro,
  identity,
  type LayerDescription,
  readMatrix,
  residual,
  sequential,
  type TrainOptions,
  tanh,
  train,
} from '../../lib/index.js';

const folder = process.env.GNVPRO_DATA_DIR;
const skip = folder === undefined ? 'GNVPRO_DATA_DIR is not set' : false;

const read = (name: string) => readMatrix(`${folder}/cdr/${name}.npy`);

async function split(seed: number) {
  const [inputs, targets, order] = await Promise.all(['inputs', 'targets', `permutation-seed${seed}`].map(read));
  const part = (from: number, to: number) => {
    const rows = order.data.slice(from, to);
    return { inputs: takeRows(inputs, rows), targets: takeRows(targets, rows) };
  };
  return { training: part(0, 400), validation: part(400, 600), test: part(600, 800) };
}

async function testErrors(
  options: Omit<TrainOptions, 'inputs' | 'targets'>,
  withValidation: boolean,
): Promise<number[]> {
  const errors: number[] = [];
  for (const seed of [0, 1, 2]) {
    const { training, validation, test } = await split(seed);
    const { model } = await train({ ...training, ...(withValidation ? { validation } : {}), seed, ...options });
    errors.push((await model.evaluate(test.inputs, test.targets)).relativeError.mean);
    model.dispose();
  }
  return errors;
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function bottleneck(k: number, width: number): LayerDescription {
  return sequential([dense(k), concat([sequential([dense(width, { initializer: 'lecun' }), tanh()]), identity()])]);
}

const recipe = {
  validationMetric: 'relativeError',
  initialize: 'svd',
  regularization: { theta: 2e-8, W: 1e-8 },
  optimizer: gnvpro({
    jacobian: 'kaufman',
    linearSolver: 'dense',
    dense: { rankTolerance: 1e-3 },
    trustRegion: { initialRadius: 2, grow: 2.5 },
  }),
} as const;

t.test('linear bottleneck of 5, tanh 16, dense step', { skip }, async (t) => {
  const errors = await testErrors({ network: bottleneck(5, 16), ...recipe, stop: { iterations: 60 } }, true);
  t.ok(mean(errors) <= 0.0015, `mean test error ${mean(errors)}`);
  t.ok(Math.max(...errors) <= 0.0018, `worst split ${Math.max(...errors)}`);
});

t.test('linear bottleneck of 6, tanh 24, dense step', { skip }, async (t) => {
  const errors = await testErrors({ network: bottleneck(6, 24), ...recipe, stop: { iterations: 60 } }, true);
  t.ok(mean(errors) <= 0.0012, `mean test error ${mean(errors)}`);
});

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
