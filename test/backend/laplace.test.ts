/** @file What both backends say of the posterior, against the whole Gauss–Newton matrix of θ and W. */
import t from 'tap';
import type { Backend, Derivatives, Laplace, PosteriorRoots } from '../../lib/backend/backend.js';
import { jsBackend } from '../../lib/backend/js/backend.js';
import { nativeBackend } from '../../lib/backend/native.js';
import { cholesky, choleskyInverse } from '../../lib/linalg/cholesky.js';
import { product } from '../../lib/linalg/matmul.js';
import { addScaled, type Matrix, matrix } from '../../lib/linalg/matrix.js';
import { join } from '../../lib/linalg/vector.js';
import { tanh } from '../../lib/network/activation.js';
import { dense as layer } from '../../lib/network/dense.js';
import { Network } from '../../lib/network/network.js';
import { sequential } from '../../lib/network/sequential.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { convexLosses } from '../support/losses.js';
import { close, onBackends, openWalk, relativeError, type WalkOptions } from '../support/reference.js';
import { coupled, inputs, N, network, P, targetColumns, targets, theta } from './problem.js';

const sampleWeights = Float64Array.from({ length: N }, (_, n) => n % 3);
const alphaW = 1e-2;
const shared = { inputs, targets, samples: N, alphaW, regularizer: coupled() };
const variants: Partial<WalkOptions>[] = [
  {},
  { jacobian: 'kaufman', sampleWeights },
  { bias: false, regularizer: tikhonov(P, 1e-3) },
];
/** Of the outputs: as the objective takes it, and not. */
const noises = [
  new Float64Array(targetColumns).fill(1),
  Float64Array.from({ length: targetColumns }, (_, j) => 0.3 + j),
];
const sum = (numbers: Float64Array) => numbers.reduce((total, x) => total + x, 0);

for (const [k, options] of variants.entries()) {
  t.test(`native and js agree, ${k}`, async (t) => {
    const [native, js] = [nativeBackend, jsBackend].map((backend) => {
      const walk = openWalk(backend, network, { ...shared, ...options });
      walk.moveTo(theta);
      return walk.point.laplace().sync() as Laplace;
    });
    close(t, native.inverseDiagonal, js.inverseDiagonal, 'diag H⁻¹');
    for (const part of ['logDeterminant', 'slope', 'innerTrace', 'innerLogDeterminant'] as const) {
      close(t, [native[part]], [js[part]], part);
    }
  });

  t.test(`native and js agree in the posterior, ${k}`, async (t) => {
    for (const noise of noises) {
      const [native, js] = [nativeBackend, jsBackend].map((backend) => {
        const walk = openWalk(backend, network, { ...shared, ...options });
        walk.moveTo(theta);
        return walk.point.posterior(noise).sync() as PosteriorRoots;
      });
      close(t, native.theta, js.theta, 'V', 1e-9);
      close(t, native.changesOfW, js.changesOfW, 'dW along V', 1e-9);
      close(t, squareOf(native.W).data, squareOf(js.W).data, 'G⁻¹', 1e-9);
    }
  });

  t.test(`the blocks of the whole matrix, and its inverse, ${k}`, async (t) => {
    await onBackends(t, (t, backend) => {
      const walk = openWalk(backend, network, { ...shared, ...options });
      walk.moveTo(theta);
      const joint = openWalk(backend, network, { ...shared, ...options, objective: 'joint' });
      const w = walk.point.W();
      const x = join(theta, w);
      joint.moveTo(x);
      const n = x.length;
      const A = joint.point.denseHessian().sync();
      const L = cholesky(matrix(n, n, A));
      if (L === null) throw new Error('not positive definite');
      const inverse = choleskyInverse(L);
      for (const noise of noises) {
        const roots = walk.point.posterior(noise).sync() as PosteriorRoots;
        const B = withNoise(matrix(n, n, A), joint.point, noise, options.sampleWeights ?? null);
        const expected = product(product(inverse, B), inverse);
        close(t, covarianceOf(roots, noise, w.length / targetColumns), expected.data, `A⁻¹BA⁻¹, ${noise}`, 1e-9);
      }
      const diagonal = Float64Array.from({ length: n }, (_, i) => inverse.data[i * (n + 1)]);
      const logDeterminant = Array.from({ length: n }, (_, i) => 2 * Math.log(L.data[i * (n + 1)])).reduce(
        (a, b) => a + b,
      );
      const laplace = walk.point.laplace().sync() as Laplace;
      close(t, laplace.inverseDiagonal, diagonal.subarray(0, P), '(A⁻¹)_θθ', 1e-9);
      close(t, [laplace.innerTrace + laplace.slope], [sum(diagonal.subarray(P))], 'tr (A⁻¹)_WW', 1e-9);
      close(t, [laplace.logDeterminant + laplace.innerLogDeterminant], [logDeterminant], 'log |A|', 1e-9);
    });
  });
}

t.test('more weights than a block of the product', async (t) => {
  const wide = sequential([layer(60), tanh()]);
  const start = new Network(wide, inputs.length / N).initialWeights(1);
  const options = { ...shared, regularizer: tikhonov(start.length, 1e-2) };
  const [native, js] = [nativeBackend, jsBackend].map((backend) => {
    const walk = openWalk(backend, wide, options);
    walk.moveTo(start);
    return walk.point.posterior(noises[1]).sync() as PosteriorRoots;
  });
  close(t, native.theta, js.theta, 'V', 1e-9);
  close(t, native.changesOfW, js.changesOfW, 'dW along V', 1e-9);
});

/** TTᵀ */
function squareOf(T: Float64Array) {
  const m = Math.sqrt(T.length);
  return product(matrix(m, m, T), matrix(m, m, T), { tb: true });
}

/** A, with output j of noise s_j, and the prior of its row of W in units of that: A + Jᵀ(s² − 1)J. */
function withNoise(A: Matrix, point: Derivatives, noise: Float64Array, weights: Float64Array | null): Matrix {
  const n = A.rows;
  const columns = Array.from({ length: n }, (_, i) => {
    const unit = new Float64Array(n);
    unit[i] = 1;
    return point.jacobianProduct(unit).sync();
  });
  const J = matrix(n, columns[0].length, join(...columns));
  const scaled = matrix(n, J.cols, J.data.slice());
  scaled.data.forEach((x, at) => {
    const row = Math.floor((at % J.cols) / targetColumns);
    const share = row < N ? (weights?.[row] ?? 1) / N : alphaW;
    scaled.data[at] = x * share * (noise[at % targetColumns] ** 2 - 1);
  });
  return addScaled(product(scaled, J, { tb: true }), 1, A);
}

/** Σ_k d_k d_kᵀ + blkdiag(0, diag(s²) ⊗ TTᵀ), m × m blocks. */
function covarianceOf({ theta, changesOfW, W }: PosteriorRoots, noise: Float64Array, m: number): Float64Array {
  const size = targetColumns * m;
  const n = P + size;
  const d = matrix(P, n);
  for (let k = 0; k < P; k++) {
    d.data.set(theta.subarray((k * (k + 1)) / 2, ((k + 1) * (k + 2)) / 2), k * n);
    d.data.set(changesOfW.subarray(k * size, (k + 1) * size), k * n + P);
  }
  const sum = product(d, d, { ta: true });
  squareOf(W).data.forEach((x, i) => {
    for (let j = 0; j < targetColumns; j++) {
      sum.data[(P + j * m + Math.floor(i / m)) * n + P + j * m + (i % m)] += noise[j] ** 2 * x;
    }
  });
  return sum.data;
}

t.test('refused where it means nothing', async (t) => {
  await onBackends(t, (t, backend) => {
    const { softmax } = convexLosses(N);
    const convex = openWalk(backend, network, { ...shared, ...softmax });
    convex.moveTo(theta);
    t.throws(() => convex.point.laplace().sync(), { code: 'ERR_ARGUMENT' });
    t.throws(() => convex.point.posterior(noises[0]).sync(), { code: 'ERR_ARGUMENT' });
    const flat = openWalk(backend, network, { ...shared, regularizer: tikhonov(P, 0) });
    flat.moveTo(new Float64Array(P));
    t.equal(flat.point.laplace().sync(), null, 'H is 0');
    t.equal(flat.point.posterior(noises[0]).sync(), null, 'H is 0');
    for (const wrong of [noises[0].subarray(1), noises[0].map(() => 0), noises[0].map(() => Number.NaN)]) {
      t.throws(() => flat.point.posterior(wrong).sync(), { code: 'ERR_ARGUMENT', message: /noise/ });
    }
  });
});

/** The unconstrained step. */
const dense = {
  solver: 'dense',
  maxVectors: 1,
  tolerance: 0,
  radius: null,
  multiplier: 0,
  rankTolerance: 0,
} as const;

t.test('the step after an estimate takes its H, the prior changed', async (t) => {
  const options = { ...shared, jacobian: 'kaufman' } as const;
  /** From θ, the prior being this one by then. */
  const stepAfter = (
    backend: Backend,
    { alphaW, factor }: { alphaW: number; factor: number },
    isEstimated: boolean,
  ) => {
    const walk = openWalk(backend, network, options);
    walk.moveTo(theta);
    if (isEstimated) walk.point.laplace().sync();
    walk.regularize(alphaW, tikhonov(P, factor));
    walk.moveTo(theta);
    const before = walk.objective.passes;
    return { step: walk.step(dense).step, passes: walk.objective.passes - before, walk };
  };
  await onBackends(t, (t, backend) => {
    const another = { alphaW, factor: 0.3 };
    const [exact, taken] = [false, true].map((is) => stepAfter(backend, another, is));
    close(t, taken.step, exact.step, 'another α_θ', 1e-10);
    t.ok(taken.passes < exact.passes, 'nothing is assembled');

    const near = { alphaW: 1.9 * alphaW, factor: 0.3 };
    const error = relativeError(stepAfter(backend, near, true).step, stepAfter(backend, near, false).step);
    t.ok(error > 1e-8 && error < 0.1, `α_W to first order: ${error}`);

    const far = { alphaW: 2.1 * alphaW, factor: 0.3 };
    t.same(stepAfter(backend, far, true).step, stepAfter(backend, far, false).step, 'a distant α_W: anew');

    const { walk } = stepAfter(backend, another, true);
    walk.moveTo(theta);
    const passes = walk.objective.passes;
    close(t, walk.step(dense).step, exact.step, 'a second point there: anew', 1e-10);
    t.equal(walk.objective.passes - passes, exact.passes);
  });
  const [native, js] = [nativeBackend, jsBackend].map((backend) =>
    stepAfter(backend, { alphaW: 0.6 * alphaW, factor: 0.3 }, true),
  );
  close(t, native.step, js.step, 'native and js', 1e-9);
});

t.test('an estimate is of its θ alone', async (t) => {
  await onBackends(t, (t, backend) => {
    const [exact, other] = [false, true].map((isEstimated) => {
      const walk = openWalk(backend, network, { ...shared, jacobian: 'kaufman' });
      walk.moveTo(theta);
      if (isEstimated) walk.point.laplace().sync();
      walk.moveTo(theta.map((x) => 1.01 * x));
      return walk.step(dense).step;
    });
    t.same(other, exact);
  });
});
