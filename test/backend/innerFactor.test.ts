/** @file What both backends say of H_W; test/backend/js/innerFactor.test.ts compares it with the matrix itself. */
import t from 'tap';
import type { InnerFactor } from '../../lib/backend/backend.js';
import { jsBackend } from '../../lib/backend/js/backend.js';
import { nativeBackend } from '../../lib/backend/native.js';
import { identity } from '../../lib/network/activation.js';
import { concat } from '../../lib/network/concat.js';
import { dense } from '../../lib/network/dense.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { convexLosses } from '../support/losses.js';
import { normals } from '../support/numbers.js';
import { close, moveTo, openSession, type SessionOptions } from '../support/reference.js';
import { coupled, inputs, N, network, P, random, targets, theta } from './problem.js';

const sampleWeights = Float64Array.from({ length: N }, (_, n) => n % 3);
const shared = { inputs, targets, samples: N, alphaW: 1e-2, regularizer: coupled(), innerTolerance: 1e-12 };
const kinds: Record<string, Partial<SessionOptions>[]> = {
  'least squares': [{}, { sampleWeights, bias: false }, { alphaW: 0, sampleWeights }],
};
for (const [name, { loss, targets }] of Object.entries(convexLosses(N))) {
  kinds[name] = [
    { loss, targets },
    { loss, targets, sampleWeights, bias: false },
  ];
}

for (const [name, variants] of Object.entries(kinds)) {
  t.test(name, async (t) => {
    for (const options of variants) {
      const [native, js] = [nativeBackend, jsBackend].map((backend) => {
        const session = openSession(backend, network, { ...shared, ...options });
        moveTo(session, theta);
        return session.innerFactor() as InnerFactor;
      });
      close(t, native.inverse, js.inverse, 'inverse', 1e-10);
      close(t, native.leverages, js.leverages, 'leverages', 1e-10);
      close(t, [native.logDeterminant], [js.logDeterminant], 'log-determinant', 1e-10);
    }
  });
}

t.test('dependent features', async (t) => {
  const twice = concat([dense(3, { activation: 'tanh' }), identity(), identity()]);
  const weights = 3 * (inputs.length / N + 1);
  const options = { ...shared, alphaW: 0, regularizer: tikhonov(weights, 1e-3) };
  const start = normals(random, weights);
  const [native, js] = [nativeBackend, jsBackend].map((backend) => {
    const session = openSession(backend, twice, options);
    moveTo(session, start);
    return session.innerFactor() as InnerFactor;
  });
  for (const part of ['inverse', 'leverages'] as const) close(t, native[part], js[part], part, 1e-10);
  close(t, [native.logDeterminant], [js.logDeterminant], 'log-determinant', 1e-10);
});

t.test('where W is given there is no H_W', async (t) => {
  for (const backend of [nativeBackend, jsBackend]) {
    const session = openSession(backend, network, { ...shared, objective: 'joint' });
    const x = new Float64Array(P + (targets.length / N) * 5);
    x.set(theta);
    moveTo(session, x);
    t.equal(session.innerFactor(), null);
  }
});
