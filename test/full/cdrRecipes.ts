/** @file The genuine convection–diffusion–reaction data of the paper (GNVPRO_DATA_DIR), and two recipes for them. */
import { concat, dense, gnvpro, identity, type LayerDescription, sequential, tanh } from '../../lib/index.js';

const folder = process.env.GNVPRO_DATA_DIR;
export const skip = folder === undefined ? 'GNVPRO_DATA_DIR is not set' : false;

export const seeds = [0, 1, 2];
/** Rows of the permutation of a seed. */
export const split = { training: [0, 400], validation: [400, 600], test: [600, 800] } as const;

export const dataFile = (name: string) => `${folder}/cdr/${name}.npy`;
export const permutationFile = (seed: number) => dataFile(`permutation-seed${seed}`);

function bottleneck(k: number, width: number): LayerDescription {
  return sequential([dense(k), concat([sequential([dense(width, { initializer: 'lecun' }), tanh()]), identity()])]);
}

const settings = {
  validationMetric: 'relativeError',
  initialize: 'svd',
  scaling: { inputs: 'standardize' },
  regularization: { theta: 2e-8, W: 1e-8 },
  optimizer: gnvpro({
    jacobian: 'kaufman',
    linearSolver: 'dense',
    dense: { rankTolerance: 1e-3 },
    trustRegion: { initialRadius: 2, grow: 2.5 },
  }),
  stop: { iterations: 60 },
} as const;

/** Options of train() but for the data, and the test errors that they reach: the mean over the splits, the worst. */
export const recipes = [
  {
    name: 'linear bottleneck of 5, tanh 16, dense step',
    options: { network: bottleneck(5, 16), ...settings },
    limits: { mean: 0.0015, worst: 0.0018 },
  },
  {
    name: 'linear bottleneck of 6, tanh 24, dense step',
    options: { network: bottleneck(6, 24), ...settings },
    limits: { mean: 0.0012, worst: 0.0015 },
  },
];

export const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
