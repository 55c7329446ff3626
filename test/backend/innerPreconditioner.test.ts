/** @file Many samples for the unknowns in W: the factor that preconditions comes from some of them, or from all. */
import t, { type Test } from 'tap';
import { jsBackend } from '../../lib/backend/js/backend.js';
import { nativeBackend } from '../../lib/backend/native.js';
import { Random } from '../../lib/random.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { linearFeatures, linearInputs } from '../support/linearFeatures.js';
import { convexLosses } from '../support/losses.js';
import { normals } from '../support/numbers.js';
import { openWalk, relativeError, type WalkOptions } from '../support/reference.js';

const random = new Random(23);
const [N, w, directions] = [1600, 20, 2]; // samples of every ninth strip of 128 at first
const layer = linearFeatures(w, directions);
const points = [new Float64Array(directions), Float64Array.of(0.02, -0.03)];

/** Native solutions, cold and after a step, are those of the exact factor. */
function check(t: Test, features: Float64Array, options: Pick<WalkOptions, 'loss' | 'targets' | 'sampleWeights'>) {
  const inputs = linearInputs(features, normals(random, directions * N * w), N);
  const problem = {
    ...options,
    inputs,
    samples: N,
    alphaW: 1e-4,
    innerTolerance: 1e-10,
    regularizer: tikhonov(directions, 1e-2),
  };
  const [native, js] = [nativeBackend, jsBackend].map((backend) => openWalk(backend, layer, problem));
  for (const [i, theta] of points.entries()) {
    const [{ objective, inner }, expected] = [native, js].map((walk) => walk.moveTo(theta));
    t.equal(inner?.status, 'converged');
    if (i === 0) t.ok((inner?.krylovIterations ?? 0) > 0, 'by a preconditioner');
    t.ok(Math.abs(objective / expected.objective - 1) < 1e-12, `${objective} = ${expected.objective}`);
    t.ok(relativeError(native.W(), js.W()) < 1e-7, 'W');
    t.ok(relativeError(native.gradient(), js.gradient()) < 1e-7, 'gradient');
  }
}

for (const [name, { loss, targets }] of Object.entries(convexLosses(N))) {
  t.test(`${name}: samples alike`, async (t) =>
    check(t, normals(random, N * w), { loss, targets, sampleWeights: null }),
  );

  t.test(`${name}: strips that know nothing of the others`, async (t) => {
    const features = normals(random, N * w).map((x, i) => {
      const [n, j] = [Math.floor(i / w), i % w];
      return n % (9 * 128) < 128 ? 1e-3 * x : x * 10 ** (-j / 7);
    });
    check(t, features, { loss, targets, sampleWeights: null });
  });

  t.test(`${name}: strips without weight`, async (t) => {
    const sampleWeights = Float64Array.from({ length: N }, (_, n) => Number(n % (9 * 128) >= 128));
    check(t, normals(random, N * w), { loss, targets, sampleWeights });
  });
}
