/** @file The reduced objective of convex losses against Meganet.m. */
import t, { type Test } from 'tap';
import type { Session } from '../../lib/backend/backend.js';
import { dot } from '../../lib/linalg/vector.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { circleNetwork } from '../support/circleNetwork.js';
import { arrayOf, fixture, type Reference } from '../support/fixtures.js';
import { pinesNetwork, pinesRegularizer } from '../support/pinesNetwork.js';
import { close, onBackends, openSession, transposed } from '../support/reference.js';

const problems = {
  vpSoftmax: {
    network: pinesNetwork(4),
    regularizer: (_: number) => pinesRegularizer(20, 4, 1e-3),
    alphaW: 1e-3,
    loss: { kind: 'softmax' },
    JWZ: 'JWZ_v_exactInverse',
  },
  vpLogReg_circle: {
    network: circleNetwork(),
    regularizer: (weights: number) => tikhonov(weights, 1e-6),
    alphaW: 1e-8,
    loss: { kind: 'logistic' },
    JWZ: 'JWZ_v',
  },
} as const;

for (const [name, { network, regularizer, JWZ, ...rest }] of Object.entries(problems)) {
  t.test(name, (t) =>
    onBackends(t, (t, backend) => {
      const reference = fixture(name);
      const theta = arrayOf(reference, 'theta');
      const open = (innerTolerance: number) =>
        openSession(backend, network, {
          inputs: arrayOf(reference, 'Y'),
          targets: arrayOf(reference, 'C'),
          samples: reference.arrays.Y.shape[0],
          regularizer: regularizer(theta.length),
          innerTolerance,
          ...rest,
        });
      const W = transposed(arrayOf(reference, 'W'), reference.arrays.W.shape[0]);
      // With a tolerance of 1 the stored W counts as solved.
      checkPoint(t, open(1), reference, { JWZ, start: W, tolerance: 1e-10, name: 'at the stored W' });
      checkPoint(t, open(1e-12), reference, { JWZ, tolerance: 1e-6, name: 'at the own W' });
    }),
  );
}

interface Check {
  readonly JWZ: string;
  readonly start?: Float64Array;
  readonly tolerance: number;
  readonly name: string;
}

function checkPoint(t: Test, session: Session, reference: Reference, { JWZ, start, tolerance, name }: Check): void {
  const array = (part: string) => arrayOf(reference, part);
  const value = session.evaluate(array('theta'), start).sync();
  session.accept();
  const { objective, loss, regularizationTheta, regularizationW } = value;
  const parts = [objective, loss, regularizationTheta, regularizationW];
  const expected = array('Jc_F_Rth_RW');
  close(t, [parts[0]], [expected[0]], `${name}: objective`);
  close(t, parts, expected, `${name}: loss and regularisers`, start === undefined ? 1e-8 : 1e-10);
  close(t, session.features(), array('Z'), 'Z');
  if (start !== undefined) t.same(session.W(), start, 'W is the stored one');
  close(t, session.gradient().sync(), array('dJ'), `${name}: gradient`, tolerance);
  const N = reference.arrays.Y.shape[0];
  const dS = session.jacobianProduct(array('v')).subarray(0, array(JWZ).length);
  close(t, dS, array(JWZ), `${name}: J v`, tolerance);
  t.equal(dS.length % N, 0);
  if (reference.arrays.Hv === undefined) return;
  // The reference leaves the term α_W dWᵀ dW out; here it is below the tolerance.
  const [Hv, v] = [session.hessianProduct(array('v')).sync(), array('v')];
  close(t, Hv, array('Hv'), `${name}: H v`, 1e-5);
  t.ok(dot(v, Hv) > 0);
}
