/** @file The Krylov space of the step against GMRES of Meganet.m on a symmetric 15 × 15 matrix of condition 1e6. */
import t from 'tap';
import type { Backend } from '../../lib/backend/backend.js';
import { arrayOf, fixture, type Reference } from '../support/fixtures.js';
import { linearFeatures, linearInputs } from '../support/linearFeatures.js';
import { close, onBackends, openWalk, quadratic } from '../support/reference.js';

const n = 15;
const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * y[i], 0);
const multiply = (A: Float64Array, x: Float64Array) => x.map((_, i) => dot(A.subarray(i * n, (i + 1) * n), x));

/**
 * A walk whose H is A and whose gradient is −b, so that its steps solve A s = b. A is the regulariser. The gradient
 * comes from the data: one feature Z = s²z + θ (each sample has its own weight) with zᵀb = 0, and C = s(b + nz) give
 * W = n/s, R = −sb, and with them −b; the data's own share of H, about W²/n, vanishes beside A.
 */
function walkFor(backend: Backend, A: Float64Array, b: Float64Array) {
  const s = 1e10;
  const z = b.map((_, i) => (i === n - 1 ? 0 : i % 2 === 0 ? b[i + 1] : -b[i - 1]));
  const identity = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  const walk = openWalk(backend, linearFeatures(1, n), {
    inputs: linearInputs(
      z.map((value) => s * s * value),
      identity,
      n,
    ),
    targets: b.map((value, i) => s * (value + n * z[i])),
    samples: n,
    alphaW: 0,
    bias: false,
    jacobian: 'kaufman',
    regularizer: quadratic(A, n, null),
  });
  walk.moveTo(new Float64Array(n));
  return walk;
}

/** The step in the space of `maxVectors` vectors, from a fresh walk: a space is built once at a point. */
function solve(backend: Backend, reference: Reference, maxVectors: number, tolerance: number): Float64Array {
  const walk = walkFor(backend, arrayOf(reference, 'A'), arrayOf(reference, 'b'));
  walk.gradient();
  const { step } = walk.step({
    solver: 'krylov',
    maxVectors,
    tolerance,
    radius: null,
    multiplier: 0,
    rankTolerance: 0,
  });
  walk.dispose();
  return step;
}

/** The vectors orthonormalised one after the other; each keeps the sign that makes its product with A v_{j−1} positive. */
function orthonormalize(vectors: Float64Array[], A: Float64Array): Float64Array[] {
  const basis: Float64Array[] = [];
  for (const vector of vectors) {
    let next = vector.slice();
    for (let sweep = 0; sweep < 2; sweep++) {
      for (const other of basis) {
        const factor = dot(next, other);
        next = next.map((value, i) => value - factor * other[i]);
      }
    }
    const last = basis[basis.length - 1];
    const sign = last === undefined || dot(next, multiply(A, last)) > 0 ? 1 : -1;
    const length = Math.sqrt(dot(next, next));
    basis.push(next.map((value) => (sign * value) / length));
  }
  return basis;
}

/** The y of smallest ‖H y − βe₁‖ for H of j + 1 rows, by Givens rotations. `columns` are those of H. */
function smallestResidual(columns: Float64Array[], beta: number): Float64Array {
  const rows = columns.length + 1;
  const right = new Float64Array(rows);
  right[0] = beta;
  const R = columns.map((column) => column.slice(0, rows));
  for (let j = 0; j < R.length; j++) {
    const r = Math.hypot(R[j][j], R[j][j + 1]);
    const [cos, sin] = [R[j][j] / r, R[j][j + 1] / r];
    for (const column of [...R.slice(j), right]) {
      const [upper, lower] = [column[j], column[j + 1]];
      column[j] = cos * upper + sin * lower;
      column[j + 1] = cos * lower - sin * upper;
    }
  }
  const y = new Float64Array(R.length);
  for (let i = R.length - 1; i >= 0; i--) {
    let sum = right[i];
    for (let j = i + 1; j < R.length; j++) sum -= R[j][i] * y[j];
    y[i] = sum / R[i][i];
  }
  return y;
}

t.test('the gradient and the operator are those of the linear system', async (t) => {
  const reference = fixture('GMRES_2');
  const [A, b] = [arrayOf(reference, 'A'), arrayOf(reference, 'b')];
  await onBackends(t, (t, backend) => {
    const walk = walkFor(backend, A, b);
    close(
      t,
      walk.gradient().map((g) => -g),
      b,
      '−g = b',
      1e-14,
    );
    close(t, walk.hessianProduct(b), multiply(A, b), 'H b = A b', 1e-14);
    walk.dispose();
  });
});

t.test('six vectors: V, H and the solution of smallest residual', async (t) => {
  const reference = fixture('GMRES_2');
  const [A, b] = [arrayOf(reference, 'A'), arrayOf(reference, 'b')];
  await onBackends(t, (t, backend) => {
    // The steps in the spaces of 1 … 6 vectors span the same spaces.
    const steps = Array.from({ length: 6 }, (_, j) => solve(backend, reference, j + 1, 1e-10));
    const V = orthonormalize(steps, A);
    V.push(orthonormalize([...V, multiply(A, V[5])], A)[6]);
    const columns = V.slice(0, 6).map((v) => Float64Array.from(V, (other) => dot(other, multiply(A, v))));
    close(t, Float64Array.from(V.flatMap((v) => [...v])), arrayOf(reference, 'V'), 'V');
    close(t, Float64Array.from(columns.flatMap((h) => [...h])), arrayOf(reference, 'H'), 'H');
    const y = smallestResidual(columns, Math.sqrt(dot(b, b)));
    const x = b.map((_, i) => y.reduce((sum, factor, j) => sum + factor * V[j][i], 0));
    close(t, x, arrayOf(reference, 'x'), 'x');
  });
});

for (const name of ['GMRES_1', 'GMRES_3']) {
  t.test(`${name}: the whole space`, async (t) => {
    const reference = fixture(name);
    const A = arrayOf(reference, 'A');
    await onBackends(t, (t, backend) => {
      const { tolerance } = reference.meta as { tolerance: number };
      close(t, solve(backend, reference, n, Math.min(tolerance, 1e-14)), arrayOf(reference, 'x'), 'x');
      const V = orthonormalize(
        Array.from({ length: 6 }, (_, j) => solve(backend, reference, j + 1, 1e-14)),
        A,
      );
      close(t, Float64Array.from(V.flatMap((v) => [...v])), arrayOf(reference, 'V').subarray(0, 6 * n), 'V, first 6');
    });
  });
}
