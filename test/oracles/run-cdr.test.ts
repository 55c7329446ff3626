/**
 * @file A whole run of Meganet.m on a synthetic regression of the CDR shape: at each of its iterates the product's
 * objective, gradient and trial value must be the reference's. (The paths of two trust-region methods differ.)
 */
import t, { type Test } from 'tap';
import type { Backend } from '../../lib/backend/backend.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { cdrNetwork } from '../support/cdrNetwork.js';
import { arrayOf, fixture, oracle, type Reference } from '../support/fixtures.js';
import { close, onBackends, openWalk, transposed } from '../support/reference.js';
import type { Walk } from '../support/walk.js';

const tolerance = 1e-8;
const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * y[i], 0);

/** Row k of a table. */
function row(reference: Reference, name: string, k: number): Float64Array {
  const cols = reference.arrays[name].shape[1];
  return arrayOf(reference, name).subarray(k * cols, (k + 1) * cols);
}

/** Columns of the history: 1 objective, 4 ‖gradient‖, 13 loss, 14 α_θ, 15 penalty of θ, 17 penalty of W. */
function checkPoint(t: Test, walk: Walk, history: Float64Array, theta: Float64Array, place: string) {
  const value = walk.moveTo(theta);
  close(t, [value.objective], [history[1]], `${place}: objective`, tolerance);
  close(t, [value.loss], [history[13]], `${place}: loss`, tolerance);
  close(t, [value.regularizationTheta], [history[15]], `${place}: penalty of θ`, tolerance);
  close(t, [value.regularizationW], [history[17]], `${place}: penalty of W`, tolerance);
  const gradient = walk.gradient();
  close(t, [Math.sqrt(dot(gradient, gradient))], [history[4]], `${place}: norm of the gradient`, tolerance);
  return value.objective;
}

function checkLevel(t: Test, backend: Backend, reference: Reference, level: number, nodes: number) {
  const start = arrayOf(reference, level === 1 ? 'th0' : `x_start_level${level}`);
  const history = (k: number) => row(reference, `his_level${level}`, k);
  const walk = openWalk(backend, cdrNetwork(nodes), {
    inputs: arrayOf(reference, 'Yt'),
    targets: arrayOf(reference, 'Ct'),
    samples: reference.arrays.Yt.shape[0],
    alphaW: 1e-10,
    regularizer: tikhonov(start.length, history(0)[14]),
  });
  const rows = reference.arrays[`iterates_level${level}`].shape[0];
  const iterate = (k: number) => (k === 0 ? start : row(reference, `iterates_level${level}`, k - 1));
  let objective = checkPoint(t, walk, history(0), start, 'start');
  checkArnoldi(t, walk, arrayOf(reference, `H_iter1_level${level}`));
  for (let k = 1; k <= rows; k++) {
    const step = row(reference, `steps_level${level}`, k - 1);
    const trial = walk.evaluate(iterate(k - 1).map((x, i) => x + step[i]));
    // Column 5 of the log is the reduction J − J(x + s).
    const reduction = row(reference, `trlog_level${level}`, k - 1)[5];
    close(t, [trial.objective], [history(k - 1)[1] - reduction], `iteration ${k}: trial value`, tolerance);
    close(t, [objective - trial.objective], [reduction], `iteration ${k}: reduction`, tolerance * 10);
    objective = checkPoint(t, walk, history(k), iterate(k), `iteration ${k}`);
  }
  close(t, transposed(walk.W(), 72), arrayOf(reference, `W_end_level${level}`), 'W at the end', tolerance);
  walk.dispose();
}

/** The first six columns of the Arnoldi process of the Gauss–Newton operator from −g (21 entries a column, the rest 0). */
function checkArnoldi(t: Test, walk: Walk, H: Float64Array) {
  let v: Float64Array = walk.gradient().map((g) => -g);
  const basis: Float64Array[] = [];
  const columns: number[] = [];
  for (let j = 0; ; j++) {
    const length = Math.sqrt(dot(v, v));
    if (j > 0) columns[21 * (j - 1) + j] = length;
    if (j === 6) break;
    basis.push(v.map((x) => x / length));
    v = walk.hessianProduct(basis[j]);
    for (const other of basis) {
      const factor = dot(v, other);
      columns.push(factor);
      v = v.map((x, i) => x - factor * other[i]);
    }
    while (columns.length < 21 * (j + 1)) columns.push(0);
  }
  close(t, columns, H.subarray(0, columns.length), 'start: Arnoldi matrix of H, 6 vectors', tolerance);
}

t.test('levels 1 and 2', async (t) => {
  const reference = fixture('run_cdr_gnvpro');
  await onBackends(t, async (t, backend) => {
    await t.test('level 1', async (t) => checkLevel(t, backend, reference, 1, 2));
    await t.test('level 2', async (t) => checkLevel(t, backend, reference, 2, 3));
  });
});

const whole = oracle('run_cdr_gnvpro');
t.test('all levels', { skip: whole === undefined && 'GNVPRO_ORACLE_DIR is not set' }, async (t) => {
  if (whole === undefined) return;
  await onBackends(t, async (t, backend) => {
    for (const [level, nodes] of [
      [1, 2],
      [2, 3],
      [3, 5],
    ]) {
      await t.test(`level ${level}`, async (t) => checkLevel(t, backend, whole, level, nodes));
    }
  });
});
