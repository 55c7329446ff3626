/** @file The line search on functions of which everything is known. */
import t, { type Test } from 'tap';
import { driveSync } from '../../lib/job/job.js';
import { dot, plus } from '../../lib/linalg/vector.js';
import { type WolfeOptions, wolfe } from '../../lib/optimizers/lineSearch.js';
import type { Stand } from '../../lib/optimizers/optimizer.js';
import { FakeObjective, type Values } from './fakeObjective.js';

const usual: WolfeOptions = { c1: 1e-4, c2: 0.9, maxEvaluations: 20 };

/** A function of one variable. */
function line(value: (x: number) => number, slope: (x: number) => number): Values {
  return { value: ([x]) => value(x), gradient: ([x]) => [slope(x)] };
}

function search(values: Values, start: number[], direction: number[], first = 1, options = usual) {
  const theta = Float64Array.from(start);
  const fake = new FakeObjective(values);
  const from: Stand = { point: fake.point(theta), gradient: Float64Array.from(values.gradient(theta)) };
  const stand = driveSync(wolfe(fake.objective, from, Float64Array.from(direction), first, options));
  return { from, fake, stand, point: stand?.point ?? null };
}

type Found = ReturnType<typeof search>;

function checkWolfe(t: Test, { from, fake, stand }: Found, direction: number[], { c1, c2 }: WolfeOptions): void {
  if (stand === null) return void t.fail('a point was found');
  const { point, gradient } = stand;
  const d = Float64Array.from(direction);
  const slope0 = dot(from.gradient, d);
  const at = dot(plus(point.x, from.point.x, -1), d) / dot(d, d);
  const decrease = from.point.evaluation.objective + c1 * at * slope0 - point.evaluation.objective;
  t.ok(decrease >= 0, `sufficient decrease at ${at.toPrecision(3)}`);
  t.ok(Math.abs(dot(gradient, d)) <= -c2 * slope0, 'curvature');
  t.equal(point.evaluation.objective, fake.values.value(point.x), 'the value belongs to the point');
  t.strictSame([...gradient], fake.values.gradient(point.x), 'so does the gradient');
  t.strictSame(fake.places, [from.point.x, point.x], 'no other point is left');
  t.ok(fake.mostLive <= 3, 'three points at a time');
}

const rosenbrock: Values = {
  value: ([x, y]) => 100 * (y - x * x) ** 2 + (1 - x) ** 2,
  gradient: ([x, y]) => [-400 * x * (y - x * x) - 2 * (1 - x), 200 * (y - x * x)],
};

t.test('strong Wolfe conditions hold at what is accepted', async (t) => {
  const parabola = line(
    (x) => (x - 3) ** 2,
    (x) => 2 * (x - 3),
  );
  /** Moré & Thuente 1994, function 1 with β = 2: one minimiser, at √2. */
  const rational = line(
    (x) => -x / (x * x + 2),
    (x) => (x * x - 2) / (x * x + 2) ** 2,
  );
  const wavy = line(
    (x) => (x - 4) ** 2 + 3 * Math.sin(5 * x),
    (x) => 2 * (x - 4) + 15 * Math.cos(5 * x),
  );
  const strict = { ...usual, c2: 0.01 };
  for (const first of [1e-3, 0.1, 1, 10, 1e3]) {
    for (const options of [usual, strict]) {
      await t.test(`first step ${first}, c2 ${options.c2}`, async (t) => {
        const more = { ...options, maxEvaluations: 60 };
        checkWolfe(t, search(parabola, [0], [1], first, more), [1], more);
        checkWolfe(t, search(rational, [0], [1], first, more), [1], more);
        checkWolfe(
          t,
          search(wavy, [1], [-wavy.gradient(Float64Array.of(1))[0]], first, more),
          [-wavy.gradient(Float64Array.of(1))[0]],
          more,
        );
        const down = rosenbrock.gradient(Float64Array.of(-1.2, 1)).map((g) => -g);
        checkWolfe(t, search(rosenbrock, [-1.2, 1], down, first * 1e-3, more), down, more);
      });
    }
  }
});

t.test('a point beyond which nothing is finite', async (t) => {
  const walled = line(
    (x) => (x < 2 ? -Math.sqrt(x + 1) - Math.sqrt(2 - x) : Number.NaN),
    (x) => -0.5 / Math.sqrt(x + 1) + 0.5 / Math.sqrt(2 - x),
  );
  checkWolfe(t, search(walled, [-0.5], [1], 50), [1], usual);
});

t.test('the first step is taken where it will do', async (t) => {
  const { fake } = search(
    line(
      (x) => x * x,
      (x) => 2 * x,
    ),
    [1],
    [-1],
    1,
  );
  t.equal(fake.evaluations, 1);
  t.equal(fake.passes, 2);
});

t.test('a direction that does not descend costs nothing', async (t) => {
  const { point, fake } = search(
    line(
      (x) => x * x,
      (x) => 2 * x,
    ),
    [1],
    [1],
  );
  t.equal(point, null);
  t.equal(fake.passes, 0);
});

t.test('a slope that lies: no decrease is found, and the start is left', async (t) => {
  const lying: Values = { value: ([x]) => Math.abs(x), gradient: () => [-1] };
  const { point, fake, from } = search(lying, [0], [1]);
  t.equal(point, null);
  t.equal(fake.evaluations, usual.maxEvaluations);
  t.strictSame(fake.places, [from.point.x]);
});

t.test('an objective without bound: the farthest point after the last evaluation', async (t) => {
  const { from, point, fake } = search(
    line(
      (x) => -x,
      () => -1,
    ),
    [0],
    [1],
  );
  t.equal(fake.evaluations, usual.maxEvaluations);
  t.ok(point !== null && point.x[0] > 1e3, 'it went on growing');
  t.strictSame(fake.places, [from.point.x, point?.x]);
});

t.test('without a Wolfe point, the best sufficient decrease, which was kept', async (t) => {
  const kink = line(
    (x) => Math.abs(x - 1 / 3),
    (x) => (x < 1 / 3 ? -1 : 1),
  );
  const { from, stand, point, fake } = search(kink, [0], [1], 1);
  t.ok(point !== null && point.evaluation.objective < 1 / 3, 'lower than the start');
  t.strictSame(fake.places, [from.point.x, point?.x]);
  t.strictSame([...(stand?.gradient ?? [])], kink.gradient(point?.x as Float64Array), 'with its gradient');
  t.equal(fake.evaluations, usual.maxEvaluations, 'no way back');
  t.ok(fake.mostLive <= 3, 'three points at a time');
});
