/** @file Derivatives that are computed again, in products and by chunks, give the same bits as stored ones. */
import t from 'tap';
import {
  type DerivativesKind,
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
import { Random } from '../../lib/random.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { normals } from '../support/numbers.js';
import { Walk } from '../support/walk.js';

const d = 3;
const targetColumns = 2;

const sampleCounts = [7, 1530];

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
function numbersOf(definition: ReturnType<typeof problem>, network: Network, derivatives: DerivativesKind) {
  const walk = Walk.on(selectBackend('native'), { ...definition, programs: network.programs, derivatives });
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
  t.test(name, async (t) => {
    for (const samples of sampleCounts) {
      for (const jacobian of jacobians) {
        for (const loss of [leastSquares, crossEntropy]) {
          for (const precision of precisions) {
            const network = new Network(description, d);
            const definition = problem(network, samples, jacobian, loss, precision);
            const stored = numbersOf(definition, network, 'stored');
            const recomputed = numbersOf(definition, network, 'recomputed');
            t.ok(stored.every(Number.isFinite));
            t.strictSame(recomputed, stored, `${samples} samples, ${jacobian}, ${loss.name}, ${precision}`);
          }
        }
      }
    }
  });
}

t.test('least squares keep nothing that grows with the samples but the data', async (t) => {
  const network = new Network(networks.dense, d);
  const bytes = (samples: number, derivatives: DerivativesKind) => {
    const definition = problem(network, samples, 'golub-pereyra', leastSquares, 'float64');
    const walk = Walk.on(selectBackend('native'), { ...definition, programs: network.programs, derivatives });
    walk.moveTo(network.initialWeights(1));
    walk.gradient();
    walk.step(steps.krylov);
    walk.step(steps.dense);
    const { memoryBytes } = walk.objective;
    walk.objective.dispose();
    return memoryBytes;
  };
  const ofData = 8 * (d + targetColumns);
  const [few, many] = [2 ** 15, 2 ** 16]; // sums take the same number of runs
  const growth = (kind: DerivativesKind) => (bytes(many, kind) - bytes(few, kind)) / (many - few);
  t.ok(growth('recomputed') >= ofData && growth('recomputed') < ofData + 1, `${growth('recomputed')} bytes a sample`);
  t.ok(growth('stored') > 3 * ofData);
});

t.test('rows that are asked for are kept from then on', async (t) => {
  const network = new Network(networks.dense, d);
  const definition = problem(network, 700, 'golub-pereyra', leastSquares, 'float32');
  const rows = (derivatives: DerivativesKind) => {
    const walk = Walk.on(selectBackend('native'), { ...definition, programs: network.programs, derivatives });
    walk.moveTo(network.initialWeights(1));
    if (derivatives === 'recomputed') t.throws(() => walk.residual(), /keepRows\(\) comes first/);
    walk.point.keepRows().sync();
    const v = network.initialWeights(2);
    const u = normals(new Random(3), (700 + network.features + 1) * targetColumns);
    const seen = [walk.features(), walk.residual(), walk.jacobianProduct(v), walk.jacobianTransposeProduct(u)];
    walk.objective.dispose();
    return seen;
  };
  t.strictSame(rows('recomputed'), rows('stored'));
});
