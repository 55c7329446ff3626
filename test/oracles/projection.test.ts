/** @file The least-squares projection and the reduced derivatives: against Meganet.m, and against 50-digit values. */
import t, { type Test } from 'tap';
import { type Backend, type Jacobian, jacobians } from '../../lib/backend/backend.js';
import { join } from '../../lib/linalg/vector.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { cdrNetwork } from '../support/cdrNetwork.js';
import { arrayOf, fixture, type Reference } from '../support/fixtures.js';
import { linearFeatures, linearInputs } from '../support/linearFeatures.js';
import { close, moveTo, onBackends, openSession, relativeError, transposed } from '../support/reference.js';

t.test('the reduced objective of the CDR network', async (t) => {
  const reference = fixture('vpRegression_CDR');
  for (const alpha of reference.meta.alphas as string[]) {
    await t.test(`α = ${alpha}`, (t) =>
      onBackends(t, (t, backend) => checkReducedObjective(t, backend, reference, alpha)),
    );
  }
});

function checkReducedObjective(t: Test, backend: Backend, reference: Reference, alphaText: string) {
  const shared = (name: string) => arrayOf(reference, name);
  const array = (name: string) => arrayOf(reference, `${alphaText}/${name}`);
  const alpha = Number(alphaText);
  const theta = shared('theta');
  const [N] = reference.arrays.C.shape;
  const rows = shared('C').length;
  const session = openSession(backend, cdrNetwork(2), {
    inputs: shared('Y'),
    targets: shared('C'),
    samples: N,
    alphaW: alpha,
    regularizer: tikhonov(theta.length, alpha),
  });
  // The reference stacks [R/√N; √α θ; √α Wᵀ], the product [S; Wᵀ], the regulariser of θ apart.
  const ownStack = (a: Float64Array) => join(a.subarray(0, rows), a.subarray(rows + theta.length));
  const rooted = (stack: Float64Array) => rootedStack(stack, N, rows, alpha);

  const value = moveTo(session, theta);
  const terms = [value.objective, value.loss, value.regularizationTheta, value.regularizationW];
  terms.forEach((term, i) => {
    close(t, [term], [array('Jc_F_R1_R2')[i]], ['objective', 'loss', 'penalty of θ', 'penalty of W'][i]);
  });
  close(t, session.features(), shared('Z'), 'Z');
  close(t, transposed(session.W(), 72), array('W'), 'W');
  const stack = join(session.residual(), transposed(session.W(), 72));
  close(t, rooted(stack), ownStack(array('res')), 'residual');
  close(t, session.gradient().sync(), array('dJ'), 'gradient');
  close(t, rooted(session.jacobianProduct(array('v'))), ownStack(array('Jv')), 'J v');
  const u = array('u');
  const pulledBack = session.jacobianTransposeProduct(rooted(ownStack(u)));
  close(
    t,
    pulledBack.map((entry, i) => entry + Math.sqrt(alpha) * u[rows + i]),
    array('Jtu'),
    'Jᵀ u',
  );
  close(t, session.hessianProduct(array('v')).sync(), array('Hv'), 'H v');
  const dense = session.denseHessian();
  const product = theta.map((_, i) =>
    dense.subarray(i * theta.length, (i + 1) * theta.length).reduce((sum, h, j) => sum + h * array('v')[j], 0),
  );
  close(t, product, array('Hv'), 'dense H times v');
  session.dispose();
}

/** A stack of S (so many entries, N samples) and Wᵀ in the units of [R/√N; √α Wᵀ]. */
function rootedStack(stack: Float64Array, N: number, rows: number, alpha: number): Float64Array {
  return stack.map((entry, i) => (i < rows ? entry / Math.sqrt(N) : entry * Math.sqrt(alpha)));
}

interface Case {
  alphaW: number;
  rank: number;
  condition: number;
  boundW: number;
  /** By value: how far it moves when the data move by a relative 2u; and the error of normal equations, null: they break down. */
  level: Record<string, number>;
  normalEquations: Record<string, number | null>;
}

/** Room between the largest of some random moves and what a backward stable method may do. */
const factor = 30;

t.test('nearly and exactly dependent features', async (t) => {
  const reference = fixture('projection');
  for (const [name, details] of Object.entries(reference.meta.cases as Record<string, Case>)) {
    for (const jacobian of jacobians) {
      await t.test(`${name}, ${jacobian}`, (t) =>
        onBackends(t, (t, backend) => checkAgainstDigits(t, backend, reference, name, details, jacobian)),
      );
    }
  }
});

function checkAgainstDigits(
  t: Test,
  backend: Backend,
  reference: Reference,
  name: string,
  details: Case,
  jacobian: Jacobian,
) {
  const array = (key: string) => arrayOf(reference, `${name}/${key}`);
  const [N, w] = reference.arrays[`${name}/Z`].shape;
  const parameters = array('v').length;
  const session = openSession(backend, linearFeatures(w, parameters), {
    inputs: linearInputs(array('Z'), array('E'), N),
    targets: array('C'),
    samples: N,
    alphaW: details.alphaW,
    regularizer: tikhonov(parameters, 0),
    jacobian,
  });
  /** At most what theory allows for QR; normal equations make more than ten times as much. */
  const check = (actual: ArrayLike<number>, key: string) => {
    const allowed = factor * details.level[key];
    const normal = details.normalEquations[key];
    close(t, actual, array(key), key, allowed);
    t.ok(
      normal === null || normal > 10 * allowed,
      `${key}: normal equations miss this, error ${normal ?? 'without bound'}`,
    );
  };

  const value = moveTo(session, new Float64Array(parameters));
  t.same(session.features(), array('Z'), 'the features are the prescribed ones, exactly');
  if (details.alphaW === 0) t.equal(value.rank, details.rank, 'numerical rank');
  check([value.loss], 'loss');
  check([value.objective], 'objective');
  check(session.W(), 'W');
  const errorW = relativeError(session.W(), array('W'));
  t.ok(
    errorW <= factor * details.boundW,
    `W: relative error ${errorW}, least-squares theory allows a small multiple of ${details.boundW}`,
  );
  check(session.residual(), 'R');
  check(session.gradient().sync(), 'gradient');
  const part = jacobian === 'kaufman' ? 'kaufman' : 'golubPereyra';
  const rooted = (stack: Float64Array) => rootedStack(stack, N, array('C').length, details.alphaW);
  check(rooted(session.jacobianProduct(array('v'))), `${part}/Jv`);
  check(session.jacobianTransposeProduct(rooted(array('u'))), `${part}/Jtu`);
  check(session.hessianProduct(array('v')).sync(), `${part}/Hv`);
  check(session.denseHessian(), `${part}/H`);
  session.dispose();
}
