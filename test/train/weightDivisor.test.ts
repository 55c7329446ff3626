/** @file Weights of samples act by their ratios: 2 is a sample that stands twice, 0 one that is absent, α acts alike. */

import t, { type Test } from 'tap';
import type { ObjectiveKind } from '../../lib/backend/backend.js';
import type { LossDefinition } from '../../lib/backend/loss.js';
import { weightsOfMeanOne } from '../../lib/data/weights.js';
import { adam, gnvpro, lbfgs } from '../../lib/index.js';
import { norm, plus } from '../../lib/linalg/vector.js';
import { leastSquares } from '../../lib/loss/leastSquares.js';
import { tanh } from '../../lib/network/activation.js';
import { dense } from '../../lib/network/dense.js';
import { sequential } from '../../lib/network/sequential.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { Random } from '../../lib/random.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { train, trainSync } from '../../lib/train/train.js';
import { convexLosses } from '../support/losses.js';
import { normals } from '../support/numbers.js';
import { close, onBackends, openWalk } from '../support/reference.js';
import type { Walk } from '../support/walk.js';
import { options, smooth } from './problem.js';

const N = 24;
const random = new Random(4);
const network = sequential([dense(4), tanh()]);
const inputs = normals(random, 2 * N);
const P = 2 * 4 + 4;
const theta = normals(random, P);
const weights = Float64Array.from({ length: N }, (_, n) => n % 4); // 0, 1, 2, 3
const copies = Array.from(weights, (weight, n) => new Array<number>(weight).fill(n)).flat();

const rowsOf = (a: Float64Array, rows: readonly number[]) => {
  const cols = a.length / N;
  return Float64Array.from(rows.flatMap((n) => [...a.subarray(n * cols, (n + 1) * cols)]));
};

const losses: Record<string, { loss: LossDefinition; targets: Float64Array }> = {
  leastSquares: { loss: leastSquares, targets: normals(random, 3 * N) },
  ...convexLosses(N),
};

interface Opened {
  readonly weighted: Walk;
  readonly twice: Walk;
}

function compare(t: Test, { weighted, twice }: Opened, x: Float64Array, tolerance: number): void {
  const [one, other] = [weighted.moveTo(x), twice.moveTo(x)];
  close(t, [one.objective, one.loss], [other.objective, other.loss], 'the objective', tolerance);
  close(t, weighted.W(), twice.W(), 'W', tolerance);
  close(t, weighted.gradient(), twice.gradient(), 'the gradient', tolerance);
  close(t, weighted.denseHessian(), twice.denseHessian(), 'H', tolerance);
  const step = {
    solver: 'krylov',
    maxVectors: 5,
    tolerance: 0,
    radius: 0.3,
    multiplier: 0,
    rankTolerance: 0,
  } as const;
  close(t, weighted.step(step).step, twice.step(step).step, 'the step', 10 * tolerance);
  checkSlope(t, weighted, x);
}

/** The objective falls as its gradient says: the error of the central difference is of third order. */
function checkSlope(t: Test, walk: Walk, x: Float64Array): void {
  const direction = normals(new Random(8), x.length);
  walk.moveTo(x);
  const slope = walk.gradient().reduce((sum, g, i) => sum + g * direction[i], 0);
  const at = (h: number) => walk.evaluate(plus(x, direction, h)).objective;
  close(t, [(at(1e-4) - at(-1e-4)) / 2e-4], [slope], 'the slope', 1e-5);
}

for (const [name, { loss, targets }] of Object.entries(losses)) {
  for (const objective of ['reduced', 'joint'] as ObjectiveKind[]) {
    t.test(`${name}, ${objective}: weight 2 is a sample that stands twice`, (t) =>
      onBackends(t, (t, backend) => {
        const common = { objective, loss, alphaW: 1e-2, regularizer: tikhonov(P, 1e-3), innerTolerance: 1e-13 };
        const sampleWeights = weightsOfMeanOne(weights);
        const opened = {
          weighted: openWalk(backend, network, { ...common, inputs, targets, samples: N, sampleWeights }),
          twice: openWalk(backend, network, {
            ...{ ...common, inputs: rowsOf(inputs, copies), targets: rowsOf(targets, copies) },
            samples: copies.length,
          }),
        };
        const W = objective === 'joint' ? normals(new Random(9), 3 * 5) : new Float64Array(0);
        compare(t, opened, Float64Array.of(...theta, ...W), name === 'leastSquares' ? 1e-10 : 1e-8);
      }),
    );
  }
}

t.test('weights over their mean', async (t) => {
  t.equal(weightsOfMeanOne(Float64Array.of(3, 3, 3)), null, 'equal ones are none');
  t.strictSame([...(weightsOfMeanOne(Float64Array.of(0, 1, 2)) ?? [])], [0, 1, 2]);
  for (const size of [5e-324, 1e-300, 1, 1e300, 8e307]) {
    t.strictSame([...(weightsOfMeanOne(Float64Array.of(0, size, 2 * size)) ?? [])], [0, 1, 2], `of size ${size}`);
  }
});

const data = smooth(40);
const some = data.inputs.map((_, n) => 0.5 + (n % 3));
const plain = { scaling: { inputs: 'none', targets: 'none' }, stop: { iterations: 8 } } as const;

function thetaOf(more: Partial<TrainOptions>): Float64Array {
  const { model } = trainSync(options({ ...data, ...plain, ...more }));
  const theta = model.theta.slice();
  model.dispose();
  return theta;
}

for (const backend of ['native', 'js'] as const) {
  for (const optimizer of [gnvpro(), lbfgs(), lbfgs({ objective: 'joint' }), adam()]) {
    const name = 'objective' in optimizer ? `${optimizer.type}, ${optimizer.objective}` : optimizer.type;
    const at = (more: Partial<TrainOptions>) => thetaOf({ backend, optimizer, ...more });
    t.test(`${name} on ${backend}: only ratios count`, async (t) => {
      const weighted = at({ sampleWeights: some });
      for (const factor of [2 ** -900, 2 ** 900]) {
        t.strictSame([...at({ sampleWeights: some.map((w) => factor * w) })], [...weighted], `times ${factor}`);
      }
      const none = at({});
      for (const weight of [1, 3, 1e300]) {
        t.strictSame([...at({ sampleWeights: data.inputs.map(() => weight) })], [...none], `all ${weight}`);
      }
      t.ok(norm(plus(weighted, none, -1)) > 1e-3, 'and they do count');
    });

    t.test(`${name} on ${backend}: a sample of weight 0 is absent, whatever is in it`, async (t) => {
      const without = at({ sampleWeights: some });
      const inputs = [[1e300, -1e300, 1e200], ...data.inputs, [0, 0, 0]];
      const targets = [[1e300, 0], ...data.targets, [-1e250, 7]];
      t.strictSame([...at({ inputs, targets, sampleWeights: [0, ...some, 0] })], [...without]);
    });
  }
}

t.test('refit counts the samples of validation as they weigh', async (t) => {
  const twice = { inputs: [...data.inputs, ...data.inputs], targets: [...data.targets, ...data.targets] };
  const validation = smooth(15, 2);
  const optimizer = gnvpro({ linearSolver: 'dense' });
  const common = { validation, refit: true, optimizer, regularization: { theta: 1e-3, W: 1e-3 } };
  const weighted = thetaOf({ ...common, sampleWeights: data.inputs.map(() => 2) });
  const doubled = thetaOf({ ...common, ...twice });
  close(t, weighted, doubled, 'θ', 1e-6);
});

t.test('weights that leave too little to split', async (t) => {
  const sampleWeights = data.inputs.map((_, n) => Number(n === 0));
  const message = /a fraction that leaves samples on both sides for validation/;
  await t.rejects(train(options({ ...data, sampleWeights, validation: 0.5 })), { code: 'ERR_OPTION', message });
});
