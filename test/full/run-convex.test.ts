/**
 * @file Whole runs of Meganet.m with softmax and logistic loss: at each of their iterates objective, gradient and trial
 * value must be the reference's. (The paths of two trust-region methods differ.)
 */

import t, { type Test } from 'tap';
import type { Backend } from '../../lib/backend/backend.js';
import { driveSync } from '../../lib/job/job.js';
import { norm } from '../../lib/linalg/vector.js';
import { crossEntropy } from '../../lib/loss/crossEntropy.js';
import { logistic } from '../../lib/loss/logistic.js';
import { gnvpro } from '../../lib/optimizers/gnvpro.js';
import { TrustRegion } from '../../lib/optimizers/trustRegion.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { circleNetwork } from '../support/circleNetwork.js';
import { arrayOf, oracle, type Reference } from '../support/fixtures.js';
import { pinesNetwork, pinesRegularizer } from '../support/pinesNetwork.js';
import { close, onBackends, openWalk } from '../support/reference.js';
import type { Walk } from '../support/walk.js';

const tolerance = 1e-6;

function row(reference: Reference, name: string, k: number): Float64Array {
  const cols = reference.arrays[name].shape[1];
  return arrayOf(reference, name).subarray(k * cols, (k + 1) * cols);
}

function runTest(name: string, levels: number, open: (backend: Backend, reference: Reference, level: number) => Walk) {
  const reference = oracle(name);
  const skip = reference === undefined && 'GNVPRO_ORACLE_DIR is not set';
  t.test(name, { skip }, (t) =>
    onBackends(t, (t, backend) => {
      for (let level = 1; level <= levels; level++) {
        const walk = open(backend, reference as Reference, level);
        checkLevel(t, walk, reference as Reference, level);
        checkOwnRun(t, walk, reference as Reference, level);
        walk.dispose();
      }
    }),
  );
}

/** Columns of the history: 1 objective, 4 ‖gradient‖, 13 loss, 19 penalty of θ, 21 penalty of W. */
function checkLevel(t: Test, walk: Walk, reference: Reference, level: number): void {
  const start = arrayOf(reference, level === 1 ? 'th0' : `x_start_level${level}`);
  const rows = reference.arrays[`iterates_level${level}`].shape[0];
  for (let k = 0; k <= rows; k++) {
    const theta = k === 0 ? start : row(reference, `iterates_level${level}`, k - 1);
    const history = row(reference, `his_level${level}`, k);
    const place = `level ${level}, iterate ${k}`;
    const { objective, loss, regularizationTheta, regularizationW } = walk.moveTo(theta);
    close(t, [objective], [history[1]], `${place}: objective`, tolerance);
    const parts = [loss, regularizationTheta, regularizationW];
    close(
      t,
      parts,
      [13, 19, 21].map((column) => history[column]),
      `${place}: its parts`,
      tolerance,
    );
    close(t, [norm(walk.gradient())], [history[4]], `${place}: norm of the gradient`, tolerance);
  }
}

/** From the same start, with no more work (column 12 of the history), the own method comes at least as far. */
function checkOwnRun(t: Test, walk: Walk, reference: Reference, level: number): void {
  const start = arrayOf(reference, level === 1 ? 'th0' : `x_start_level${level}`);
  const rows = reference.arrays[`iterates_level${level}`].shape[0];
  const last = row(reference, `his_level${level}`, rows);
  const [objective, units] = [last[1], last[12]];
  const optimizer = gnvpro({ linearSolver: 'krylov', trustRegion: { grow: 2.5 } });
  const before = walk.objective.passes;
  const method = new TrustRegion(walk.objective, optimizer, 'krylov');
  let { point } = driveSync(method.start(start));
  while (method.passes - before < units) {
    const outcome = driveSync(method.step());
    if (method.passes - before <= units) point = outcome.point;
    if (outcome.stalled !== null) break;
  }
  const own = point.evaluation.objective;
  t.ok(own <= objective * (1 + 1e-3), `level ${level}: own run ${own}, reference ${objective} after ${units} units`);
}

const data = (reference: Reference) => ({
  inputs: arrayOf(reference, 'Yt'),
  targets: arrayOf(reference, 'Ct'),
  samples: reference.arrays.Yt.shape[0],
  innerTolerance: 1e-12,
});

runTest('run_ip_gnvpro_exactJ', 3, (backend, reference, level) => {
  const nodes = 3 * 2 ** (level - 1) + 1;
  return openWalk(backend, pinesNetwork(nodes), {
    ...data(reference),
    loss: crossEntropy,
    alphaW: 1e-3,
    regularizer: pinesRegularizer(20, nodes, 1e-3 / 2 ** (level - 1)),
  });
});

runTest('run_circle_gnvpro_exactJ', 1, (backend, reference) =>
  openWalk(backend, circleNetwork(), {
    ...data(reference),
    loss: logistic,
    alphaW: 1e-8,
    regularizer: tikhonov(35, 1e-6),
  }),
);
