/** @file The reduced objective of convex losses against Meganet.m. */

import t, { type Test } from 'tap';
import type { Session } from '../../lib/backend/backend.js';
import { join, plus } from '../../lib/linalg/vector.js';
import { crossEntropy } from '../../lib/loss/crossEntropy.js';
import { logistic } from '../../lib/loss/logistic.js';
import type { QuadraticRegularizer } from '../../lib/regularizer/quadratic.js';
import { regularizerGradient, tikhonov } from '../../lib/regularizer/tikhonov.js';
import { circleNetwork } from '../support/circleNetwork.js';
import { arrayOf, fixture, type Reference } from '../support/fixtures.js';
import { pinesNetwork, pinesRegularizer } from '../support/pinesNetwork.js';
import { close, onBackends, openSession, transposed } from '../support/reference.js';

const problems = {
  vpSoftmax: {
    network: pinesNetwork(4),
    regularizer: (_: number) => pinesRegularizer(20, 4, 1e-3),
    alphaW: 1e-3,
    loss: crossEntropy,
    JWZ: 'JWZ_v_exactInverse',
    asCoded: 0,
  },
  vpLogReg_circle: {
    network: circleNetwork(),
    regularizer: (weights: number) => tikhonov(weights, 1e-6),
    alphaW: 1e-8,
    loss: logistic,
    JWZ: 'JWZ_v',
    asCoded: 1e-7, // its inverse Hessian is that of the inner iterate before the last
  },
} as const;

for (const [name, { network, regularizer, JWZ, asCoded, ...rest }] of Object.entries(problems)) {
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
      const samples = reference.arrays.Y.shape[0];
      const common = { JWZ, asCoded, samples, alphaW: rest.alphaW, regularizer: regularizer(theta.length) };
      // With a tolerance of 1 the stored W counts as solved.
      checkPoint(t, open(1), reference, { ...common, start: W, tolerance: 1e-10, name: 'at the stored W' });
      checkPoint(t, open(1e-12), reference, { ...common, tolerance: 1e-6, name: 'at the own W' });
    }),
  );
}

interface Check {
  readonly JWZ: string;
  /** What the reference's own derivative departs from the exact one. */
  readonly asCoded: number;
  readonly start?: Float64Array;
  readonly tolerance: number;
  readonly samples: number;
  readonly alphaW: number;
  readonly regularizer: QuadraticRegularizer;
  readonly name: string;
}

/** With the part along dW, which is zero for an optimal W: the stored one stopped at a gradient of 1.6e-9. */
function gradientThroughW(session: Session, { samples, alphaW, regularizer }: Check): Float64Array {
  const [R, W, theta] = [session.residual(), session.W(), session.weights()];
  const stack = join(
    R.map((r) => r / samples),
    transposed(W, R.length / samples).map((w) => alphaW * w),
  );
  const gradient = session.jacobianTransposeProduct(stack);
  return plus(gradient, regularizerGradient(regularizer, theta));
}

function checkPoint(t: Test, session: Session, reference: Reference, check: Check): void {
  const { JWZ, asCoded, start, tolerance, name } = check;
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
  close(t, gradientThroughW(session, check), array('dJ'), `${name}: gradient`, tolerance);
  close(t, session.gradient().sync(), array('dJ'), `${name}: gradient without the part that vanishes`, 1e-7);
  const dS = session.jacobianProduct(array('v')).subarray(0, array(JWZ).length);
  close(t, dS, array(JWZ), `${name}: J v`, Math.max(tolerance, asCoded));
  if (reference.arrays.Hv === undefined) return;
  // The reference leaves the term α_W dWᵀ dW out; here it is below the tolerance.
  close(t, session.hessianProduct(array('v')).sync(), array('Hv'), `${name}: H v`, 1e-6);
}
