/**
 * @file An L-BFGS run of Meganet.m on the reduced objective of the CDR shape: objective and gradient at each of its
 * iterates. Its history has objective and
 * gradient one row late.
 */
import t, { type Test } from 'tap';
import { norm } from '../../lib/linalg/vector.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { cdrNetwork } from '../support/cdrNetwork.js';
import { arrayOf, oracle, type Reference } from '../support/fixtures.js';
import { close, onBackends, openWalk } from '../support/reference.js';
import type { Walk } from '../support/walk.js';

const tolerance = 1e-8;
const run = oracle('run_cdr_lbfgsvpro');

t.test('objectives and gradients', { skip: run === undefined && 'GNVPRO_ORACLE_DIR is not set' }, async (t) => {
  if (run === undefined) return;
  await onBackends(t, (t, backend) => {
    for (const [level, nodes, weights] of [
      [1, 2, 568],
      [2, 3, 632],
      [3, 5, 760],
    ]) {
      const walk = openWalk(backend, cdrNetwork(nodes), {
        ...{ inputs: arrayOf(run, 'Yt'), targets: arrayOf(run, 'Ct'), samples: run.arrays.Yt.shape[0] },
        regularizer: tikhonov(weights, 1e-10 / 2 ** (level - 1)),
        alphaW: 1e-10,
      });
      checkLevel(t, walk, run, level);
    }
  });
});

function table(reference: Reference, name: string) {
  const cols = reference.arrays[name].shape[1];
  return (k: number) => arrayOf(reference, name).subarray(k * cols, (k + 1) * cols);
}

/** Columns of the history: 1 objective, 3 ‖gradient‖ relative to the start, 7 loss, 9 penalty of θ, 11 of W. */
function checkLevel(t: Test, walk: Walk, run: Reference, level: number) {
  const [history, iterates] = ['his', 'iterates'].map((name) => table(run, `${name}_level${level}`));
  const rows = run.arrays[`iterates_level${level}`].shape[0];
  let first = 0;
  for (let k = 0; k < rows; k++) {
    const { objective, loss, regularizationTheta, regularizationW } = walk.moveTo(iterates(k));
    const size = norm(walk.gradient());
    if (k === 0) first = size;
    const [now, next] = [history(k), history(k + 1)];
    const place = `level ${level}, iterate ${k}`;
    close(t, [loss, regularizationTheta, regularizationW], [now[7], now[9], now[11]], `${place}: terms`, tolerance);
    close(t, [regularizationTheta], [now[9]], `${place}: penalty of θ`, tolerance);
    close(t, [objective], [next[1]], `${place}: objective`, tolerance);
    close(t, [size / first], [next[3]], `${place}: ‖gradient‖`, tolerance);
  }
}
