/** @file The trust-region problem of a step with H and g prescribed: the regulariser's own, as targets of zero leave W zero. */
import t, { type Test } from 'tap';
import type { StepOptions, StepResult } from '../../lib/backend/backend.js';
import { type BackendName, backendNames, selectBackend } from '../../lib/backend/select.js';
import { dot, norm } from '../../lib/linalg/vector.js';
import { dense } from '../../lib/network/dense.js';
import { Random } from '../../lib/random.js';
import { normals } from '../support/numbers.js';
import { openWalk, quadratic, relativeError } from '../support/reference.js';

const P = 12;
const random = new Random(4);

interface Solved extends StepResult {
  /** As the walk computes it, with its rounding. */
  readonly g: Float64Array;
}

/** H = QΛQᵀ with Q a product of two reflections, and g = Qγ. */
class Quadratic {
  readonly H = new Float64Array(P * P);
  readonly #reference: Float64Array;

  constructor(
    readonly values: readonly number[],
    coordinates: readonly number[],
    readonly reflections = [normals(random, P), normals(random, P)],
  ) {
    values.forEach((value, k) => {
      const q = this.#rotated(values.map((_, i) => Number(i === k)));
      for (let i = 0; i < P; i++) for (let j = 0; j <= i; j++) this.H[i * P + j] += value * q[i] * q[j];
    });
    for (let i = 0; i < P; i++) for (let j = 0; j < i; j++) this.H[j * P + i] = this.H[i * P + j];
    // g = H(θ − reference) at θ = 0
    this.#reference = this.#rotated(coordinates.map((c, i) => (c === 0 ? 0 : -c / values[i])));
  }

  step(backend: BackendName, options: Pick<StepOptions, 'solver' | 'radius'>): Solved {
    const walk = openWalk(selectBackend(backend), dense(3, { bias: false }), {
      inputs: normals(new Random(1), 5 * 4),
      targets: new Float64Array(5),
      samples: 5,
      alphaW: 1,
      regularizer: quadratic(this.H, P, this.#reference),
    });
    walk.moveTo(new Float64Array(P));
    const result = walk.step({ maxVectors: P, tolerance: 0, multiplier: 0, rankTolerance: 0, ...options });
    return { ...result, g: walk.gradient() };
  }

  times(x: Float64Array): Float64Array {
    return x.map((_, i) => dot(this.H.subarray(i * P, (i + 1) * P), x));
  }

  #rotated(coordinates: readonly number[]): Float64Array {
    const x = Float64Array.from(coordinates);
    for (const v of this.reflections) {
      const factor = (2 * dot(v, x)) / dot(v, v);
      x.forEach((xi, i) => {
        x[i] = xi - factor * v[i];
      });
    }
    return x;
  }
}

/** (H + λI)s = −g, H + λI without negative eigenvalues, λ ≥ 0, ‖s‖ ≤ Δ, λ(Δ − ‖s‖) = 0, all to rounding. */
function checkOptimal(t: Test, problem: Quadratic, result: Solved, radius: number): void {
  const { g, step, multiplier, onBoundary, stepNorm, predictedReduction } = result;
  const { values } = problem;
  const size = Math.max(...values.map(Math.abs)) + multiplier;
  const Hs = problem.times(step);
  const left = Hs.map((x, i) => x + multiplier * step[i] + g[i]);
  t.ok(norm(left) <= 1e-13 * (size * stepNorm + norm(g)), `(H + λI) s = −g: ${norm(left)}`);
  t.ok(multiplier >= 0 && values[0] + multiplier >= -1e-13 * size, `λ = ${multiplier}`);
  t.ok(onBoundary || multiplier === 0, 'λ = 0 inside');
  t.ok(onBoundary ? Math.abs(stepNorm / radius - 1) < 1e-13 : stepNorm <= radius, `‖s‖ = ${stepNorm}, Δ = ${radius}`);
  const reduction = -dot(g, step) - 0.5 * dot(step, Hs);
  t.ok(Math.abs(predictedReduction - reduction) <= 1e-13 * stepNorm * (norm(g) + size * stepNorm), 'reduction');
}

const graded = Array.from({ length: P }, (_, i) => 10 ** (i - P + 1)); // 1e-11 … 1
const problems: Record<string, { values: number[]; coordinates: number[] }> = {
  'well conditioned': { values: graded.map((_, i) => 1 + i), coordinates: graded.map(() => 1) },
  'eigenvalues over eleven powers of ten': { values: graded, coordinates: graded.map((x) => Math.sqrt(x)) },
  'a steep gradient along the flat directions': { values: graded, coordinates: graded.map(() => 1) },
  'one flat direction': { values: graded.map((_, i) => (i === 0 ? 1e-9 : 1)), coordinates: graded.map(() => 1) },
  'a flat direction that g hardly sees': {
    values: graded.map((_, i) => (i === 0 ? 1e-9 : 1)),
    coordinates: graded.map((_, i) => (i === 0 ? 1e-7 : 1)),
  },
  'singular, g in its range': {
    values: graded.map((_, i) => (i < 4 ? 0 : i)),
    coordinates: graded.map((_, i) => (i < 4 ? 0 : 1)),
  },
  indefinite: { values: graded.map((_, i) => i - 3.5), coordinates: graded.map(() => 1) },
  'the hard case': {
    values: graded.map((_, i) => i - 3),
    coordinates: graded.map((_, i) => (i === 0 || i === 3 ? 0 : 1)),
  },
};

// Units of H and of the step, some with squares that are no numbers any more.
const units: [H: number, step: number][] = [
  [1e-30, 1],
  [1e30, 1],
  [2 ** -660, 1],
  [2 ** 660, 1],
  [2 ** 330, 2 ** -660],
  [2 ** -330, 2 ** 660],
];
for (const name of ['well conditioned', 'one flat direction', 'indefinite', 'the hard case']) {
  for (const [H, step] of units) {
    problems[`${name}, H in ${H}, steps in ${step}`] = {
      values: problems[name].values.map((value) => H * value),
      coordinates: problems[name].coordinates.map((c) => H * step * c),
    };
  }
}

for (const [name, { values, coordinates }] of Object.entries(problems)) {
  const problem = new Quadratic(values, coordinates);
  const newton = norm(Float64Array.from(coordinates, (c, i) => (c === 0 ? 0 : c / values[i])));
  const radii = [1e-6, 1e-2, 0.3, 0.9, 0.999, 1.001, 10].map((share) => share * newton);
  t.test(name, async (t) => {
    for (const radius of radii) {
      const [js, native] = backendNames.map((backend) => problem.step(backend, { solver: 'dense', radius }));
      checkOptimal(t, problem, js, radius);
      checkOptimal(t, problem, native, radius);
      t.equal(native.onBoundary, js.onBoundary);
      if (name.startsWith('the hard case')) continue; // two steps are as good
      const least = values.find((value) => value !== 0) as number;
      const condition = (values[P - 1] + js.multiplier) / (least + js.multiplier);
      const error = relativeError(native.step, js.step);
      t.ok(error <= 1e-15 * Math.max(condition, 1e3), `Δ = ${radius}: native and js differ by ${error}`);
    }
    if (values[0] < 0) return;
    for (const backend of backendNames) {
      const free = problem.step(backend, { solver: 'dense', radius: null });
      t.same([free.radius, free.multiplier, free.onBoundary], [free.stepNorm, 0, false]);
      t.ok(Math.abs(free.stepNorm / newton - 1) < 1e-3, `the step of least norm: ${free.stepNorm}, ${newton}`);
    }
  });
}

/** H diagonal, so that g has no part at all along the lowest eigenvector. */
t.test('the hard case without rounding', async (t) => {
  const { values, coordinates } = problems['the hard case'];
  const axes = [0, 1].map((k) => Float64Array.from(values, (_, i) => Number(i === k)));
  for (const [H, step] of [[1, 1], ...units]) {
    const moved = [values.map((value) => H * value), coordinates.map((c) => H * step * c)] as const;
    const problem = new Quadratic(...moved, axes);
    for (const radius of [2 * step, 10 * step]) {
      for (const backend of backendNames) {
        const result = problem.step(backend, { solver: 'dense', radius });
        checkOptimal(t, problem, result, radius);
        t.ok(Math.abs(result.multiplier / (3 * H) - 1) < 1e-14, `λ = ${result.multiplier}`);
      }
    }
  }
});
