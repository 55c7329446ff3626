/** @file The assembled Gauss–Newton matrix against products, for every way in which its parts are summed. */

import t, { type Test } from 'tap';
import { type Jacobian, jacobians } from '../../lib/backend/backend.js';
import { selectBackend } from '../../lib/backend/select.js';
import { setThreads } from '../../lib/backend/threads.js';
import { noCancel } from '../../lib/job/cancel.js';
import { leastSquares } from '../../lib/loss/leastSquares.js';
import { identity, tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { concat } from '../../lib/network/concat.js';
import { dense } from '../../lib/network/dense.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { Network } from '../../lib/network/network.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { Random } from '../../lib/random.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { normals } from '../support/numbers.js';
import { openWalk, relativeError } from '../support/reference.js';
import { Walk } from '../support/walk.js';
import { sameBits } from './support/rawProgram.js';

setThreads(4); // teams, also where there are fewer cores

const d = 6;
const bottleneck = sequential([dense(3), concat([identity(), dense(6, { activation: 'tanh' })])]);
const rk4 = residual(antisymmetricDense(), { integrator: 'rk4', time: 1, steps: 1, nodes: 2 });

const networks: Record<string, LayerDescription> = {
  'one layer whose units are features': dense(5, { activation: 'tanh' }),
  'linear features without a bias': dense(2, { bias: false }),
  'a bottleneck passed on: features of one combination of units': bottleneck,
  'two layers': sequential([dense(5, { activation: 'tanh' }), dense(4, { activation: 'tanh' })]),
  'rectifiers, some of them off': sequential([dense(5, { activation: 'relu' }), dense(4, { activation: 'relu' })]),
  'weights used several times': sequential([dense(4, { bias: false }), tanh(), rk4]),
  'weights with and without factors side by side': concat([
    sequential([dense(3, { activation: 'tanh' }), rk4]),
    dense(4, { activation: 'tanh' }),
  ]),
  'a first layer that does not read the inputs themselves': sequential([tanh(), dense(4, { activation: 'tanh' })]),
};

interface Options {
  samples: number;
  targetColumns?: number;
  jacobian: Jacobian;
  bias?: boolean;
  alphaW?: number;
  alphaTheta?: number;
  threads?: number;
}

function resolved(description: LayerDescription) {
  const network = new Network(description, d);
  return { weights: network.weights, programs: network.programs, initialWeights: network.initialWeights(3) };
}

function open(network: LayerDescription, options: Options): Walk {
  const { samples, targetColumns = 3, bias = true, alphaW = 1e-3, alphaTheta = 1e-3, threads = 1, jacobian } = options;
  const random = new Random(5);
  const { weights, programs, initialWeights } = resolved(network);
  const walk = Walk.on(selectBackend('native'), {
    programs,
    weights,
    inputs: normals(random, samples * d),
    targets: normals(random, samples * targetColumns),
    samples,
    targetColumns,
    loss: leastSquares,
    sampleWeights: null,
    innerTolerance: 1e-12,
    bias,
    alphaW,
    regularizer: tikhonov(weights, alphaTheta),
    jacobian,
    threads,
    cancelFlag: noCancel(),
  });
  walk.moveTo(initialWeights);
  return walk;
}

/** H, column by column, by products. */
function byProducts(walk: Walk): Float64Array {
  const P = walk.point.x.length;
  const H = new Float64Array(P * P);
  for (let i = 0; i < P; i++) {
    const unit = new Float64Array(P);
    unit[i] = 1;
    H.set(walk.hessianProduct(unit), i * P);
  }
  return H;
}

function isSymmetric(H: Float64Array): boolean {
  const P = Math.sqrt(H.length);
  return H.every((entry, k) => entry === H[(k % P) * P + Math.floor(k / P)]);
}

function check(t: Test, network: LayerDescription, options: Options) {
  const walk = open(network, options);
  const H = walk.denseHessian();
  const error = relativeError(H, byProducts(walk));
  t.ok(error < 1e-13, `${JSON.stringify(options)}: relative error ${error}`);
  t.ok(isSymmetric(H), 'symmetric to the last bit');
  t.strictSame(walk.denseHessian(), H, 'the same again');
  for (const threads of [2, 4])
    t.strictSame(open(network, { ...options, threads }).denseHessian(), H, `${threads} threads`);
}

for (const [name, network] of Object.entries(networks)) {
  t.test(name, async (t) => {
    for (const jacobian of jacobians) {
      // Six hundred samples are taken in two chunks.
      for (const samples of [40, 600]) {
        check(t, network, { samples, jacobian });
        check(t, network, { samples, jacobian, bias: false, alphaW: 0 });
      }
    }
  });
}

t.test('chunks of different lengths, again and again: each thread starts from a clean cotangent', async (t) => {
  const options = { samples: 601, jacobian: 'kaufman' } as const;
  const expected = open(bottleneck, options).denseHessian();
  for (const threads of [2, 4]) {
    const walk = open(bottleneck, { ...options, threads });
    const wrong = Array.from({ length: 100 }, () => walk.denseHessian()).filter((H) => !sameBits([H], [expected]));
    t.equal(wrong.length, 0, `${threads} threads`);
  }
});

t.test('fewer samples than features', async (t) => {
  for (const jacobian of jacobians) check(t, bottleneck, { samples: 7, jacobian, alphaW: 0.1 });
});

t.test('more targets than are summed at a time', async (t) => {
  // P m t numbers a sum: with 3,000 targets the second part takes several rounds.
  const options = { samples: 30, targetColumns: 3000, jacobian: 'golub-pereyra' } as const;
  const wide = sequential([dense(24, { activation: 'tanh' }), dense(24, { activation: 'tanh' })]);
  const walk = open(wide, options);
  walk.gradient();
  const before = walk.objective.passes;
  walk.step({ solver: 'dense', maxVectors: 1, tolerance: 0, radius: null, multiplier: 0, rankTolerance: 0 });
  const passes = walk.objective.passes - before;
  t.ok(passes > 24, `${passes} passes for 24 features`);
  const error = relativeError(walk.denseHessian(), byProducts(walk));
  t.ok(error < 1e-13, `relative error ${error}`);
});

t.test('small features count as much as large ones: W makes up for their size', async (t) => {
  const network = concat([dense(2, { activation: 'tanh' }), sequential([tanh(), dense(2, { bias: false })])]);
  const { initialWeights } = resolved(network);
  const small = initialWeights.map((x, i) => (i < 2 * (d + 1) ? x : 1e-9 * x));
  for (const jacobian of jacobians) {
    const walk = open(network, { samples: 40, jacobian, alphaW: 0, alphaTheta: 0 });
    walk.moveTo(small);
    const [H, products] = [walk.denseHessian(), byProducts(walk)];
    const P = small.length;
    for (const [first, last] of [
      [0, 2 * (d + 1)],
      [2 * (d + 1), P],
    ]) {
      const block = (A: Float64Array) =>
        A.filter((_, k) => [k % P, Math.floor(k / P)].every((i) => first <= i && i < last));
      const error = relativeError(block(H), block(products));
      t.ok(error < 1e-6, `${jacobian}, weights ${first} to ${last}: relative error ${error}`);
    }
  }
});

t.test('directions that W hardly sees can be left out', async (t) => {
  const { weights, initialWeights } = resolved(bottleneck);
  const [samples, targetColumns] = [60, 4];
  // Two targets of size 1 and two of 1e-2: WᵀW has rank two beside its share of 1e-4.
  const targets = normals(new Random(9), samples * targetColumns).map((x, i) => (i % targetColumns < 2 ? x : 1e-2 * x));
  for (const jacobian of jacobians) {
    const stepOf = (backend: 'js' | 'native', rankTolerance: number) => {
      const walk = openWalk(selectBackend(backend), bottleneck, {
        inputs: normals(new Random(8), samples * d),
        targets,
        samples,
        alphaW: 1e-3,
        jacobian,
        regularizer: tikhonov(weights, 1e-3),
      });
      walk.moveTo(initialWeights);
      const options = { solver: 'dense', maxVectors: 1, tolerance: 0, radius: null, multiplier: 0 } as const;
      return walk.step({ ...options, rankTolerance }).step;
    };
    const truncated = stepOf('native', 1e-3);
    t.ok(relativeError(truncated, stepOf('js', 1e-3)) < 1e-9, 'as the specification has it');
    const change = relativeError(truncated, stepOf('native', 0));
    t.ok(change > 1e-7 && change < 0.1, `a small change: ${change}`);
  }
});

t.test('targets of zero: W is zero, and only the regulariser is left', async (t) => {
  for (const jacobian of jacobians) {
    const samples = 20;
    const { weights, initialWeights } = resolved(bottleneck);
    const walk = openWalk(selectBackend('native'), bottleneck, {
      inputs: normals(new Random(2), samples * d),
      targets: new Float64Array(samples * 2),
      samples,
      alphaW: 1e-3,
      jacobian,
      regularizer: tikhonov(weights, 0.5),
    });
    walk.moveTo(initialWeights);
    const H = walk.denseHessian();
    t.ok(H.every((entry, k) => entry === (k % (weights + 1) === 0 ? 0.5 : 0)));
  }
});
