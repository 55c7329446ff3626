/** @file Residuals that are computed again, in products and by chunks, give the same bits as stored ones. */
import t from 'tap';
import {
  type Backend,
  type Jacobian,
  jacobians,
  type Precision,
  precisions,
  type StepOptions,
} from '../../lib/backend/backend.js';
import type { LossDefinition } from '../../lib/backend/loss.js';
import { selectBackend } from '../../lib/backend/select.js';
import { noCancel } from '../../lib/job/cancel.js';
import { crossEntropy } from '../../lib/loss/crossEntropy.js';
import { leastSquares } from '../../lib/loss/leastSquares.js';
import { smoothRelu, tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { concat } from '../../lib/network/concat.js';
import { dense } from '../../lib/network/dense.js';
import { doubleSymmetricDense } from '../../lib/network/doubleSymmetricDense.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { Network } from '../../lib/network/network.js';
import { normalization } from '../../lib/network/normalization.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import type { Residuals } from '../../lib/program/linearize.js';
import { Random } from '../../lib/random.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { normals } from '../support/numbers.js';
import { onBackends } from '../support/reference.js';
import { Walk } from '../support/walk.js';

const d = 3;
const targetColumns = 2;

/** The js backend computes all samples at once, as it does with stored residuals. */
const sampleCounts = { native: [7, 1530], js: [7] };

const networks: Record<string, LayerDescription> = {
  dense: sequential([dense(5), tanh(), dense(4), tanh()]),
  rk4: sequential([dense(5), tanh(), residual(antisymmetricDense(), { steps: 2, nodes: 3 })]),
  leapfrog: sequential([dense(4), residual(doubleSymmetricDense(6), { integrator: 'leapfrog', steps: 3 })]),
  normalised: sequential([dense(4), normalization({ channels: 2 }), smoothRelu(), dense(3), tanh()]),
  wide: sequential([dense(37), tanh(), dense(4), tanh()]),
  bottleneck: sequential([dense(2, { bias: false }), concat([tanh(), dense(7, { activation: 'tanh' })])]),
};

const steps: Record<string, StepOptions> = {
  krylov: { solver: 'krylov', maxVectors: 5, tolerance: 0, radius: 0.5, multiplier: 0, rankTolerance: 0 },
  dense: { solver: 'dense', maxVectors: 5, tolerance: 0, radius: 0.5, multiplier: 0, rankTolerance: 0 },
};

function problem(network: Network, samples: number, jacobian: Jacobian, loss: LossDefinition, precision: Precision) {
  const random = new Random(5);
  const doubles = normals(random, samples * d);
  const inputs = precision === 'float32' ? Float32Array.from(doubles) : doubles;
  const targets =
    loss === crossEntropy
      ? Float64Array.from({ length: samples * targetColumns }, (_, i) => [1, 0, 0.25, 0.75][i % 4])
      : normals(random, samples * targetColumns);
  return {
    ...{ weights: network.weights, inputs, targets, samples, targetColumns, loss, jacobian },
    ...{ sampleWeights: null, innerTolerance: 1e-8, bias: true, alphaW: 1e-3, threads: 2 },
    regularizer: tikhonov(network.weights, 1e-3),
    cancelFlag: noCancel(),
  };
}

/** Everything that is computed at two points. */
function numbersOf(backend: Backend, definition: ReturnType<typeof problem>, network: Network, kind: Residuals) {
  const walk = Walk.on(backend, { ...definition, programs: network.programsWith(kind) });
  const theta = network.initialWeights(3);
  const first = walk.moveTo(theta);
  const gradient = walk.gradient();
  const made = Object.entries(steps)
    .filter(([name]) => name === 'krylov' || (network.programs.perSample !== null && network.weights < 300))
    .map(([, options]) => walk.step(options).step);
  const second = walk.moveTo(theta.map((x, i) => x + made[0][i]));
  walk.objective.dispose();
  return [first.objective, ...gradient, ...made.flatMap((step) => [...step]), second.objective];
}

for (const [name, description] of Object.entries(networks)) {
  t.test(name, (t) =>
    onBackends(t, async (t, backend) => {
      for (const samples of sampleCounts[backend.name]) {
        for (const jacobian of jacobians) {
          for (const loss of [leastSquares, crossEntropy]) {
            for (const precision of precisions) {
              const network = new Network(description, d);
              const definition = problem(network, samples, jacobian, loss, precision);
              const stored = numbersOf(backend, definition, network, 'stored');
              const recomputed = numbersOf(backend, definition, network, 'recomputed');
              t.ok(stored.every(Number.isFinite));
              t.strictSame(recomputed, stored, `${samples} samples, ${jacobian}, ${loss.name}, ${precision}`);
            }
          }
        }
      }
    }),
  );
}

t.test('what is computed again is not kept', async (t) => {
  const network = new Network(networks.rk4, d);
  const definition = problem(network, 20000, 'kaufman', leastSquares, 'float64');
  const bytes = (kind: Residuals) => {
    const objective = selectBackend('native').createObjective({ ...definition, programs: network.programsWith(kind) });
    objective.at(network.initialWeights(1)).sync();
    const { memoryBytes } = objective;
    objective.dispose();
    return memoryBytes;
  };
  const residuals = network.programs.linearize.sampleOutputs.slice(1).reduce((sum, { cols }) => sum + cols, 0);
  const saved = bytes('stored') - bytes('recomputed');
  t.ok(saved > 0.8 * 8 * 20000 * residuals && saved <= 8 * 20000 * residuals, `${saved} bytes of one point`);
});
