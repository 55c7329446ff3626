/**
 * @file Native and js take the same iterations. What may differ is rounding, which the iteration enlarges like any other
 * change of its start: the yardstick is how far the iterates move when θ moves in its last digit.
 */

import t, { type Test } from 'tap';
import { type Jacobian, jacobians } from '../../lib/backend/backend.js';
import type { LossDefinition } from '../../lib/backend/loss.js';
import { type BackendName, backendNames, selectBackend } from '../../lib/backend/select.js';
import { driveSync } from '../../lib/job/job.js';
import { crossEntropy } from '../../lib/loss/crossEntropy.js';
import { identity, tanh } from '../../lib/network/activation.js';
import { concat } from '../../lib/network/concat.js';
import { dense } from '../../lib/network/dense.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { Network } from '../../lib/network/network.js';
import { sequential } from '../../lib/network/sequential.js';
import { gnvpro } from '../../lib/optimizers/gnvpro.js';
import { TrustRegion } from '../../lib/optimizers/trustRegion.js';
import { Random } from '../../lib/random.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { normals } from '../support/numbers.js';
import { openSession, relativeError } from '../support/reference.js';

interface Problem {
  readonly network: LayerDescription;
  readonly inputs: Float64Array;
  readonly targets: Float64Array;
  readonly samples: number;
  readonly alphaTheta: number;
  readonly alphaW: number;
  readonly loss?: LossDefinition;
  /** Of the ball of the first step; null: it is unconstrained. */
  readonly initialRadius?: number;
}

const samples = 80;
const plane = normals(new Random(1), samples * 2);
const surface = Array.from({ length: samples }, (_, n) => {
  const [x, y] = plane.subarray(2 * n, 2 * n + 2);
  return [Math.sin(3 * x + y), x * y, Math.exp(-x * x - y * y)];
});
const quadrants = surface.map((_, n) => {
  const kind = Number(plane[2 * n] > 0) + Number(plane[2 * n + 1] > 0);
  return [0, 1, 2].map((k) => Number(k === kind));
});
const bottleneck = sequential([dense(2), concat([dense(5, { activation: 'tanh' }), identity()])]);
const inSix = normals(new Random(2), samples * 6);
const fields = surface.map((_, n) => {
  const [a, b, c] = inSix.subarray(6 * n, 6 * n + 3);
  return [0, 1, 2, 3].map((k) => Math.cos(a + 0.3 * k * b) + 0.1 * c);
});

const regression = { network: sequential([dense(8), tanh()]), inputs: plane, targets: flat(surface), samples };
const problems: Record<string, Problem> = {
  'well conditioned': { ...regression, alphaTheta: 1e-2, alphaW: 1e-2 },
  'a small ball': { ...regression, alphaTheta: 1e-6, alphaW: 1e-6, initialRadius: 0.1 },
  'as by default': { ...regression, alphaTheta: 1e-6, alphaW: 1e-6 },
  bottleneck: { network: bottleneck, inputs: inSix, targets: flat(fields), samples, alphaTheta: 2e-8, alphaW: 1e-8 },
  'H is singular': { network: bottleneck, inputs: inSix, targets: flat(fields), samples, alphaTheta: 0, alphaW: 1e-8 },
  classes: {
    ...{ network: sequential([dense(5), tanh()]), inputs: plane, targets: flat(quadrants), samples },
    ...{ alphaTheta: 1e-3, alphaW: 1e-3, loss: crossEntropy },
  },
};

function flat(rows: number[][]): Float64Array {
  return Float64Array.from(rows.flat());
}

interface Way {
  readonly solver: 'krylov' | 'dense';
  readonly jacobian: Jacobian;
}

interface Iteration {
  readonly theta: Float64Array;
  readonly kind: string;
}

const iterations = 8;

function iterate(backend: BackendName, problem: Problem, { solver, jacobian }: Way, start: Float64Array): Iteration[] {
  const { network, alphaTheta, initialRadius = null, ...given } = problem;
  const session = openSession(selectBackend(backend), network, {
    ...{ ...given, jacobian, regularizer: tikhonov(start.length, alphaTheta) },
    ...{ innerTolerance: 1e-14, pairs: solver === 'krylov' ? 20 : 0 },
  });
  const method = new TrustRegion(session, gnvpro({ jacobian, trustRegion: { initialRadius } }), solver);
  driveSync(method.start(start));
  let ball = initialRadius ?? Number.POSITIVE_INFINITY;
  return Array.from({ length: iterations }, () => {
    const { point, accepted, stepNorm, radius } = driveSync(method.step());
    const place = stepNorm < 0.99 * ball ? 'inside' : 'boundary';
    ball = radius as number;
    return { theta: point.x, kind: accepted ? place : 'rejected' };
  });
}

/** Each weight one unit in the last place up or down. */
function inTheLastDigit(theta: Float64Array, seed: number): Float64Array {
  const random = new Random(seed);
  return theta.map((x) => x * (random.uniform(-1, 1) < 0 ? 1 - 2 ** -53 : 1 + 2 ** -52));
}

function check(t: Test, problem: Problem, way: Way, seen: Set<string>): void {
  const { network, inputs } = problem;
  const theta = new Network(network, inputs.length / samples).initialWeights(3);
  const [js, native] = backendNames.map((backend) => iterate(backend, problem, way, theta));
  const moved = backendNames.flatMap((backend, b) =>
    [5, 6].map((seed) => {
      const other = iterate(backend, problem, way, inTheLastDigit(theta, seed));
      return other.map((at, i) => relativeError(at.theta, [js, native][b][i].theta));
    }),
  );
  for (let i = 0; i < iterations; i++) {
    const yardstick = Math.max(1e-15, ...moved.map((distances) => distances[i]));
    const difference = relativeError(native[i].theta, js[i].theta);
    t.ok(difference <= 20 * yardstick, `step ${i + 1}: ${difference}, where the last digit of θ makes ${yardstick}`);
    if (yardstick > 1e-3) return; // from here on rounding decides
    t.equal(native[i].kind, js[i].kind);
    seen.add(native[i].kind);
  }
}

const seen = new Set<string>();
for (const [name, problem] of Object.entries(problems)) {
  for (const solver of ['dense', 'krylov'] as const) {
    for (const jacobian of jacobians) {
      t.test(`${name}, ${solver}, ${jacobian}`, async (t) => check(t, problem, { solver, jacobian }, seen));
    }
  }
}

t.test('a well-conditioned step to twelve digits', async (t) => {
  const problem = problems['well conditioned'];
  const theta = new Network(problem.network, 2).initialWeights(3);
  for (const jacobian of jacobians) {
    for (const initialRadius of [0.5, undefined]) {
      const [js, native] = backendNames.map((backend) => {
        return iterate(backend, { ...problem, initialRadius }, { solver: 'dense', jacobian }, theta)[0].theta;
      });
      t.ok(relativeError(native, js) < 1e-12);
      t.not(relativeError(native, theta), 0, 'a step was made');
    }
  }
});

t.test('the iterations above have steps of every kind', async (t) => {
  t.strictSame([...seen].sort(), ['boundary', 'inside', 'rejected']);
});
