/** @file Steps from the conditions that characterise them, on each backend. */
import type { Test } from 'tap';
import type { StepResult } from '../../lib/backend/backend.js';
import { dot, norm } from '../../lib/linalg/vector.js';
import { relativeError } from '../support/reference.js';
import type { Walk } from '../support/walk.js';
import { krylov, onEach, theta } from './problem.js';

for (const solver of ['krylov', 'dense'] as const) {
  onEach(`steps by ${solver}`, async (t, open, { name }) => {
    const walk = open();
    const { objective } = walk.moveTo(theta);
    const g = walk.gradient();
    const before = walk.objective.passes;
    const first = walk.step({ ...krylov, solver });
    const passes = walk.objective.passes - before;
    t.same([first.onBoundary, first.multiplier], [false, 0]);
    t.ok(Math.abs(first.radius / first.stepNorm - 1) < 1e-14);
    t.ok(passes > 0 && ((name === 'native' && solver === 'dense') || passes === 2 * first.products));
    for (const share of [2, 1.01, 0.5, 1e-2, 1e-6]) {
      const radius = share * first.stepNorm;
      const { passes } = walk.objective;
      const result = walk.step({ ...krylov, solver, radius });
      t.same([result.products, walk.objective.passes], [0, passes], 'the space is used again');
      checkStep(t, walk, g, result, radius);
      t.equal(result.onBoundary, share < 1);
    }
    const tiny = walk.step({ ...krylov, solver, radius: 1e-4 });
    const after = walk.evaluate(theta.map((x, i) => x + tiny.step[i]));
    t.ok(Math.abs((objective - after.objective) / tiny.predictedReduction - 1) < 1e-2, 'the model predicts φ');
  });
}

/** (H + λI)s = −g, λ ≥ 0, ‖s‖ ≤ Δ, λ(Δ − ‖s‖) = 0. */
function checkStep(t: Test, walk: Walk, g: Float64Array, result: StepResult, radius: number) {
  const { step, multiplier, stepNorm } = result;
  const Hs = walk.hessianProduct(step);
  const left = Hs.map((x, i) => x + multiplier * step[i]);
  t.ok(
    relativeError(
      left,
      g.map((x) => -x),
    ) < 1e-9,
    '(H + λI) s = −g',
  );
  t.ok(Math.abs(norm(step) - stepNorm) < 1e-12 * stepNorm, '‖s‖');
  t.ok(stepNorm <= radius * (1 + 1e-12), 'inside the region');
  t.ok(multiplier >= 0, 'λ ≥ 0');
  t.ok(multiplier === 0 || Math.abs(stepNorm / radius - 1) < 1e-12, 'complementarity');
  const reduction = -dot(g, step) - 0.5 * dot(step, Hs);
  t.ok(Math.abs(result.predictedReduction / reduction - 1) < 1e-9, 'predicted reduction');
}

onEach('pairs of accepted steps precondition the space', async (t, open) => {
  const run = (usePairs: boolean) => {
    const walk = open({ pairs: 20 });
    let x = theta;
    const residuals: number[] = [];
    walk.moveTo(x);
    for (let i = 0; i < 12; i++) {
      walk.gradient();
      const { step, relativeResidual } = walk.step({ ...krylov, maxVectors: 3, usePairs, radius: 0.1 });
      residuals.push(relativeResidual);
      x = x.map((xi, k) => xi + step[k]);
      walk.moveTo(x);
    }
    return residuals;
  };
  const [plain, preconditioned] = [run(false), run(true)];
  t.equal(plain[0], preconditioned[0], 'without pairs it is the plain space');
  t.not(plain[2], preconditioned[2]);
  t.ok(preconditioned.every((residual) => Number.isFinite(residual)));
});
