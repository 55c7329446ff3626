/** @file Objectives on targets of any size: a power of two changes no bit of a step. */
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { relativeError } from '../support/reference.js';
import { inputs, krylov, N, onEach, P, targets, theta } from './problem.js';

onEach('steps do not depend on the units of the targets', async (t, open) => {
  const at = (scale: number, solver: 'krylov' | 'dense', radius: number | null) => {
    const walk = open({
      ...{ inputs, targets: targets.map((c) => scale * c), samples: N, pairs: 3 },
      regularizer: tikhonov(P, 1e-3 * scale * scale),
    });
    walk.moveTo(theta);
    walk.gradient();
    walk.moveTo(theta.map((x) => 1.01 * x));
    const { objective } = walk.moveTo(theta.map((x) => 1.02 * x));
    const gradient = walk.gradient();
    const result = walk.step({ ...krylov, solver, radius, maxVectors: 8, usePairs: true });
    walk.dispose();
    return { ...result, objective, gradient };
  };
  for (const solver of ['krylov', 'dense'] as const) {
    for (const radius of [null, 0.1]) {
      const plain = at(1, solver, radius);
      const place = `${solver}, radius ${radius}`;
      for (const k of [-400, -100, -40, 40, 100, 400]) {
        const other = at(2 ** k, solver, radius);
        t.ok(relativeError(other.step, plain.step) <= (Math.abs(k) <= 100 ? 0 : 1e-12), `${place}, 2^${k}: the step`);
        t.equal(other.objective / 2 ** k / 2 ** k, plain.objective, `${place}, 2^${k}: the objective`);
      }
    }
  }
});
