/** @file What steps cost, and which of them the default takes. */

import t from 'tap';
import { type Jacobian, jacobians } from '../../lib/backend/backend.js';
import { selectBackend } from '../../lib/backend/select.js';
import { leastSquares } from '../../lib/loss/leastSquares.js';
import { identity, tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { concat } from '../../lib/network/concat.js';
import { dense } from '../../lib/network/dense.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { Network } from '../../lib/network/network.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { denseNumbers, denseOperations } from '../../lib/optimizers/assembly.js';
import { gnvpro } from '../../lib/optimizers/gnvpro.js';
import { iterationOperations, krylovOperations, solverFor } from '../../lib/optimizers/operations.js';
import type { PerSample } from '../../lib/program/perSample.js';
import { Random } from '../../lib/random.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { normals } from '../support/numbers.js';
import { openWalk } from '../support/reference.js';

const layers = (...widths: number[]) => sequential(widths.flatMap((width) => [dense(width), tanh()]));
const bottleneck = (k: number, width: number) =>
  sequential([dense(k), concat([sequential([dense(width), tanh()]), identity()])]);
const rk4 = residual(antisymmetricDense(), { integrator: 'rk4', time: 1, steps: 1, nodes: 2 });
const paper = (width: number) => sequential([dense(width, { bias: false }), tanh(), rk4]);

interface Size {
  readonly samples: number;
  readonly inputs: number;
  readonly targets: number;
}

const cdr: Size = { samples: 400, inputs: 55, targets: 72 };
const dcr: Size = { samples: 8000, inputs: 3, targets: 882 };

/** What gnvpro() takes for a network and data of this size. */
function taken(network: LayerDescription, { samples, inputs, targets }: Size, jacobian: Jacobian, linearSolver = {}) {
  const optimizer = gnvpro({ jacobian, ...linearSolver });
  return solverFor(optimizer, new Network(network, inputs), leastSquares, { samples, targets, bias: true });
}

t.test('what auto takes, as measured', async (t) => {
  for (const jacobian of jacobians) {
    t.equal(taken(layers(12), { samples: 400, inputs: 2, targets: 3 }, jacobian), 'dense', 'the fifteen lines');
    t.equal(taken(layers(4), cdr, jacobian), 'dense', 'CDR, 224 weights');
    t.equal(taken(bottleneck(5, 16), cdr, jacobian), 'dense', 'CDR, 376 weights');
    t.equal(taken(bottleneck(6, 24), cdr, jacobian), 'dense', 'CDR, 504 weights');
    t.equal(taken(paper(8), cdr, jacobian), 'dense', 'CDR, the network of the paper');
    t.equal(taken(layers(16, 16), cdr, jacobian), 'krylov', 'CDR, 1,168 weights');
    t.equal(taken(paper(16), dcr, jacobian), 'krylov', 'DCR, the network of the paper');
    t.equal(taken(layers(16), { samples: 824, inputs: 8, targets: 1 }, jacobian), 'dense', 'concrete');
    t.equal(
      taken(layers(32, 32), { samples: 614, inputs: 8, targets: 2 }, jacobian),
      'krylov',
      'energy, 1,344 weights',
    );
  }
  t.equal(taken(layers(12, 12), dcr, 'kaufman'), 'dense', "DCR, 204 weights, Kaufman's Jacobian");
  t.equal(taken(layers(12, 12), dcr, 'golub-pereyra'), 'krylov', 'DCR, 204 weights: the second part costs 882 columns');
  t.equal(taken(layers(2500), { samples: 50, inputs: 1, targets: 1 }, 'kaufman'), 'krylov', '5,000 weights');
  t.equal(taken(layers(16, 16), dcr, 'golub-pereyra', { linearSolver: 'dense' }), 'dense', 'what is asked for');
  t.equal(taken(layers(2), cdr, 'kaufman', { linearSolver: 'krylov' }), 'krylov', 'what is asked for');
});

t.test('a larger space may cost more, and then the matrix is worth more', async (t) => {
  const size = { samples: 4000, inputs: 40, targets: 1 };
  t.equal(taken(layers(30), size, 'kaufman', { krylov: { maxVectors: 1 } }), 'krylov');
  t.equal(taken(layers(30), size, 'kaufman', { krylov: { maxVectors: 100 } }), 'dense');
});

t.test('operations grow as the algorithms say', async (t) => {
  const at = (network: LayerDescription, { inputs, ...sizes }: Size, jacobian: Jacobian) => {
    const resolved = new Network(network, inputs);
    const given = { ...sizes, bias: true, jacobian };
    return {
      dense: denseOperations(resolved, resolved.programs.perSample as PerSample, given),
      krylov: krylovOperations(resolved, given, 6),
      rest: iterationOperations(resolved, given),
    };
  };
  const near = (quotient: number, expected: number) => Math.abs(quotient / expected - 1) < 0.05;
  const more = { ...cdr, samples: 1e6 };
  const twice = { ...cdr, samples: 2e6 };
  const [few, many] = [at(layers(8), more, 'kaufman'), at(layers(8), twice, 'kaufman')];
  for (const kind of ['dense', 'krylov', 'rest'] as const) t.ok(near(many[kind] / few[kind], 2), `${kind}: N`);
  const wide = { samples: 10, inputs: 2000, targets: 1 };
  const [small, large] = [at(layers(1), wide, 'kaufman'), at(layers(2), wide, 'kaufman')];
  t.ok(near(large.dense / small.dense, 8), 'P³ of the factorisations');
  const targets = (count: number, jacobian: Jacobian) => at(layers(8), { ...cdr, targets: count }, jacobian);
  t.equal(targets(1e4, 'kaufman').dense, targets(1e3, 'kaufman').dense, "Kaufman's matrix does not see the targets");
  t.ok(targets(1e4, 'golub-pereyra').dense > 5 * targets(1e3, 'golub-pereyra').dense, 'the second part does');
});

t.test('the numbers of dense steps are what an objective keeps', async (t) => {
  const cases: [string, LayerDescription, Size][] = [
    ['one layer', layers(12), { samples: 300, inputs: 30, targets: 20 }],
    ['a bottleneck', bottleneck(5, 16), { samples: 300, inputs: 40, targets: 30 }],
    ['two layers', layers(12, 12), { samples: 300, inputs: 20, targets: 40 }],
    ['weights without factors', paper(8), { samples: 300, inputs: 20, targets: 40 }],
    ['many targets', layers(20, 20), { samples: 40, inputs: 6, targets: 2000 }],
  ];
  for (const [name, description, { samples, inputs, targets }] of cases) {
    for (const jacobian of jacobians) {
      const network = new Network(description, inputs);
      const walk = openWalk(selectBackend('native'), description, {
        inputs: normals(new Random(1), samples * inputs),
        targets: normals(new Random(2), samples * targets),
        samples,
        alphaW: 1e-3,
        regularizer: tikhonov(network.weights, 1e-3),
        jacobian,
      });
      walk.moveTo(network.initialWeights(1));
      const before = walk.objective.memoryBytes;
      walk.step({ solver: 'dense', maxVectors: 1, tolerance: 0, radius: null, multiplier: 0, rankTolerance: 0 });
      const sizes = { samples, targets, bias: true, jacobian };
      const estimated = 8 * denseNumbers(network, network.programs.perSample as PerSample, sizes);
      const share = estimated / (walk.objective.memoryBytes - before);
      t.ok(share > 0.8 && share < 2, `${name}, ${jacobian}: ${share.toFixed(2)} of what it takes`);
    }
  }
});
