/** @file The methods that are compared, and the learning rates that first-order methods may choose from. */
import { adam } from '../optimizers/adam.js';
import { gaussNewton } from '../optimizers/gaussNewton.js';
import { gnvpro } from '../optimizers/gnvpro.js';
import type { InitialW } from '../optimizers/initialW.js';
import { lbfgs } from '../optimizers/lbfgs.js';
import type { GnvproDescription } from '../optimizers/optimizer.js';
import { sequence } from '../optimizers/read.js';
import { sgd } from '../optimizers/sgd.js';
import { slimTrain } from '../optimizers/slimTrain.js';
import type { MethodEntry } from './experiment.js';

export interface MethodSettings {
  readonly jacobian: GnvproDescription['jacobian'];
  /** Vectors of the plain Krylov space, as the paper sets them. */
  readonly maxVectors: number;
  readonly batchSize: number;
  readonly leastSquares: boolean;
  /** Whether the assembled matrix is worth a row of its own. */
  readonly dense: boolean;
  /** Starts of W for the methods that move it: with a small α_W the projection at a random θ may be a bad one. */
  readonly initialW?: readonly InitialW[];
}

const learningRates = [1e-3, 3e-3, 1e-2, 3e-2, 1e-1] as const;
/** Its steps are not divided by the size of the gradient. */
const sgdRates = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1] as const;

export function methodsFor(settings: MethodSettings): Record<string, MethodEntry> {
  const { jacobian, maxVectors, batchSize, leastSquares, dense, initialW = ['projected', 'random'] } = settings;
  const krylov = { linearSolver: 'krylov', jacobian } as const;
  const preconditioned = gnvpro(krylov);
  const first = adam({ batchSize, learningRate: 1e-2 });
  const methods: Record<string, MethodEntry> = {
    gnvpro: { label: 'GNvpro, preconditioned', optimizer: preconditioned },
    'gnvpro-plain': {
      label: `GNvpro, plain, ${maxVectors} vectors`,
      optimizer: gnvpro({ ...krylov, preconditioner: 'none', krylov: { maxVectors } }),
    },
    'gnvpro-dense': { label: 'GNvpro, dense', optimizer: gnvpro({ linearSolver: 'dense', jacobian }) },
    lbfgs: { label: 'L-BFGS, reduced', optimizer: lbfgs() },
    'gauss-newton': { label: 'Gauss–Newton, joint', optimizer: gaussNewton(), initialW },
    'lbfgs-joint': { label: 'L-BFGS, joint', optimizer: lbfgs({ objective: 'joint' }), initialW },
    sgd: { label: 'SGD, Nesterov', optimizer: sgd({ batchSize }), learningRates: sgdRates, initialW },
    adam: { label: 'ADAM', optimizer: adam({ batchSize }), learningRates, initialW },
    'slim-train': { label: 'slimTrain', optimizer: slimTrain({ batchSize }), learningRates },
    'adam-gnvpro': {
      label: 'ADAM, then GNvpro',
      optimizer: sequence([{ optimizer: first, stop: { workUnits: 20 } }, { optimizer: preconditioned }]),
    },
    'gnvpro-joint': {
      label: 'GNvpro, then joint L-BFGS',
      optimizer: sequence([
        { optimizer: preconditioned, stop: { workUnits: 100 } },
        { optimizer: lbfgs({ objective: 'joint' }) },
      ]),
    },
  };
  if (!leastSquares) delete methods['slim-train'];
  if (!dense) delete methods['gnvpro-dense'];
  return methods;
}
