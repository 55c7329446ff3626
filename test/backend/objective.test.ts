/** @file The reduced objective and its derivatives, from their definitions, on each backend. */
import type { Test } from 'tap';
import { type Jacobian, jacobians } from '../../lib/backend/backend.js';
import { dot, join, norm } from '../../lib/linalg/vector.js';
import { identity } from '../../lib/network/activation.js';
import { concat } from '../../lib/network/concat.js';
import { dense } from '../../lib/network/dense.js';
import { Network } from '../../lib/network/network.js';
import { multiply, regularizerGradient, tikhonov } from '../../lib/regularizer/tikhonov.js';
import { adjointError, decays, normals, taylorQuotients } from '../support/numbers.js';
import { relativeError } from '../support/reference.js';
import type { Walk } from '../support/walk.js';
import { coupled, d, inputs, N, type Open, onEach, P, random, targetColumns, targets, theta } from './problem.js';

/** [S ; Wᵀ], but for the constant C: S = R + C. */
function stackOf(walk: Walk): Float64Array {
  const W = walk.W();
  const m = W.length / targetColumns;
  const transposedW = Float64Array.from(W, (_, i) => W[(i % targetColumns) * m + Math.floor(i / targetColumns)]);
  return join(walk.residual(), transposedW);
}

/** blkdiag(I/N, α_W I) times a stack of so many samples: H = Jᵀ(this)J + A. */
function weighted(stack: Float64Array, alphaW: number, samples = N): Float64Array {
  return stack.map((x, i) => (i < samples * targetColumns ? x / samples : alphaW * x));
}

const variants = [
  { alphaW: 1e-3, bias: true },
  { alphaW: 0, bias: true },
  { alphaW: 1e-3, bias: false },
  { alphaW: 1e-10, bias: true },
];

for (const jacobian of jacobians) {
  for (const { alphaW, bias } of variants) {
    onEach(`${jacobian}, α_W = ${alphaW}, bias ${bias}`, async (t, open) => {
      const walk = open({ jacobian, alphaW, bias });
      const evaluation = walk.moveTo(theta);
      checkObjective(t, walk, evaluation.objective, alphaW, bias);
      checkDerivatives(t, open, walk, jacobian, alphaW);
    });
  }
}

function checkObjective(t: Test, walk: Walk, objective: number, alphaW: number, bias: boolean): void {
  const [Z, W, R] = [walk.features(), walk.W(), walk.residual()];
  const w = Z.length / N;
  const m = w + Number(bias);
  const Zt = (n: number, j: number) => (j < w ? Z[n * w + j] : 1);
  const stationarity = W.map((_, i) => alphaW * W[i]);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < targetColumns; k++) {
      let prediction = 0;
      for (let j = 0; j < m; j++) prediction += Zt(n, j) * W[k * m + j];
      const r = prediction - targets[n * targetColumns + k];
      if (Math.abs(r - R[n * targetColumns + k]) > 1e-13) t.fail('R = Z̃Wᵀ − C');
      for (let j = 0; j < m; j++) stationarity[k * m + j] += (r * Zt(n, j)) / N;
    }
  }
  t.ok(norm(stationarity) < 1e-13, 'W is optimal');
  const away = theta.map((x, i) => x - (coupled().reference as Float64Array)[i]);
  const expected = dot(R, R) / (2 * N) + 0.5 * alphaW * dot(W, W) + 0.5 * dot(away, multiply(coupled(), away));
  t.ok(Math.abs(objective / expected - 1) < 1e-14, 'objective');
}

function checkDerivatives(t: Test, open: Open, walk: Walk, jacobian: Jacobian, alphaW: number): void {
  const v = normals(random, P);
  const probe = open({ jacobian, alphaW, bias: walk.W().length / targetColumns > 4 });
  const gradient = walk.gradient();
  const slope = Float64Array.of(dot(gradient, v));
  const phi = (x: Float64Array) => Float64Array.of(probe.evaluate(x).objective);
  t.ok(decays(taylorQuotients(phi, theta, v, slope)), `gradient: ${taylorQuotients(phi, theta, v, slope)}`);

  const Jv = walk.jacobianProduct(v);
  const stack = (x: Float64Array) => {
    probe.moveTo(x);
    return stackOf(probe);
  };
  if (jacobian === 'golub-pereyra') {
    t.ok(decays(taylorQuotients(stack, theta, v, Jv)), `J v: ${taylorQuotients(stack, theta, v, Jv)}`);
  }
  const u = normals(random, Jv.length);
  t.ok(adjointError(Jv, u, v, walk.jacobianTransposeProduct(u)) < 1e-12, '⟨J v, u⟩ = ⟨v, Jᵀu⟩');

  const regularizer = coupled();
  const JtR = walk.jacobianTransposeProduct(weighted(stackOf(walk), alphaW));
  const gradientOfA = regularizerGradient(regularizer, theta);
  t.ok(
    relativeError(
      JtR.map((x, i) => x + gradientOfA[i]),
      gradient,
    ) < 1e-11,
    'the gradient is Jᵀ times the weighted stack',
  );
  const Av = multiply(regularizer, v);
  const JtJv = walk.jacobianTransposeProduct(weighted(Jv, alphaW)).map((x, i) => x + Av[i]);
  const Hv = walk.hessianProduct(v);
  t.ok(relativeError(Hv, JtJv) < 1e-11, 'H v = Jᵀ blkdiag(I/N, α_W I) J v + A v');
  const H = walk.denseHessian();
  t.ok(
    relativeError(
      theta.map((_, i) => dot(H.subarray(i * P, (i + 1) * P), v)),
      Hv,
    ) < 1e-11,
    'the dense H',
  );
  t.ok(
    H.every((x, k) => x === H[(k % P) * P + Math.floor(k / P)]),
    'is symmetric',
  );
}

onEach('Kaufman’s Jacobian leaves out a part that is orthogonal to the rest', async (t, open) => {
  const [full, kaufman] = jacobians.map((jacobian) => open({ jacobian }));
  for (const walk of [full, kaufman]) walk.moveTo(theta);
  const v = normals(random, P);
  const [a, b] = [full, kaufman].map((walk) => walk.jacobianProduct(v));
  const square = (x: Float64Array) => dot(x, weighted(x, 1e-3));
  t.ok(square(a) > square(b));
  t.ok(Math.abs(square(a) - square(b) - square(a.map((x, i) => x - b[i]))) < 1e-12 * square(a));
});

onEach('at a zero residual H is the Hessian of φ', async (t, open) => {
  const walk = open();
  walk.moveTo(theta);
  const Z = walk.features();
  const exact = Float64Array.from({ length: N }, (_, n) => Z[4 * n] - 2 * Z[4 * n + 3] + 0.5);
  for (const jacobian of jacobians) {
    const zero = open({ targets: exact, alphaW: 0, regularizer: tikhonov(P, 0), jacobian });
    t.ok(zero.moveTo(theta).objective < 1e-25, 'zero residual');
    const v = normals(random, P);
    const Hv = zero.hessianProduct(v);
    const h = 1e-4;
    const gradientAt = (step: number) => {
      zero.moveTo(theta.map((x, i) => x + step * v[i]));
      return zero.gradient();
    };
    const [plus, minus] = [gradientAt(h), gradientAt(-h)];
    const error = relativeError(
      plus.map((x, i) => (x - minus[i]) / (2 * h)),
      Hv,
    );
    t.ok(error < 1e-5, `${jacobian}: ${error}`);
  }
});

onEach('features without full rank', async (t, open) => {
  const twice = concat([dense(3, { activation: 'tanh' }), identity(), identity()]);
  const weights = new Network(twice, d).weights;
  const start = new Network(twice, d).initialWeights(1);
  const regularizer = tikhonov(weights, 1e-6);
  const walk = open({ alphaW: 0, regularizer }, twice);
  const evaluation = walk.moveTo(start);
  t.equal(evaluation.rank, 3 + d + 1);
  const W = walk.W();
  for (let j = 3; j < 3 + d; j++) t.ok(Math.abs(W[j] - W[j + d]) < 1e-12, 'minimum norm: equal shares');
  const once = open({ alphaW: 0, regularizer }, concat([dense(3, { activation: 'tanh' }), identity()]));
  const other = once.moveTo(start);
  t.ok(Math.abs(evaluation.objective - other.objective) < 1e-14, 'the same fit as without the copy');
  t.ok(relativeError(walk.gradient(), once.gradient()) < 1e-11, 'the same gradient');
  const v = normals(random, weights);
  const [a, b] = [walk, once].map((one) => one.jacobianProduct(v).subarray(0, N * targetColumns));
  t.ok(relativeError(a, b) < 1e-11, 'the same derivative of the residual');
});

onEach('fewer samples than features', async (t, open) => {
  for (const alphaW of [0, 1e-4]) {
    const few = {
      inputs: inputs.subarray(0, 3 * d),
      targets: targets.subarray(0, 3 * targetColumns),
      samples: 3,
      alphaW,
    };
    const walk = open(few);
    const { rank, loss } = walk.moveTo(theta);
    if (alphaW === 0) t.ok(rank === 3 && loss < 1e-28, 'interpolates');
    const v = normals(random, P);
    const Jv = walk.jacobianProduct(v);
    const u = normals(random, Jv.length);
    const Av = multiply(coupled(), v);
    const JtJv = walk.jacobianTransposeProduct(weighted(Jv, alphaW, 3)).map((x, i) => x + Av[i]);
    t.ok(relativeError(walk.hessianProduct(v), JtJv) < 1e-10, 'H v = Jᵀ blkdiag(I/N, α_W I) J v + A v');
    if (alphaW === 0) {
      const length = Math.sqrt(dot(Jv, weighted(Jv, 0, 3)));
      t.ok(length < 1e-11, `the residual stays zero: ${length}`);
      continue;
    }
    t.ok(adjointError(Jv, u, v, walk.jacobianTransposeProduct(u)) < 1e-12, '⟨J v, u⟩ = ⟨v, Jᵀu⟩');
    const probe = open(few);
    const slope = Float64Array.of(dot(walk.gradient(), v));
    const phi = (x: Float64Array) => Float64Array.of(probe.evaluate(x).objective);
    t.ok(decays(taylorQuotients(phi, theta, v, slope)), 'gradient');
  }
});
