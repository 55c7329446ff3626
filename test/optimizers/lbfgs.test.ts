/** @file L-BFGS on functions of which the minimiser is known. */
import t from 'tap';
import { driveSync } from '../../lib/job/job.js';
import { norm, plus } from '../../lib/linalg/vector.js';
import { Lbfgs, lbfgs } from '../../lib/optimizers/lbfgs.js';
import { FakeObjective, type Values } from './fakeObjective.js';

function run(objective: Values, start: number[], iterations: number, options = {}) {
  const fake = new FakeObjective(objective);
  const method = new Lbfgs(fake.objective, lbfgs(options));
  const outcomes = [];
  let stand = driveSync(method.start(Float64Array.from(start)));
  for (let i = 0; i < iterations && norm(stand.gradient) > 1e-10; i++) {
    const outcome = driveSync(method.step());
    outcomes.push(outcome);
    stand = outcome;
    if (outcome.stalled !== null) break;
  }
  return { fake, method, ...stand, outcomes };
}

const rosenbrock: Values = {
  value: ([x, y]) => 100 * (y - x * x) ** 2 + (1 - x) ** 2,
  gradient: ([x, y]) => [-400 * x * (y - x * x) - 2 * (1 - x), 200 * (y - x * x)],
};

t.test("Rosenbrock's valley to its end", async (t) => {
  const { fake, method, point, outcomes } = run(rosenbrock, [-1.2, 1], 60);
  t.ok(norm(plus(point.x, Float64Array.of(1, 1), -1)) < 1e-8);
  const values = outcomes.map((outcome) => outcome.point.evaluation.objective);
  t.ok(
    values.every((value, i) => i === 0 || value <= values[i - 1]),
    'the objective never rises',
  );
  t.equal(method.passes, fake.evaluations + fake.gradients, 'every pass is told');
  t.strictSame(fake.places, [point.x], 'one point is left');
  t.ok(outcomes.every(({ radius, ratio, vectors }) => [radius, ratio, vectors].every((told) => told === undefined)));
});

t.test('a quadratic of condition 1e6', async (t) => {
  const scales = [1, 1e2, 1e4, 1e6];
  const bowl: Values = {
    value: (theta) => 0.5 * theta.reduce((sum, x, i) => sum + scales[i] * x * x, 0),
    gradient: (theta) => [...theta].map((x, i) => scales[i] * x),
  };
  const { gradient } = run(bowl, [1, 1, 1, 1], 200);
  t.ok(norm(gradient) < 1e-7, `‖g‖ = ${norm(gradient)}`);
});

t.test('the first step is no longer than 1', async (t) => {
  const steep: Values = { value: ([x]) => 1e6 * (x + 100) ** 2, gradient: ([x]) => [2e6 * (x + 100)] };
  const tried: number[] = [];
  const watched: Values = {
    ...steep,
    value: (theta) => {
      tried.push(theta[0]);
      return steep.value(theta);
    },
  };
  run(watched, [0], 1);
  t.ok(Math.abs(tried[1]) <= 1 + 1e-12);
});

t.test('the units of the objective do not matter, and the first step is of a sensible length', async (t) => {
  const scaled = (factor: number): Values => ({
    value: (x) => factor * rosenbrock.value(x),
    gradient: (x) => rosenbrock.gradient(x).map((g) => factor * g),
  });
  const steps = (factor: number) => {
    const method = new Lbfgs(new FakeObjective(scaled(factor)).objective, lbfgs());
    driveSync(method.start(Float64Array.of(-1.2, 1)));
    return Array.from({ length: 12 }, () => driveSync(method.step()).point.x);
  };
  const plain = steps(1);
  for (const k of [-80, -30, 30, 80]) t.strictSame(steps(2 ** k), plain, `2^${k}: the same bits`);
  for (const factor of [1e-250, 1e250]) {
    const away = steps(factor).map((x, i) => norm(plus(x, plain[i], -1)));
    t.ok(Math.max(...away) < 1e-9, `× ${factor}: the same to rounding`);
  }
  const flat: Values = { value: ([x]) => 1 + 1e-9 * (x - 3) ** 2, gradient: ([x]) => [2e-9 * (x - 3)] };
  const { point, outcomes } = run(flat, [0], 2);
  t.ok(outcomes[0].accepted && Math.abs(point.x[0] - 3) < 1e-6, `${point.x[0]} after ${outcomes.length} steps`);
});

t.test('a search that fails forgets the pairs once, then stalls', async (t) => {
  /** Right until iteration 3, then its gradient lies. */
  let lies = false;
  const objective: Values = {
    value: (theta) => (lies ? 1e9 : rosenbrock.value(theta)),
    gradient: (theta) => rosenbrock.gradient(theta),
  };
  const fake = new FakeObjective(objective);
  const method = new Lbfgs(fake.objective, lbfgs());
  driveSync(method.start(Float64Array.of(-1.2, 1)));
  for (let i = 0; i < 3; i++) t.ok(driveSync(method.step()).accepted);
  lies = true;
  const first = driveSync(method.step());
  t.notOk(first.accepted);
  t.equal(first.stalled, null, 'steepest descent gets its chance');
  const second = driveSync(method.step());
  t.match(second.stalled, /no lower point along the gradient/);
  t.strictSame(second.point.x, first.point.x, 'the point stays');
});

t.test('a description is plain JSON', async (t) => {
  t.strictSame(lbfgs(), {
    ...{ type: 'lbfgs', objective: 'reduced', memory: 20, c1: 1e-4, c2: 0.9, maxEvaluations: 20 },
    initialW: 'projected',
  });
});
