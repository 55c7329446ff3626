/** @file Objectives of networks without weights: nothing to move, or W alone. */

import t from 'tap';
import type { ObjectiveKind } from '../../lib/backend/backend.js';
import { leastSquares } from '../../lib/loss/leastSquares.js';
import { logistic } from '../../lib/loss/logistic.js';
import { identity } from '../../lib/network/activation.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { close, onBackends, openWalk } from '../support/reference.js';
import { inputs, krylov, N, onEach, targetColumns, targets } from './problem.js';

onEach('the reduced objective is a number', async (t, open) => {
  for (const loss of [leastSquares, logistic] as const) {
    const walk = open({ loss, regularizer: tikhonov(0, 1), pairs: 2 }, identity());
    const { objective, finite } = walk.moveTo(new Float64Array(0));
    t.ok(finite && Number.isFinite(objective));
    t.equal(walk.gradient().length, 0);
    const { step, predictedReduction } = walk.step({ ...krylov, maxVectors: 5, usePairs: true });
    t.equal(step.length, 0);
    t.equal(predictedReduction, 0);
    t.equal(walk.hessianProduct(new Float64Array(0)).length, 0);
    t.ok(walk.jacobianProduct(new Float64Array(0)).every((x) => x === 0));
    t.equal(walk.point.x.length, 0);
    walk.dispose();
  }
});

t.test('the joint objective has its least value where the projection puts W', (t) =>
  onBackends(t, (t, backend) => {
    const open = (objective: ObjectiveKind) =>
      openWalk(backend, identity(), {
        ...{ inputs, targets, samples: N, alphaW: 1e-3, regularizer: tikhonov(0, 1), objective },
      });
    const [reduced, joint] = [open('reduced'), open('joint')];
    const { objective } = reduced.moveTo(new Float64Array(0));
    close(t, [joint.moveTo(reduced.W()).objective], [objective], 'the objective');
    const zero = new Float64Array(reduced.W().length);
    joint.moveTo(zero);
    const { step } = joint.step({ ...krylov, maxVectors: zero.length });
    close(t, step, reduced.W(), `${targetColumns} outputs in one Gauss–Newton step`);
  }),
);
