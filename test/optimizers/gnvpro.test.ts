/** @file The rules of the trust region, each answer of the objective prescribed. */
import t from 'tap';
import type { StepResult } from '../../lib/backend/backend.js';
import { driveSync } from '../../lib/job/job.js';
import { gnvpro } from '../../lib/optimizers/gnvpro.js';
import { isRounding, TrustRegion, trustRegionDefaults } from '../../lib/optimizers/trustRegion.js';
import { FakeObjective } from './fakeObjective.js';

const proposal: StepResult = {
  step: Float64Array.of(1),
  stepNorm: 1,
  predictedReduction: 0.1,
  radius: 4,
  onBoundary: false,
  multiplier: 0,
  vectors: 3,
  relativeResidual: 0,
  products: 3,
  factorizations: 0,
};

/** From objective 1, a step with the given ρ: the model predicts 0.1. */
function stepWith(ratio: number, changes: Partial<StepResult> = {}, constants = {}) {
  const full: StepResult = { ...proposal, ...changes };
  const values = {
    value: ([x]: Float64Array) => (x === 0 ? 1 : 1 - 0.1 * ratio),
    gradient: ([x]: Float64Array) => [5 + x],
  };
  const fake = new FakeObjective(values, [full, full]);
  const method = new TrustRegion(fake.objective, gnvpro({ trustRegion: constants }), 'krylov');
  driveSync(method.start(Float64Array.of(0)));
  const before = method.passes;
  const outcome = driveSync(method.step());
  return { fake, method, outcome, passes: method.passes - before, started: before };
}

t.test('the start costs two units', async (t) => {
  const { fake, started } = stepWith(-1);
  t.equal(started, 2);
  t.equal(fake.gradients, 1);
  t.equal(fake.asked[0].radius, null, 'the first step is unconstrained');
});

t.test('an accepted step', async (t) => {
  const { outcome, fake, passes } = stepWith(0.5);
  t.ok(outcome.accepted);
  t.ok(Math.abs((outcome.ratio ?? 0) - 0.5) < 1e-12);
  t.strictSame(outcome.point.x, Float64Array.of(1));
  t.strictSame([...outcome.gradient], [6], 'the gradient of the new point');
  t.equal(passes, 9, 'passes of the step, trial 1, gradient 1, and as the paper counts one more');
  t.strictSame(fake.places, [Float64Array.of(1)], 'the old point is dropped');
  t.equal(fake.gradients, 2);
  t.equal(outcome.radius, 4, 'kept between 0.1 and 0.75');
});

t.test('a rejected step leaves the point and halves the step, not the larger radius', async (t) => {
  for (const ratio of [-3, 0, 0.99e-4]) {
    const { outcome, fake, passes } = stepWith(ratio);
    t.notOk(outcome.accepted);
    t.strictSame(outcome.point.x, Float64Array.of(0));
    t.strictSame(fake.places, [Float64Array.of(0)]);
    t.equal(outcome.radius, 0.5);
    t.equal(passes, 7);
    t.equal(outcome.stalled, null);
  }
});

t.test('a trial that is not finite is rejected', async (t) => {
  for (const ratio of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const { outcome, fake } = stepWith(ratio);
    t.notOk(outcome.accepted, String(ratio));
    t.equal(outcome.ratio, Number.NEGATIVE_INFINITY);
    t.equal(outcome.radius, 0.5);
    t.strictSame(fake.places, [Float64Array.of(0)]);
  }
});

t.test('the radius', async (t) => {
  t.equal(stepWith(0.05).outcome.radius, 2, 'shrinks below 0.1');
  t.equal(stepWith(0.05, { onBoundary: true }).outcome.radius, 2);
  t.equal(stepWith(0.9).outcome.radius, 4, 'is kept where the step is inside');
  t.equal(stepWith(0.9, { onBoundary: true }).outcome.radius, 6, 'grows on the boundary');
  t.equal(stepWith(0.7, { onBoundary: true }).outcome.radius, 4, 'is kept below 0.75');
  t.equal(stepWith(0.9, { onBoundary: true }, { grow: 3 }).outcome.radius, 12, 'by the constant that is given');
  t.equal(stepWith(0.05, {}, { reject: 0.08 }).outcome.accepted, false);
});

t.test('the radius goes to the next step, and after a rejection the same space', async (t) => {
  const { method, fake } = stepWith(-1);
  driveSync(method.step());
  t.equal(fake.asked[1].radius, 0.5);
  t.equal(fake.asked[1].maxVectors, 6);
  t.equal(fake.evaluations, 3, 'start and two trials');
  t.equal(fake.gradients, 1, 'no new gradient at the same point');
});

t.test('a radius to start with', async (t) => {
  t.equal(stepWith(0.5, {}, { initialRadius: 0.25 }).fake.asked[0].radius, 0.25);
});

t.test('nothing more to gain', async (t) => {
  for (const [predictedReduction, why] of [
    [0, /predicts no further reduction/],
    [-1e-20, /predicts no further reduction/],
    [Number.NaN, /model overflows/],
  ] as const) {
    const { outcome, fake, passes } = stepWith(1, { predictedReduction });
    t.match(outcome.stalled, why);
    t.equal(fake.evaluations, 1, 'no trial is made');
    t.equal(passes, 6);
  }
  const { outcome } = stepWith(-1, { predictedReduction: 1e-16 });
  t.match(outcome.stalled, /below the rounding error of the objective/);
  t.ok(isRounding(1e-16, 1));
  t.notOk(isRounding(1e-14, 1));
});

t.test('a dense step is sought from the multiplier of the last, and from more where it is to be shorter', async (t) => {
  for (const [ratio, radius, expected] of [
    [0.5, 1, 0.3],
    [-1, 1, 0.3 * 2 ** 1.5],
    [0.9, 1, 0.3 / 1.5 ** 1.5],
  ] as const) {
    const { fake, method } = stepWith(ratio, { multiplier: 0.3, onBoundary: true, radius });
    driveSync(method.step());
    const [first, second] = fake.asked.map(({ multiplier }) => multiplier);
    t.equal(first, 0);
    t.ok(Math.abs(second / expected - 1) < 1e-14, `ρ = ${ratio}: ${second}`);
  }
  const { fake, method } = stepWith(-1, { multiplier: 1e300, onBoundary: true, radius: 1 });
  driveSync(method.step());
  t.equal(fake.asked[1].multiplier, 1e300, 'the most that a step can be told');
});

t.test('options', async (t) => {
  t.strictSame(trustRegionDefaults, {
    initialRadius: null,
    reject: 1e-4,
    shrinkBelow: 0.1,
    growAbove: 0.75,
    shrink: 0.5,
    grow: 1.5,
  });
  t.strictSame(gnvpro({ trustRegion: { grow: undefined } }), gnvpro(), 'undefined means the default');
  t.equal(gnvpro().krylov.maxVectors, 6);
  t.equal(gnvpro({ preconditioner: 'none' }).krylov.maxVectors, 20);
  t.strictSame(JSON.parse(JSON.stringify(gnvpro())), gnvpro(), 'a description is plain JSON');
});

t.test('a step to a point whose projection failed is rejected, however low its objective', async (t) => {
  const inner = { iterations: 200, krylovIterations: 0, seconds: 0, status: 'iterationLimit' } as const;
  for (const [gradientNorm, accepted] of [
    [1e-7, true],
    [0.5, false],
  ] as const) {
    const fake = new FakeObjective({ value: ([x]) => 1 - 0.1 * x, gradient: () => [-0.1] }, [proposal]);
    fake.changes = { inner: { ...inner, gradientNorm } };
    const method = new TrustRegion(fake.objective, gnvpro(), 'krylov');
    driveSync(method.start(Float64Array.of(0)));
    t.equal(driveSync(method.step()).accepted, accepted, `relative gradient ${gradientNorm}`);
  }
});
