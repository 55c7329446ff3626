/** @file The trust-region problem, the space it is solved in, and the preconditioner. */
import t, { type Test } from 'tap';
import { buildSpace, combine } from '../../../lib/backend/js/krylov.js';
import { minimise, spectralModel } from '../../../lib/backend/js/trustRegion.js';
import { Pairs } from '../../../lib/backend/pairs.js';
import { product } from '../../../lib/linalg/matmul.js';
import { type Matrix, matrix } from '../../../lib/linalg/matrix.js';
import { addScaled, dot, norm } from '../../../lib/linalg/vector.js';
import { Random } from '../../../lib/random.js';
import { normals } from '../../support/numbers.js';
import { relativeError } from '../../support/reference.js';

const random = new Random(5);

function positive(n: number, shift = 0): Matrix {
  const B = matrix(n + 2, n, normals(random, (n + 2) * n));
  const S = product(B, B, { ta: true });
  for (let i = 0; i < n; i++) S.data[i * (n + 1)] += shift;
  return S;
}

function times(S: Matrix, y: Float64Array): Float64Array {
  return product(S, matrix(y.length, 1, y)).data;
}

/** The conditions that characterise the solution: (S + λI)y = b, λ ≥ 0, S + λI ⪰ 0, λ(Δ − ‖y‖) = 0. */
function checkOptimal(t: Test, S: Matrix, b: Float64Array, radius: number): void {
  const model = spectralModel(S, b);
  const { y, multiplier, onBoundary, reduction } = minimise(model, radius);
  const left = times(S, y).map((x, i) => x + multiplier * y[i]);
  t.ok(relativeError(left, b) < 1e-11, '(S + λI) y = b');
  t.ok(multiplier >= 0 && model.values[0] + multiplier >= -1e-12 * Math.abs(model.values[0]), 'S + λI ⪰ 0');
  t.ok(onBoundary ? Math.abs(norm(y) / radius - 1) < 1e-12 : norm(y) <= radius && multiplier === 0, 'complementarity');
  const decrease = dot(b, y) - 0.5 * dot(y, times(S, y));
  t.ok(Math.abs(decrease - reduction) <= 1e-12 * Math.abs(reduction), 'the reduction of the quadratic');
}

t.test('optimality over radii', async (t) => {
  const S = positive(6);
  const b = normals(random, 6);
  for (const radius of [1e-8, 1e-3, 0.1, 0.3, 1, 10, 1e6]) checkOptimal(t, S, b, radius);
});

t.test('indefinite matrices', async (t) => {
  for (const radius of [1e-3, 1, 100]) checkOptimal(t, positive(6, -8), normals(random, 6), radius);
});

t.test('the hard case', async (t) => {
  const S = matrix(3, 3, Float64Array.of(-1, 0, 0, 0, 2, 0, 0, 0, 3));
  const b = Float64Array.of(0, 3, 4);
  checkOptimal(t, S, b, 5);
  const { y, multiplier } = minimise(spectralModel(S, b), 5);
  t.equal(multiplier, 1);
  t.ok(relativeError(y.subarray(1), [1, 1]) < 1e-14);
  checkOptimal(t, S, b, 0.5);
});

t.test('without a radius', async (t) => {
  const S = positive(4);
  const b = normals(random, 4);
  const { y, radius, multiplier, onBoundary } = minimise(spectralModel(S, b), null);
  t.ok(relativeError(times(S, y), b) < 1e-12);
  t.equal(radius, norm(y));
  t.same([multiplier, onBoundary], [0, false]);
});

t.test('a singular matrix with b in its range has the solution of minimum norm', async (t) => {
  const B = matrix(2, 5, normals(random, 10));
  const S = product(B, B, { ta: true });
  const b = product(B, matrix(2, 1, Float64Array.of(1, -2)), { ta: true }).data;
  for (const radius of [null, 1e3]) {
    const { y } = minimise(spectralModel(S, b), radius);
    t.ok(relativeError(times(S, y), b) < 1e-11, 'S y = b');
    const { values, vectors } = spectralModel(S, y);
    const inNullSpace = values.map((value, i) => (value === 0 ? dot(vectors.data.subarray(5 * i, 5 * i + 5), y) : 0));
    t.ok(norm(inNullSpace) < 1e-12 * norm(y), 'nothing in the null space');
  }
  checkOptimal(t, S, b, 0.01);
});

t.test('nothing to do', async (t) => {
  const { y, reduction } = minimise(spectralModel(positive(3), new Float64Array(3)), 1);
  t.same([norm(y), reduction], [0, 0]);
  const space = buildSpace((v) => v, new Float64Array(3), { maxVectors: 5, tolerance: 0.1, precondition: null });
  t.same([space.basis.length, space.relativeResidual], [0, 0]);
});

t.test('the whole space gives the whole solution', async (t) => {
  const n = 8;
  const H = positive(n, 0.1);
  const g = normals(random, n);
  const pairs = new Pairs(3);
  for (let i = 0; i < 3; i++) {
    const s = normals(random, n);
    pairs.add(s, times(H, s));
  }
  for (const precondition of [null, (q: Float64Array) => pairs.apply(q)]) {
    const space = buildSpace((v) => times(H, v), g, { maxVectors: 50, tolerance: 1e-13, precondition });
    t.ok(space.basis.length <= n && space.relativeResidual < 1e-12, `${space.basis.length}, ${space.relativeResidual}`);
    space.basis.forEach((v, i) => {
      space.basis.forEach((w, j) => {
        if (Math.abs(dot(v, w) - Number(i === j)) > 1e-13) t.fail(`vectors ${i} and ${j} are not orthonormal`);
      });
    });
    for (const radius of [0.01, 1e3]) {
      const { y, multiplier } = minimise(space.model, radius);
      const s = combine(space.basis, y, n);
      const left = times(H, s).map((x, i) => x + multiplier * s[i]);
      t.ok(
        relativeError(
          left,
          g.map((x) => -x),
        ) < 1e-11,
        `radius ${radius}`,
      );
    }
  }
});

t.test('the plain space starts at −g and grows by H', async (t) => {
  const n = 6;
  const H = positive(n);
  const g = normals(random, n);
  const { basis } = buildSpace((v) => times(H, v), g, { maxVectors: 3, tolerance: 0, precondition: null });
  t.ok(
    relativeError(
      basis[0],
      g.map((x) => -x / norm(g)),
    ) < 1e-15,
  );
  let power = g;
  for (let k = 0; k < 3; k++) {
    const outside = power.slice();
    for (const v of basis.slice(0, k + 1)) addScaled(outside, -dot(v, power), v);
    t.ok(norm(outside) < 1e-12 * norm(power), `H^${k} g lies in the first ${k + 1} vectors`);
    power = times(H, power);
  }
});

t.test('a tolerance stops the space early', async (t) => {
  const n = 30;
  const H = positive(n, 20);
  const g = normals(random, n);
  const space = buildSpace((v) => times(H, v), g, { maxVectors: 30, tolerance: 0.1, precondition: null });
  t.ok(space.relativeResidual <= 0.1 && space.basis.length < 15, `${space.basis.length}`);
});

t.test('the inverse from pairs', async (t) => {
  const n = 6;
  const H = positive(n);
  const pairs = new Pairs(2);
  const q = normals(random, n);
  t.same(pairs.apply(q), q, 'the identity at first');
  let s = q;
  for (let i = 0; i < 4; i++) {
    s = normals(random, n);
    pairs.add(s, times(H, s));
  }
  t.equal(pairs.count, 2, 'forgets the oldest');
  t.ok(relativeError(pairs.apply(times(H, s)), s) < 1e-13, 'B y = s for the newest pair');
  const [u, v] = [normals(random, n), normals(random, n)];
  t.ok(Math.abs(dot(pairs.apply(u), v) - dot(u, pairs.apply(v))) < 1e-13 * norm(u) * norm(v), 'symmetric');
  t.ok(dot(u, pairs.apply(u)) > 0, 'positive');
  pairs.add(
    s,
    s.map((x) => -x),
  );
  pairs.add(s, new Float64Array(n));
  t.ok(relativeError(pairs.apply(times(H, s)), s) < 1e-13, 'pairs without positive curvature are skipped');
  const none = new Pairs(0);
  none.add(s, s);
  t.equal(none.count, 0);
});
