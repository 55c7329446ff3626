/**
 * @file The objective in (θ, W) against Meganet.m: single points, and every iterate of a Gauss–Newton run. Its
 * Gauss–Newton matrix leaves out the blocks that couple θ and W, so that each block is compared by itself.
 */

import t, { type Test } from 'tap';
import type { Session } from '../../lib/backend/backend.js';
import type { LossDefinition } from '../../lib/backend/loss.js';
import { dot, join } from '../../lib/linalg/vector.js';
import { crossEntropy } from '../../lib/loss/crossEntropy.js';
import { leastSquares } from '../../lib/loss/leastSquares.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { blockRegularizer } from '../../lib/regularizer/blocks.js';
import type { QuadraticRegularizer } from '../../lib/regularizer/quadratic.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { timeDerivative } from '../../lib/regularizer/timeDerivative.js';
import { cdrNetwork } from '../support/cdrNetwork.js';
import { arrayOf, fixture, oracle, type Reference } from '../support/fixtures.js';
import { pinesNetwork, pinesRegularizer } from '../support/pinesNetwork.js';
import { close, moveTo, onBackends, openSession, transposed } from '../support/reference.js';

/** The time derivative of the reference keeps two nodes on every level, which mixes time points on later ones. */
const cdrRegularizer = (weights: number, h: number, alpha: number) =>
  blockRegularizer([tikhonov(440, alpha), timeDerivative((weights - 440) / 2, 2, h, alpha)]);

interface Problem {
  readonly network: LayerDescription;
  readonly weights: number;
  readonly regularizer: QuadraticRegularizer;
  readonly loss: LossDefinition;
}

const problems: Record<string, Problem> = {
  GNregression_CDR: {
    network: cdrNetwork(2),
    weights: 568,
    regularizer: cdrRegularizer(568, 2, 1e-3),
    loss: leastSquares,
  },
  GNsoftmax: {
    network: pinesNetwork(4),
    weights: 416,
    regularizer: pinesRegularizer(20, 4, 1e-3),
    loss: crossEntropy,
  },
};

/** θ stays; the reference stores W column by column. */
const unknowns = (x: Float64Array, weights: number, columns: number) =>
  join(x.subarray(0, weights), transposed(x.subarray(weights), columns));

for (const [name, { network, weights, regularizer, loss }] of Object.entries(problems)) {
  t.test(name, (t) =>
    onBackends(t, (t, backend) => {
      const reference = fixture(name);
      const array = (part: string) => arrayOf(reference, part);
      const samples = reference.arrays.Y.shape[0];
      const columns = (array('x_theta_W').length - weights) / reference.arrays.C.shape[1];
      const read = (part: string) => unknowns(array(part), weights, columns);
      const session = openSession(backend, network, {
        ...{ inputs: array('Y'), targets: array('C'), samples, regularizer, loss },
        alphaW: 1e-3,
        objective: 'joint',
      });
      const { objective, loss: F, regularizationTheta, regularizationW } = moveTo(session, read('x_theta_W'));
      close(t, [objective, F, regularizationTheta, regularizationW], array('Jc_F_Rth_RW'), 'objective and its terms');
      close(t, session.gradient().sync(), read('dJ'), 'gradient');
      const [v, Hv] = [read('v'), read('Hv')];
      const only = (begin: number, end: number) => v.map((x, i) => (i >= begin && i < end ? x : 0));
      const ofTheta = session.hessianProduct(only(0, weights)).sync().subarray(0, weights);
      close(t, ofTheta, Hv.subarray(0, weights), 'block of θ of H v');
      const ofW = session.hessianProduct(only(weights, v.length)).sync().subarray(weights);
      close(t, ofW, Hv.subarray(weights), 'block of W of H v');
    }),
  );
}

const run = oracle('run_cdr_gn');
t.test('a run on the CDR shape', { skip: run === undefined && 'GNVPRO_ORACLE_DIR is not set' }, async (t) => {
  if (run === undefined) return;
  await onBackends(t, (t, backend) => {
    for (const [level, nodes, weights, h] of [
      [1, 2, 568, 2],
      [2, 3, 632, 0.5],
      [3, 5, 760, 0.5],
    ]) {
      const session = openSession(backend, cdrNetwork(nodes), {
        ...{ inputs: arrayOf(run, 'Yt'), targets: arrayOf(run, 'Ct'), samples: run.arrays.Yt.shape[0] },
        regularizer: cdrRegularizer(weights, h, 1e-10 / 2 ** (level - 1)),
        alphaW: 1e-10,
        objective: 'joint',
      });
      checkLevel(t, session, run, level, weights);
    }
  });
});

function table(reference: Reference, name: string) {
  const cols = reference.arrays[name].shape[1];
  return (k: number) => arrayOf(reference, name).subarray(k * cols, (k + 1) * cols);
}

/** Columns of the history: 1 objective, 4 ‖gradient‖, 15 penalty of θ, 17 penalty of W. */
function checkLevel(t: Test, session: Session, run: Reference, level: number, weights: number) {
  const tolerance = 1e-8;
  const [history, iterates] = ['his', 'iterates'].map((name) => table(run, `${name}_level${level}`));
  const start = arrayOf(run, level === 1 ? 'x0_theta_W' : `x_start_level${level}`);
  const rows = run.arrays[`iterates_level${level}`].shape[0];
  for (let k = 0; k <= rows; k++) {
    const x = unknowns(k === 0 ? start : iterates(k - 1), weights, 9);
    const { objective, regularizationTheta, regularizationW } = moveTo(session, x);
    const place = `level ${level}, ${k}`;
    close(t, [objective], [history(k)[1]], `${place}: objective`, tolerance);
    close(t, [regularizationTheta], [history(k)[15]], `${place}: penalty of θ`, tolerance);
    close(t, [regularizationW], [history(k)[17]], `${place}: penalty of W`, tolerance);
    const g = session.gradient().sync();
    close(t, [Math.sqrt(dot(g, g))], [history(k)[4]], `${place}: ‖gradient‖`, tolerance);
  }
}
